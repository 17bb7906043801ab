"""What queueing theory says of models A, B and C, and whether a run agrees with it.

Why: an engine that is quick because it simulates something else is no comparison. Each check allows
what chance explains, four standard errors for the run's length, and no more.
"""

import math

STANDARD_ERRORS = 4.0
BUCKET = 1 / 128  # relative width of the histograms' buckets, at most


def m_m_1(load, service):
    """(mean, standard error of the mean of one customer's share) of the time in the system.

    With h(s) = load / (2 (1 - load)) s^2 + s, which solves Poisson's equation of the chain of
    sojourn times S' = max(S - gap, 0) + service (in mean services), the variance of a mean over n
    customers tends to (2 E[h f] - E[f^2]) / n with f = S - E[S]. S is exponential, so that is
    4 load / (1 - load)^4 + 1 / (1 - load)^2.
    """
    mean = service / (1 - load)
    variance = 4 * load / (1 - load) ** 4 + 1 / (1 - load) ** 2
    return mean, service * math.sqrt(variance)


def round_robin(servers, load, service):
    """(mean, p99) of the time in the system of a server that gets every n-th Poisson arrival.

    Its gaps are Erlang-n, and GI/M/1's sojourn time is exponential with mean service / (1 - r),
    where r is the root within (0, 1) of r = E[exp(-(1 - r) gap)], gaps in mean services.
    """
    root = 0.5
    for _ in range(200):
        root = (servers * load / (servers * load + 1 - root)) ** servers
    mean = service / (1 - root)
    return mean, mean * math.log(100)


A_MEAN, A_ERROR = m_m_1(load=0.9, service=1.0)
C_MEAN, C_P99 = round_robin(servers=50, load=0.7, service=0.01)
# The servers of C share their arrivals, for which there is no closed form: relative standard errors
# of one request's share, from 600 runs of 500,000 requests (Lindley's recursion, no engine).
C_MEAN_ERROR, C_P99_ERROR = 4.5, 8.7


def check(name, found, expected, allowed):
    """A line for the report, and whether it holds."""
    holds = abs(found - expected) <= allowed
    verdict = "agrees" if holds else "DISAGREES"
    return f"{name} {found:.6g}, theory {expected:.6g} +- {allowed:.2g}: {verdict}", holds


def pooled(runs):
    """Runs of different seeds as one; of a seed's several runs, which repeat each other, the
    longest."""
    by_seed = {}
    for run in runs:
        if run["seed"] not in by_seed or run["units"] > by_seed[run["seed"]]["units"]:
            by_seed[run["seed"]] = run
    runs = list(by_seed.values())
    units = sum(run["units"] for run in runs)
    whole = {key: sum(run[key] * run["units"] for run in runs) / units
             for key in ("mean", "p99") if key in runs[0]}
    return {**whole, "units": units, "expected": sum(run.get("expected", 0) for run in runs)}


def checks(model, runs):
    """[(line, holds)] of all runs of one engine on a model: "A", "B 1000", "C"."""
    run = pooled(runs)
    root = math.sqrt(run["units"])
    if model.startswith("A"):
        return [check("mean s", run["mean"], A_MEAN, STANDARD_ERRORS * A_ERROR / root)]
    if model.startswith("B"):
        # Pending events that wait exponential times come up as a Poisson process.
        error = math.sqrt(run["expected"])
        return [check("events", run["units"], run["expected"], STANDARD_ERRORS * error)]
    return [
        check("mean s", run["mean"], C_MEAN, STANDARD_ERRORS * C_MEAN_ERROR / root * C_MEAN),
        check("p99 s", run["p99"], C_P99,
              (STANDARD_ERRORS * C_P99_ERROR / root + BUCKET) * C_P99),
    ]
