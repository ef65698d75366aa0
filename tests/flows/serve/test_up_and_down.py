"""``digest serve``: server, deployments and worker with one command, and nothing left of it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess

import pytest

pytestmark = pytest.mark.prefect


def under_way(prefect) -> str | None:
    """The run that is, if there is one."""
    running = {"state": {"type": {"any_": ["RUNNING"]}}}
    runs = prefect.ask("flow_runs/filter", flow_runs=running)
    return runs[0]["id"] if runs else None


def test_one_command_brings_everything_up_keeps_it_up_and_ends_all_on_ctrl_c(
    serve, project, home, variables, tools
):
    def digest(*words: str) -> subprocess.CompletedProcess[str]:
        command = [tools.BIN / "digest", *words]
        return subprocess.run(
            command, cwd=project.folder, env=variables, capture_output=True, text=True
        )

    # As on a machine that never had a server.
    (home.folder / "prefect.db").unlink()
    address = f"http://127.0.0.1:{variables['PREFECT_SERVER_API_PORT']}"
    before = digest("serve", "--check")
    assert before.returncode == 0, before.stderr
    assert f"would start a Prefect server at {address}" in before.stdout
    assert "would create deployment daily-digest/daily\n" in before.stdout
    assert home.processes() == []

    with serve() as served:
        served.says("Ctrl-C ends all. The runs:\n")
        said = served.log.read_text()
        assert "created work pool digest\n" in said
        assert "created deployment daily-digest/daily\n" in said
        assert f"The Prefect UI is at {address}\nNext runs:\n" in said
        assert "ingest/feeds\n" in said.partition("Next runs:")[2]

        check = digest("serve", "--check")
        assert check.stdout.startswith(f"would use the Prefect server at {address}\n")
        assert "would keep deployment daily-digest/daily\n" in check.stdout
        assert "create" not in check.stdout
        second = digest("serve")
        assert second.returncode == 1
        assert f"runs here already, as process {served.process.pid}" in second.stderr

        served.prefect.plan_soon("ingest/feeds")
        planned = tools.eventually(lambda: under_way(served.prefect))
        served.prefect.pause("ingest/feeds")
        served.says("  begins\n")
        for name, called in (("worker", "the worker"), ("server", "the Prefect server")):
            os.kill(tools.eventually(lambda n=name: home.program(n)), signal.SIGKILL)
            served.says(f"{called} was ended by SIGKILL; it is started again in 1 s, ")
        tools.eventually(served.prefect.answers)

        run = served.prefect.end_of(planned)
        assert run["state_type"] == "COMPLETED", run["state"]["message"]
        assert run["run_count"] == 2
        name = run["name"]
        served.says(f"{name}  done in ")
        said = served.log.read_text()
        assert f"{name}  begins\n" in said
        assert f"{name}  checked 4 feeds: " in said
        assert f"{name}  warning: feed " in said
        assert "submitted to infrastructure" not in said

        assert served.end(signal.SIGINT) == 0
        assert home.processes() == []


def test_it_can_be_stopped_before_its_server_answers(serve, home, tools):
    with serve() as served:
        served.says("starting a Prefect server")
        tools.eventually(lambda: len(home.processes()) > 1)
        assert served.end(signal.SIGINT) == 0
        assert home.processes() == []


def test_a_port_that_another_program_has_is_told_in_the_servers_words(serve, home):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = str(taken.getsockname()[1])
        with serve(PREFECT_SERVER_API_PORT=number) as served:
            assert served.ended() == 1
        said = served.log.read_text()
    assert "digest: the Prefect server ended with status 1; its last words:\n" in said
    assert f"Port {number} is already in use" in said
    assert home.processes() == []


def test_a_configured_server_that_does_not_answer_is_an_error_that_says_what_to_do(serve):
    address = "http://127.0.0.1:9/api"
    for options in ((), ("--check",)):
        with serve(*options, PREFECT_API_URL=address) as served:
            assert served.ended() == 1
        assert served.log.read_text() == (
            f"digest: the Prefect server at {address} does not answer: start it, or unset "
            "PREFECT_API_URL to have one started here\n"
        )
