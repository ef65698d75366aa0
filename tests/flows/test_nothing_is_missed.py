"""Whatever happens at night to the machine, the server, the worker or the database: each edition is
published once, mailed once, and says so if it is late.

All processes are real, and so is what happens to them. One server and one worker serve all tests,
each of which has an edition of its own.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
import yaml
from aiosmtpd.controller import Controller

from digest import subscriptions
from digest.model import Feed
from digest.store.store import Store

pytestmark = pytest.mark.prefect

ROOT = Path(__file__).parents[2]
SIGNALLED = Path(__file__).with_name("signalled_run.py")
NEVER = "0 0 29 2 *"
PATIENCE = 300
READER, MOVED_AWAY = "reader@home.example", "moved@away.example"
STAGES = (
    "digest.store.feeds:FeedShelf.save_check",
    "digest.store.editions:EditionShelf.summaries",
    "digest.store.editions:EditionShelf.publish_edition",
)
"""What is called while feeds are asked, paragraphs are written, and files are written."""
OUTLETS = ("The Continental Post", "Kilowatt")
"""Few, so that the many runs take little time."""
EDITIONS = (
    *("killed", "switched-off", "offline", "database", "servers-database", "server", "asleep"),
    *("twice", "loop"),
)


class Inbox:
    """What a mail server took; it refuses mail for those it does not know."""

    def __init__(self, port):
        self.port = port
        self.mails = []
        self.unknown = {MOVED_AWAY}

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if address in self.unknown:
            return "550 5.1.1 No such person here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.mails.append((envelope.rcpt_tos[0], message_from_bytes(envelope.content)))
        return "250 OK"

    def of(self, edition, reader=READER):
        """The mails of an edition that a reader got."""
        label = f"<{edition}.digest."
        return [
            mail for to, mail in self.mails if to == reader and mail["List-Id"].startswith(label)
        ]


def is_completed(run):
    return run["state_type"] == "COMPLETED"


def failed_for_good(run):
    age = datetime.now(UTC) - datetime.fromisoformat(run["state"]["timestamp"])
    return run["state_type"] == "FAILED" and age > timedelta(seconds=15)


class House:
    """A server, workers, and the project with its editions: each part can be stopped and killed."""

    def __init__(self, tools, project, inbox, database):
        self.tools, self.project, self.inbox = tools, project, inbox
        self.database = database
        self.folder = project.folder.parent
        self.port = tools.free_port()
        api = f"http://127.0.0.1:{self.port}/api"
        self.variables = {"PREFECT_HOME": str(self.folder), "PREFECT_API_URL": api}
        self.client = httpx.Client(base_url=api, timeout=120)
        self.prefect = tools.Prefect(self.client, self.variables)
        self.started = []

    def eventually(self, look):
        return self.tools.eventually(look, PATIENCE)

    def start(self, part, *words, **variables):
        """Starts a ``prefect`` command. All that it starts in turn is known by ``PART``, too."""
        with (self.folder / f"{part}.log").open("ab") as log:
            process = subprocess.Popen(
                [self.tools.BIN / "prefect", *words],
                cwd=self.folder,
                env=self.tools.environment(**self.variables, PART=part, **variables),
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.started.append((part, process))

    def start_server(self):
        where = ("--host", "127.0.0.1", "--port", str(self.port))
        variables = {
            "PREFECT_SERVER_DATABASE_CONNECTION_URL": self.database,
            "PREFECT_SERVER_UI_ENABLED": "false",
            "COVERAGE_PROCESS_CONFIG": "",
        }
        self.start("server", "server", "start", *where, **variables)
        self.eventually(self.prefect.answers)

    def start_worker(self):
        quick = {"PREFECT_WORKER_QUERY_SECONDS": "1", "OMP_NUM_THREADS": "1"}
        self.start("worker", "worker", "start", "--pool", "digest", "--type", "process", **quick)

    def pids(self, part):
        """The processes of a part, with all that they started."""
        wanted = {f"PART={part}".encode(), f"PREFECT_HOME={self.folder}".encode()}
        for process in Path("/proc").iterdir():
            with suppress(OSError):  # it has ended meanwhile, or is not ours
                if process.name.isdigit():
                    variables = (process / "environ").read_bytes().split(b"\0")
                    if wanted.issubset(variables):
                        yield int(process.name)

    def signal(self, number, *parts):
        for part in parts:
            for pid in self.pids(part):
                with suppress(ProcessLookupError):
                    os.kill(pid, number)

    def kill(self, part):
        """As when the machine is switched off: nobody has time to say anything."""
        self.signal(signal.SIGKILL, part)
        for name, process in self.started:
            if name == part:
                process.wait()

    def standing_still(self):
        """The process that has stopped itself, when it has."""

        def stopped():
            for pid in self.pids("worker"):
                with suppress(OSError):
                    if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T":
                        return pid
            return None

        return self.eventually(stopped)

    def order(self, edition, due=None, **body):
        """A new run that is, or was, due at a time: at the edition's cut-off."""
        details = {"scheduled_time": (due or self.project.cutoff).isoformat()}
        state = {"type": "SCHEDULED", "state_details": details}
        deployment = self.prefect.deployment(f"daily-digest/{edition}")["id"]
        path = f"deployments/{deployment}/create_flow_run"
        return self.prefect.ask(path, state=state, **body)["id"]

    def signalled(self, number, *places):
        """Job variables by which a run's first attempts get a signal, each at the next place."""
        counter = self.folder / f"attempts-{time.monotonic_ns()}"
        words = (sys.executable, SIGNALLED, number, counter, *places)
        return {"command": " ".join(map(str, words))}

    def set_state(self, run, state, name="", **more):
        self.prefect.ask(
            f"flow_runs/{run}/set_state", state={"type": state, "name": name or None}, **more
        )

    def retry(self, run):
        """What the button of the UI does."""
        self.set_state(run, "SCHEDULED", "AwaitingRetry")

    def run(self, run):
        return self.client.get(f"flow_runs/{run}").raise_for_status().json()

    def states(self, run):
        """The states that a run went through, by their names; the first of each name."""
        found = self.client.get("flow_run_states/", params={"flow_run_id": run}).raise_for_status()
        return {state["name"]: state for state in reversed(found.json())}

    def log(self, run):
        return [line["message"] for line in self.prefect.of_run("logs", run)]

    def completed(self, *runs):
        """Runs when they are over, which must be well.

        One that failed for a reason that may pass is Failed for a moment, and then put back.
        """

        def over():
            found = [self.run(run) for run in runs]
            wrong = any(map(failed_for_good, found))
            return found if wrong or all(map(is_completed, found)) else None

        found = self.eventually(over)
        assert all(map(is_completed, found)), [(run["state"], self.log(run["id"])) for run in found]
        return found

    def failed(self, run):
        """What a run says when it has failed."""
        failed = self.eventually(lambda: self.states(run).get("Failed"))
        return failed["message"]

    def published(self, edition, store="", folder=None):
        """The editions of this name, each of which must be there whole."""
        store = store or f"sqlite:///{self.project.folder / 'mine/digest.sqlite'}"
        folder = folder or self.project.folder / "mine/outputs"
        with Store.open(store) as opened:
            found = [each for each in opened.editions() if each.edition.name == edition]
        slots = {each.edition.slot for each in found}
        assert {path.name for path in (folder / edition).iterdir() if path.is_dir()} == slots
        for each in found:
            assert each.published_at
            page = (folder / edition / each.edition.slot / "digest.md").read_text()
            assert ("This edition comes " in page) == (each.edition.late_minutes >= 10)
        return found

    def assert_published_once(self, edition, late=True, **where):
        [only] = self.published(edition, **where)
        assert (only.edition.late_minutes > 0) == late
        assert only.edition.stories
        assert len(self.inbox.of(edition)) == 1


