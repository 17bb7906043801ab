"""Rehearse a platform's worst day from Python.

    import leapday

    result = leapday.run("scenarios/library/leap-day-2012.yaml", seed=7)
    print(result.verdict, result.trace_hash)
    for expectation in result.expectations:
        print(expectation.name, expectation.verdict, expectation.reason)

The same scenario with the same seed gives the same result as `leapday run`, byte for byte.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from . import _core
from ._core import Scenario, __version__
from .errors import Problem, ScenarioError
from .result import (
    Event,
    Expectation,
    Requests,
    Result,
    Run,
    Span,
    Trace,
    TraceSpan,
    Window,
)

__all__ = [
    "Event",
    "Expectation",
    "Problem",
    "Requests",
    "Result",
    "Run",
    "Scenario",
    "ScenarioError",
    "Span",
    "Trace",
    "TraceSpan",
    "Window",
    "__version__",
    "load",
    "run",
    "schema",
]


def load(
    path: str | os.PathLike[str],
    *,
    environment: str = "",
    set: Mapping[str, object] | None = None,
) -> Scenario:
    """Read and check a scenario file.

    `environment` names one of the file's environments; `set` gives variables other values, such
    as ``{"peak": "900/s"}``. Raises ScenarioError with every problem found.
    """
    pairs = [(name, str(value)) for name, value in (set or {}).items()]
    return _core.load(os.fspath(path), environment=environment, set=pairs)


def run(
    scenario: Scenario | str | os.PathLike[str],
    *,
    seed: int | None = None,
    reps: int | None = None,
    jobs: int = 1,
    twin: bool = False,
    environment: str = "",
    set: Mapping[str, object] | None = None,
) -> Result:
    """Rehearse a scenario and judge it.

    `scenario` is a path or what load() gave. `seed` replaces the file's seeds; `reps` runs that
    many, one after the other from it; `jobs` is how many run at once and never changes the result;
    `twin` also runs the un-faulted twin. `environment` and `set` are as for load() and need a
    path. Other Python threads go on while it runs; Ctrl-C stops it.
    """
    if isinstance(scenario, Scenario):
        if environment or set:
            raise ValueError("environment and set belong to load() when a Scenario is given")
        loaded = scenario
    else:
        loaded = load(scenario, environment=environment, set=set)
    return Result(_core.run(loaded, seed=seed, reps=reps, jobs=jobs, twin=twin))


def schema() -> str:
    """The JSON schema of the scenario language, as text."""
    return _core.schema()
