#!/usr/bin/env python3
"""Runs models A, B and C on Leapday, ns-3, SimGrid and SimPy in turn on one core; prints the table
of medians and ratios and writes build/bench/peers.json. `make bench-peers` runs it.

Exit code 1: an engine disagrees with theory, or Leapday itself failed. A peer that cannot be had or
does not run at a size is named with the reason.

    run.py [--rounds 5] [--only A]
"""

import argparse
import datetime
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys

import engines
import theory

OUT = engines.ROOT / "build" / "bench" / "peers.json"

NS3 = engines.Peer("ns-3", "ns3_models.cpp", ["-lns3-core"])
SIMGRID = engines.Peer("SimGrid", "simgrid_models.cpp", ["-lsimgrid"])
SIMPY = engines.Peer("SimPy", "simpy_models.py")
PEERS = [NS3, SIMGRID, SIMPY]

# Per model: what runs, and for how long: seconds of ours, units of the peers'. The first engine is
# what the ratios are of.
EVENT = "leapday"
EAGER = "leapday, eager"
BARE = "leapday, bare queue"
FILE = "leapday, scenario file"
MODELS = {
    "A": [(engines.Ours(EVENT, "model_a_event"), 0.3), (engines.Ours(EAGER, "model_a_eager"), 0.3),
          (NS3, 3e6), (SIMGRID, 5e5), (SIMPY, 3e5)],
    "B 1000": [(engines.Ours(EVENT, "scheduler_hold/1000"), 0.3),
               (engines.Ours(BARE, "model_b_hold/1000"), 0.3),
               (NS3, 3e6), (SIMGRID, 5e5), (SIMPY, 3e5)],
    "B 100000": [(engines.Ours(EVENT, "scheduler_hold/100000"), 0.3),
                 (engines.Ours(BARE, "model_b_hold/100000"), 0.3),
                 (NS3, 1e6), (SIMGRID, 3e5), (SIMPY, 2e5)],
    "B 1000000": [(engines.Ours(EVENT, "scheduler_hold/1000000"), 0.3),
                  (engines.Ours(BARE, "model_b_hold/1000000"), 0.3),
                  (NS3, 1e6), (SIMGRID, 3e5), (SIMPY, 2e5)],
    "C": [(engines.Ours(EVENT, "model_c_event"), 0.3), (engines.Ours(EAGER, "model_c_eager"), 0.3),
          (engines.Ours(FILE, "model_c_scenario"), 0.3),
          (NS3, 2e6), (SIMGRID, 5e5), (SIMPY, 3e5)],
}
TITLES = {
    "A": "A: M/M/1 at 90 %, per customer",
    "B 1000": "B: hold, 1,000 pending, per event",
    "B 100000": "B: hold, 100,000 pending, per event",
    "B 1000000": "B: hold, 1,000,000 pending, per event",
    "C": "C: round robin over 50 FIFO servers at 70 %, per request",
    "C, scenario file": "C through the public API from a scenario file, recording on",
}


def prepare():
    """Unpacks and compiles; the reason by engine that cannot run."""
    failures = {}
    missing = engines.unpack()
    for peer in PEERS:
        try:
            peer.prepare()
        except engines.Failed as problem:
            lacks = "".join(f"; package {name}: {reason}" for name, reason in missing)
            failures[peer.name] = f"{problem}{lacks}"
    return failures


def measure(models, rounds, core, absent):
    """({(model, engine): [runs]}, {(model, engine): reason}); the engines take turns."""
    runs, reasons = {}, {}
    for number in range(rounds):
        for model in models:
            for engine, size in MODELS[model]:
                key = (model, engine.name)
                if engine.name in absent:
                    reasons[key] = absent[engine.name]
                if key in reasons:
                    continue
                if sys.stderr.isatty():
                    print(f"\r\033[Kround {number + 1} of {rounds}: {model}, {engine.name}",
                          end="", file=sys.stderr, flush=True)
                try:
                    runs.setdefault(key, []).append(engine.run(core, model, size, number + 1))
                except engines.Failed as problem:
                    reasons[key] = str(problem)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)
    return {key: found for key, found in runs.items() if key not in reasons}, reasons


def rows(models, runs, reasons):
    """The entries of peers.json. C is told twice: its peers' ratios to the scenario file as well.
    """
    found = []
    for model in models:
        names = [engine.name for engine, _ in MODELS[model]]
        bases = [(model, EVENT, [name for name in names if name != FILE])]
        if FILE in names:
            peers = [peer.name for peer in PEERS]
            bases.append((f"{model}, scenario file", FILE, [FILE, *peers]))
        for title, base, members in bases:
            medians = {name: statistics.median(run["ns"] for run in runs[model, name])
                       for name in names if (model, name) in runs}
            for name in members:
                ns, of = medians.get(name), medians.get(base)
                row = {"model": title, "engine": name, "ns": ns and round(ns, 2),
                       "ratio": round(ns / of, 2) if ns and of else None}
                if ns is None:
                    row["reason"] = reasons.get((model, name), "not run")
                found.append(row)
    return found


def cell(row, with_ratio=True):
    """"231 (8.1 x)" of a row; a dash of a failed one."""
    if row is None or row["ns"] is None:
        return "-"
    ns = f"{row['ns']:,.0f}" if row["ns"] >= 100 else f"{row['ns']:.1f}"
    return f"{ns} ({row['ratio']:,.1f} x)" if with_ratio and row["ratio"] else ns


def table(found):
    """The rows as a Markdown table: a line for each model, ours first."""
    peers = [peer.name for peer in PEERS]
    lines = ["| model, ns | leapday | eager, or bare queue | " + " | ".join(peers) + " |",
             "|---|---|---|" + "---|" * len(peers)]
    for model in dict.fromkeys(row["model"] for row in found):
        of = {row["engine"]: row for row in found if row["model"] == model}
        cells = [cell(of.get(EVENT) or of.get(FILE), with_ratio=False),
                 cell(of.get(EAGER) or of.get(BARE), with_ratio=False),
                 *(cell(of.get(name)) for name in peers)]
        lines.append(f"| {TITLES[model]} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def machine(core):
    """Where this was measured, in a line."""
    text = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
    model = re.search(r"model name\s*: (.*)", text)
    compiler = subprocess.run(["g++", "-dumpfullversion"], capture_output=True, text=True,
                              check=False).stdout.strip()
    name = re.sub(r"\s+", " ", model[1]) if model else os.uname().machine
    return (f"{datetime.date.today()}, {name}, {os.cpu_count()} cores, g++ {compiler}; pinned to "
            f"core {core}, load before {os.getloadavg()[0]:.1f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="models whose name starts so: A, B, C")
    options = parser.parse_args()
    models = [model for model in MODELS if model.startswith(options.only)]
    core = max(os.sched_getaffinity(0))
    where = machine(core)

    runs, reasons = measure(models, options.rounds, core, prepare())
    found = rows(models, runs, reasons)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")

    holds = all(name in (peer.name for peer in PEERS) for _, name in reasons)
    for (model, name), several in runs.items():
        for line, agrees in theory.checks(model, several):
            print(f"{model + ',':10} {name + ':':23} {line}")
            holds = holds and agrees
    print(f"\n{where}; medians of {options.rounds} rounds\n\n{table(found)}\n")
    for (model, name), reason in reasons.items():
        print(f"{name} does not run model {model}: {reason}")
    print(f"written to {OUT.relative_to(engines.ROOT)}")
    return 0 if holds and runs else 1


if __name__ == "__main__":
    sys.exit(main())