@pytest.fixture(scope="module")
def inbox(tools):
    kept = Inbox(tools.free_port())
    controller = Controller(kept, hostname="127.0.0.1", port=kept.port)
    controller.start()
    yield kept
    controller.stop()


@pytest.fixture(scope="module")
def house(tools, site, morning, inbox, other_postgresql_server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("house") / "project"
    few = [feed for feed in site.feeds if feed.title in OUTLETS]
    project = tools.follow(folder, few, *morning)
    settings = yaml.safe_load(project.settings.read_text())
    edition = {"schedule": morning[0], "recipients": [READER]}
    settings["editions"] = {
        **dict.fromkeys(EDITIONS, edition),
        "refused": edition | {"recipients": [READER, MOVED_AWAY]},
        "pile": edition | {"schedule": twice_a_day(morning[1])},
    }
    settings["ingest"] = settings["retention"] = {"schedule": NEVER}
    settings["mail"] = {
        "host": "127.0.0.1",
        "port": inbox.port,
        "security": "none",
        "sender": "digest@news.example",
    }
    project.settings.write_text(yaml.safe_dump(settings))
    # So many runs at once are too many for a server on SQLite: it finds its database locked, drops
    # events, and with them what its automations wait for.
    database = tools.prefect_database(other_postgresql_server)
    house = House(tools, project, inbox, database)
    try:
        house.start_server()
        deploy = (
            "from pathlib import Path\n"
            "from digest import settings\n"
            "from digest.operate.deploy import deploy\n"
            "deploy(settings.load(), Path.cwd())"
        )
        project.run("python", "-c", deploy, **house.variables)
        house.start_worker()
        yield house
    finally:
        for part in ("worker", "server"):
            house.kill(part)


def twice_a_day(cutoff):
    return f"0 {cutoff.hour},{(cutoff.hour - 12) % 24} * * *"


@pytest.fixture(scope="module", autouse=True)
def night(house):
    """What takes long happens first, and is looked at last: the runs by edition.

    Server and worker are killed together with the run in hand, and while the worker is away other
    runs come to be due.
    """
    _, writing, _ = STAGES
    still = house.signalled("SIGSTOP", writing)
    runs = {"switched-off": house.order("switched-off", job_variables=still)}
    house.standing_still()
    for part in ("worker", "server"):
        house.kill(part)
    house.start_server()
    killed = house.signalled("SIGKILL", *STAGES)
    runs["killed"] = house.order("killed", job_variables=killed)
    nowhere = house.project.folder / "nowhere.opml"
    nowhere.write_bytes(subscriptions.write([Feed("http://127.0.0.1:9/feed")]))
    feeds = {"env": {"DIGEST_FEEDS": str(nowhere)}}
    runs["offline"] = house.order("offline", job_variables=feeds)
    house.start_worker()
    return runs


def test_a_run_that_found_no_network_is_tried_again_by_itself(house, night):
    feeds = house.project.settings.with_name("feeds.opml")
    assert "none of the 1 feeds could be read" in house.failed(night["offline"])
    waits = house.eventually(lambda: house.states(night["offline"]).get("AwaitingRetry"))
    assert "Attempt 1 failed: none of the 1 feeds could be read" in waits["message"]
    pause = waits["state_details"]["scheduled_time"], waits["timestamp"]
    again, said = map(datetime.fromisoformat, pause)
    assert timedelta(seconds=55) < again - said < timedelta(seconds=61)
    (house.project.folder / "nowhere.opml").write_bytes(feeds.read_bytes())


def test_two_runs_of_one_edition_at_once_publish_it_once(house):
    runs = house.completed(house.order("twice"), house.order("twice"))
    said = sorted(run["state"]["message"] for run in runs)
    assert "from 9 articles of 2 feeds, 3 minutes to read. This edition comes " in said[0]
    assert said[1] == f"Was there already: {said[0]}"
    house.assert_published_once("twice")


def test_editions_that_pile_up_are_published_in_the_order_in_which_they_were_due(house):
    later = house.order("pile")
    house.eventually(lambda: "Pending" in house.states(later))
    earlier = house.order("pile", due=house.project.cutoff - timedelta(hours=12))
    house.completed(later, earlier)
    first, second = sorted(house.published("pile"), key=lambda each: each.edition.cutoff)
    assert first.published_at < second.published_at
    assert any("comes first, and is" in line for line in house.log(later))
    told = [
        {article.url for told in each.edition.stories for article in told.story.articles}
        for each in (first, second)
    ]
    assert all(told)
    assert told[0].isdisjoint(told[1])
    assert len(house.inbox.of("pile")) == 2


def test_somebody_is_told_of_a_failed_delivery_and_a_retry_mails_those_who_lack_it(house, messages):

    def files():
        published = house.project.published().items()
        return {name: data for name, data in published if name.startswith("refused/20")}

    run = house.order("refused")
    assert house.failed(run) == f"published, but not delivered to {MOVED_AWAY}"
    house.assert_published_once("refused")
    before = files()
    told = f"is published, but not delivered to {MOVED_AWAY}"
    house.eventually(lambda: any(told in message["text"] for message in messages))
    failures = {"event": {"name": ["digest.delivery.failed"]}}
    [event] = house.eventually(
        lambda: house.prefect.ask("events/filter", filter=failures)["events"]
    )
    assert event["resource"]["prefect.resource.id"].startswith("digest.edition.refused.20")
    assert f"prefect.flow-run.{run}" in {each["prefect.resource.id"] for each in event["related"]}

    house.inbox.unknown.clear()
    house.retry(run)
    house.completed(run)
    assert len(house.inbox.of("refused", MOVED_AWAY)) == 1
    house.assert_published_once("refused")
    assert files() == before


@pytest.fixture
def messages(house):
    """What the automation of ``config/tell-me.yaml`` sends to its webhook."""
    received = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self):
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *words):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    make = (
        "from prefect.blocks.webhook import Webhook\n"
        f"print(Webhook(url='http://127.0.0.1:{server.server_port}/').save('digest'))"
    )
    block = house.project.run("python", "-c", make, **house.variables).stdout.split()[-1]
    example = yaml.safe_load((ROOT / "config/tell-me.yaml").read_text())
    example["actions"][0]["block_document_id"] = block
    (house.folder / "tell-me.yaml").write_text(yaml.safe_dump(example))
    create = ("prefect", "automation", "create", "--from-file", str(house.folder / "tell-me.yaml"))
    house.project.run(*create, **house.variables)
    yield received
    server.shutdown()


