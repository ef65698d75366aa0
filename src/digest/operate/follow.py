"""Following the runs of a work pool: what they log, how they begin and end, a line each."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from rich.console import Console
from rich.text import Text

from digest.operate.unfinished import INTERRUPTED

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import FlowRun, Log

BEHIND = timedelta(seconds=4)
"""A run sends its log records in batches every two seconds, so for so long older ones may come."""
PAGE = 200
"""Records that the server gives at once."""
OURS = "digest"
"""The logger, with all below it, of which every record is shown; of others, warnings."""
ECHOES = (
    "Finished in state",
    "Encountered exception during execution",
    "Engine execution exited with unexpected exception",
    "is tried again at",
)
"""How records begin that say what the run's next state tells as well."""
STYLES = {logging.WARNING: "yellow", logging.ERROR: "bold red"}

console = Console(highlight=False, soft_wrap=True)


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """Something that a run has to say."""

    at: datetime
    run: str
    text: str
    level: int = logging.INFO


class Follower:
    """Asks a server again and again what the runs of a work pool have said since."""

    def __init__(self, work_pool: str) -> None:
        self._pool = work_pool
        self._since = datetime.now(UTC)
        self._states: dict[UUID, UUID | None] = {}
        """The runs that are looked at, with the state each was in when it was last spoken of."""
        self._read: set[UUID] = set()
        """The log records of these runs that were shown."""

    def news(self, client: SyncPrefectClient, now: datetime | None = None) -> list[Line]:
        """What is new at ``now``, in the order in which it was said.

        Raises ``httpx.HTTPError`` where the server gives no answer.
        """
        now = now or datetime.now(UTC)
        runs = self._runs(client)
        lines = self._logged(client, runs)
        for run in runs.values():
            state = run.state
            if state is None or self._states.get(run.id) == state.id:
                continue
            if state.is_final() or state.is_scheduled():
                # Its last records come later than its end.
                if now - state.timestamp < BEHIND:
                    self._states.setdefault(run.id, None)
                    continue
                del self._states[run.id]
            else:
                self._states[run.id] = state.id
            if line := turn(run):
                lines.append(line)
        self._states = {id_: state for id_, state in self._states.items() if id_ in runs}
        if not self._states:
            self._read.clear()
        return sorted(lines)

    def _runs(self, client: SyncPrefectClient) -> dict[UUID, FlowRun]:
        from prefect.client.schemas import filters
        from prefect.client.schemas.objects import StateType

        under_way = filters.FlowRunFilter(
            state=filters.FlowRunFilterState(
                type=filters.FlowRunFilterStateType(any_=[StateType.PENDING, StateType.RUNNING])
            )
        )
        wanted = [under_way]
        if self._states:
            known = filters.FlowRunFilterId(any_=list(self._states))
            wanted.append(filters.FlowRunFilter(id=known))
        pool = filters.WorkPoolFilter(name=filters.WorkPoolFilterName(any_=[self._pool]))
        return {
            run.id: run
            for each in wanted
            for run in client.read_flow_runs(work_pool_filter=pool, flow_run_filter=each)
        }

    def _logged(self, client: SyncPrefectClient, runs: dict[UUID, FlowRun]) -> list[Line]:
        from prefect.client.schemas import filters

        if not runs:
            return []
        chosen = filters.LogFilter(
            flow_run_id=filters.LogFilterFlowRunId(any_=list(runs)),
            timestamp=filters.LogFilterTimestamp(after_=self._since),
        )
        read: list[Log] = []
        while page := client.read_logs(chosen, limit=PAGE, offset=len(read)):
            read += page
        records = [log for log in read if log.id not in self._read]
        self._read.update(log.id for log in records)
        if records:
            latest = max(log.timestamp for log in records)
            self._since = max(self._since, latest - BEHIND)
        return [
            Line(log.timestamp, runs[log.flow_run_id].name, log.message, log.level)
            for log in records
            if log.flow_run_id and worth_showing(log)
        ]


def worth_showing(log: Log) -> bool:
    """Whether a record is about the digest, and not about Prefect's own doings."""
    ours = log.name == OURS or log.name.startswith(f"{OURS}.")
    return (ours or log.level >= logging.WARNING) and not log.message.startswith(ECHOES)


def turn(run: FlowRun) -> Line | None:
    """How a run begins or ends, in a line; ``None`` for what is not worth one."""
    state = run.state
    assert state is not None
    why = f": {state.message}" if state.message else ""
    if state.is_running():
        text, level = "begins", logging.INFO
    elif state.is_completed():
        text, level = f"done in {_seconds(run.total_run_time)}", logging.INFO
    elif state.name == "AwaitingRetry" and state.message != INTERRUPTED:
        text, level = f"is tried again{_from(state.state_details.scheduled_time)}{why}", 30
    elif state.is_final():
        text, level = f"{state.name}{why}", logging.ERROR
    else:
        return None
    return Line(state.timestamp, run.name, text, level)


def _seconds(took: timedelta) -> str:
    return f"{took.total_seconds():.0f} s"


def _from(when: datetime | None) -> str:
    return f" from {when.astimezone():%H:%M:%S} on" if when else ""


def show(lines: Iterable[Line]) -> None:
    """Prints lines: the local time, the run, and what it says."""
    for line in lines:
        style = STYLES.get(min(line.level // 10 * 10, logging.ERROR), "")
        text = Text(f"{line.at.astimezone():%H:%M:%S}  ", "dim")
        text.append(f"{line.run}  ", "cyan")
        text.append(_marked(line), style)
        console.print(text)


def _marked(line: Line) -> str:
    said = _briefly(line.text)
    if line.level < logging.WARNING:
        return said
    return f"{'warning' if line.level < logging.ERROR else 'error'}: {said}"


def _briefly(text: str) -> str:
    """The first line, and after a traceback also the last, which names the error."""
    first, *others = text.strip().splitlines() or [""]
    traced = any(other.startswith("Traceback ") for other in others)
    return f"{first}: {others[-1]}" if traced else first
