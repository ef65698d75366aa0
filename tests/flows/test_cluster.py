"""A Prefect server in parts, as docs/operations.md has it: two API servers, services apart, on
PostgreSQL and Redis. All of them are real.
"""

from __future__ import annotations

import shutil
from contextlib import ExitStack

import httpx
import pytest

pytestmark = [
    pytest.mark.prefect,
    pytest.mark.skipif(not shutil.which("redis-server"), reason="redis-server is not installed"),
]

DAILY = "daily-digest/daily"
OUTLETS = ("The Continental Post", "Kilowatt")


@pytest.fixture(scope="module")
def cluster(tools, other_postgresql_server, tmp_path_factory):
    """The APIs of both servers."""
    folder = tmp_path_factory.mktemp("cluster")
    redis = str(tools.free_port())
    shared = {
        "PREFECT_HOME": str(folder),
        "PREFECT_API_DATABASE_CONNECTION_URL": tools.prefect_database(other_postgresql_server),
        "PREFECT_MESSAGING_BROKER": "prefect_redis.messaging",
        "PREFECT_MESSAGING_CACHE": "prefect_redis.messaging",
        "PREFECT_SERVER_EVENTS_CAUSAL_ORDERING": "prefect_redis.ordering",
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect_redis.lease_storage",
        "PREFECT_REDIS_MESSAGING_HOST": "127.0.0.1",
        "PREFECT_REDIS_MESSAGING_PORT": redis,
        "PREFECT_SERVER_DOCKET_URL": f"redis://127.0.0.1:{redis}/1",
        "PREFECT_SERVER_EVENTS_EXPIRED_BUCKET_BUFFER": "P7D",
        "PREFECT_SERVER_UI_ENABLED": "false",
        "COVERAGE_PROCESS_CONFIG": "",
    }
    with ExitStack() as stack:

        def start(name, *command):
            log = folder / f"{name}.log"
            stack.enter_context(tools.running(command, folder, log, **shared))

        start("redis", "redis-server", "--port", redis, "--bind", "127.0.0.1", "--save", "")
        servers = []
        for number in (1, 2):
            port = str(tools.free_port())
            where = ("--host", "127.0.0.1", "--port", port)
            start(number, tools.BIN / "prefect", "server", "start", "--no-services", *where)
            address = f"http://127.0.0.1:{port}/api"
            client = stack.enter_context(httpx.Client(base_url=address, timeout=60))

            variables = {"PREFECT_HOME": str(folder), "PREFECT_API_URL": address}
            servers.append(tools.Prefect(client, variables))
            tools.eventually(servers[-1].answers)
        start("services", tools.BIN / "prefect", "server", "services", "start")
        yield servers


@pytest.fixture(scope="module")
def deployed(cluster, site, morning, tools, tmp_path_factory):
    """The project on the first server."""
    folder = tmp_path_factory.mktemp("in-parts") / "project"
    few = [feed for feed in site.feeds if feed.title in OUTLETS]
    project = tools.follow(folder, few, *morning)
    project.run("digest", "deploy", **cluster[0].variables)
    return project


def test_a_run_that_one_server_is_told_of_crashed_is_begun_again_by_the_services(
    cluster, deployed, tools
):
    one, other = cluster
    path = f"deployments/{one.deployment(DAILY)['id']}/create_flow_run"
    run = one.ask(path)["id"]
    for server, state in ((one, "PENDING"), (other, "RUNNING"), (one, "CRASHED")):
        server.ask(f"flow_runs/{run}/set_state", state={"type": state})

    def waits():
        return other.client.get(f"flow_runs/{run}").json()["state_name"] == "AwaitingRetry"

    tools.eventually(waits)


def test_a_worker_of_the_other_server_carries_it_out(
    cluster, deployed, start_worker, tmp_path_factory
):
    one, other = cluster
    with start_worker(other, tmp_path_factory.mktemp("worker"), "worker", 1):
        run = one.run(DAILY)
    assert run["state_type"] == "COMPLETED", run["state"]["message"]
    assert f"daily/{deployed.slot}/digest.html" in deployed.published()