def test_a_run_that_died_too_often_is_not_begun_again(house):
    # Without its tag the server's automations do not come between.
    tagged = house.prefect.deployment("daily-digest/loop")
    kept = ("flow_id", "entrypoint", "pull_steps", "work_pool_name", "job_variables", "parameters")
    values = {key: tagged[key] for key in kept} | {"name": "untagged"}
    house.client.post("deployments/", json=values).raise_for_status()
    run = house.order("untagged", due=datetime.now(UTC) + timedelta(hours=1))
    for _ in range(5):
        house.set_state(run, "RUNNING", force=True)
        house.set_state(run, "CRASHED", force=True)
    house.retry(run)
    assert house.failed(run).startswith("this run's process died 5 times")
    assert house.run(run)["state_type"] == "FAILED"


def test_a_database_that_is_restarted_is_waited_for(house, postgresql_server, tmp_path):
    url = postgresql_server.new_database()
    place = {"DIGEST_STORE": url, "DIGEST_OUTPUTS": str(tmp_path)}
    still = house.signalled("SIGSTOP", "digest.store.editions:EditionShelf.save_edition")
    run = house.order("database", job_variables=still | {"env": place})
    process = house.standing_still()
    postgresql_server.stop("immediate")
    os.kill(process, signal.SIGCONT)
    house.eventually(lambda: any("attempt 1: The store" in x for x in house.log(run)))
    postgresql_server.start()
    [done] = house.completed(run)
    assert done["run_count"] == 1
    house.assert_published_once("database", store=url, folder=tmp_path)


