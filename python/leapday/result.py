"""What a rehearsal gives back.

Why: verdicts and counts are small and become plain dataclasses; series are large and stay in the
memory of the C++ side, seen through numpy.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from ._core import Rehearsal

__all__ = [
    "Event",
    "Expectation",
    "Requests",
    "Result",
    "Run",
    "Span",
    "Trace",
    "TraceSpan",
    "Window",
]


@dataclass(frozen=True)
class Window:
    """A stretch of the run, in seconds from t=0, and the value measured there."""

    begin: float
    end: float
    value: float


@dataclass(frozen=True)
class Expectation:
    """One expectation's answer. Values, bound and margin are in `unit`: s, share, /s, B or none."""

    name: str
    text: str
    verdict: str
    reason: str
    first_violation: Window | None
    worst: Window | None
    bound: float | None
    margin: float | None
    unit: str
    windows: int
    violations: int
    chain: tuple[int, ...]  #: Indices into Result.events, oldest first.


@dataclass(frozen=True)
class Requests:
    """Users' requests: injected = answered + all failed + in_flight."""

    injected: int
    answered: int
    failed: dict[str, int]
    in_flight: int


@dataclass(frozen=True)
class Event:
    """Something of note. `cause` is an index into Result.events."""

    second: float
    kind: str
    subject: str
    detail: str
    cause: int | None


@dataclass(frozen=True)
class Span:
    """A named interval: a phase, deployment or fault. `open`: had not ended when the run did."""

    name: str
    kind: str
    begin: float
    end: float
    open: bool


@dataclass(frozen=True)
class TraceSpan:
    """One thing that happened to a request. Times are seconds from t=0.

    `kind` is "request", "attempt" (subject: its router or dependency), "visit" (instance or
    dependency), "queue", "service" or "call" (app or dependency). `outcome` is "answered",
    "in_flight" or the reason of a failure. `parent` is an index into Trace.spans.
    """

    kind: str
    subject: str
    endpoint: str
    begin: float
    end: float
    parent: int | None
    outcome: str
    number: int  #: Of attempts: 0 is the first one.
    hedge: bool
    open: bool  #: Had not ended when the run did.
    abandoned: bool  #: Went on after its parent had ended: nobody waited for it.


@dataclass(frozen=True)
class Trace:
    """A user's request and what was done for it; the first span is the request itself."""

    load: str
    number: int
    truncated: bool  #: More happened than is kept of one request.
    spans: tuple[TraceSpan, ...]


@dataclass(frozen=True)
class Run:
    """One seed of one cell of the matrix."""

    cell: str
    seed: int
    trace_hash: str
    verdict: str
    reason: str
    requests: Requests


def _window(values: tuple[float, float, float] | None) -> Window | None:
    return None if values is None else Window(*values)


class Result:
    """A finished rehearsal.

    With several runs everything but `verdict` and `runs` is of one of them: the first that failed,
    else the first inconclusive one, else the first.
    """

    def __init__(self, rehearsal: Rehearsal) -> None:
        self._rehearsal = rehearsal

    def __repr__(self) -> str:
        return (
            f"<leapday.Result {self.verdict}, seed {self.seed}, trace {self.trace_hash},"
            f" {len(self.runs)} run(s)>"
        )

    @property
    def verdict(self) -> str:
        """Either "pass", "fail" or "inconclusive", of all runs together."""
        return self._rehearsal.outcome

    @property
    def reason(self) -> str:
        """One sentence."""
        return self._rehearsal.reason

    @property
    def trace_hash(self) -> str:
        """16 hex digits; the same for the same scenario and seed, everywhere."""
        return self._rehearsal.trace_hash

    @property
    def seed(self) -> int:
        """The seed of the run that is shown."""
        return self._rehearsal.seed

    @cached_property
    def expectations(self) -> list[Expectation]:
        """Each expectation's answer, in file order."""
        return [
            Expectation(
                **{
                    **entry,
                    "first_violation": _window(entry["first_violation"]),
                    "worst": _window(entry["worst"]),
                    "chain": tuple(entry["chain"]),
                }
            )
            for entry in self._rehearsal.expectations()
        ]

    @cached_property
    def requests(self) -> Requests:
        """Users' requests, warm-up included."""
        return Requests(**self._rehearsal.requests())

    @cached_property
    def events(self) -> list[Event]:
        """What happened, in order."""
        return [Event(**entry) for entry in self._rehearsal.events()]

    @cached_property
    def spans(self) -> list[Span]:
        """Phases, deployments and faults."""
        return [Span(**entry) for entry in self._rehearsal.spans()]

    @cached_property
    def traces(self) -> list[Trace]:
        """A seeded sample of the users' requests, by time of sending. Those of the warm-up
        are not in it."""
        return [
            Trace(**{**entry, "spans": tuple(TraceSpan(**span) for span in entry["spans"])})
            for entry in self._rehearsal.traces()
        ]

    @property
    def traced_one_in(self) -> int:
        """One of so many requests was taken for `traces`: 1, 2, 4, ..."""
        return self._rehearsal.traced_one_in

    @cached_property
    def runs(self) -> list[Run]:
        """Every run: cells in order, seeds in order."""
        return [
            Run(**{**entry, "requests": Requests(**entry["requests"])})
            for entry in self._rehearsal.runs()
        ]

    @property
    def step(self) -> int:
        """Seconds per row of series and gauges: 1, and in runs of more than two hours 2, 4, 8, ..."""
        return self._rehearsal.step

    @cached_property
    def series(self) -> dict[str, dict[str, np.ndarray]]:
        """Columns with a row per `step` by subject ("shoppers", "shop.browse", "shop/3", "orders-db").

        Columns: second, sent, answered, failed, failed_<reason> for reasons that occurred, and
        p50, p90, p95, p99 in seconds (not a number where nothing was answered). `second` is that
        in which a row begins: of sending, of instances that of settling. Most columns are read-only views, not copies.
        """
        return self._rehearsal.series()

    @cached_property
    def twin_series(self) -> dict[str, dict[str, np.ndarray]]:
        """The same of the un-faulted twin; empty when none was run."""
        return self._rehearsal.twin_series()

    @cached_property
    def gauges(self) -> dict[tuple[str, str], dict[str, np.ndarray]]:
        """Mean and max with a row per `step` by (metric, subject), such as ("queue", "shop")."""
        return self._rehearsal.gauges()

    @cached_property
    def steps(self) -> dict[tuple[str, str], dict[str, np.ndarray]]:
        """Quantities that change in steps by (metric, subject): columns second and value."""
        return self._rehearsal.steps()