def test_a_restart_of_the_servers_own_database_is_survived(house, other_postgresql_server):
    still = house.signalled("SIGSTOP", "digest.store.editions:EditionShelf.save_edition")
    run = house.order("servers-database", job_variables=still)
    process = house.standing_still()
    other_postgresql_server.stop("immediate")
    os.kill(process, signal.SIGCONT)
    time.sleep(3)
    other_postgresql_server.start()
    [done] = house.completed(run)
    assert done["run_count"] == 1
    house.assert_published_once("servers-database")


def test_a_machine_that_sleeps_when_an_edition_is_due_makes_it_when_it_wakes(house):
    run = house.order("asleep", due=datetime.now(UTC) + timedelta(seconds=2))
    house.signal(signal.SIGSTOP, "worker", "server")
    time.sleep(4)
    house.signal(signal.SIGCONT, "server", "worker")
    house.completed(run)
    house.assert_published_once("asleep", late=False)


def test_a_machine_that_was_switched_off_at_work_goes_on_when_it_is_on_again(house, night):
    house.completed(night["switched-off"])
    crashed = house.states(night["switched-off"])["Crashed"]
    assert "no sign of life" in crashed["message"]
    house.assert_published_once("switched-off")


def test_a_run_that_is_killed_in_each_of_its_stages_is_begun_again_and_again(house, night):
    [run] = house.completed(night["killed"])
    assert run["run_count"] == len(STAGES) + 1
    house.assert_published_once("killed")


def test_an_edition_that_was_due_while_the_server_was_down_is_made_late(house):
    house.signal(signal.SIGSTOP, "worker")
    run = house.order("server")
    house.kill("server")
    house.signal(signal.SIGCONT, "worker")
    house.start_server()
    house.completed(run)
    house.assert_published_once("server")


def test_the_network_is_back_and_so_is_the_edition(house, night):
    house.completed(night["offline"])
    house.assert_published_once("offline")
