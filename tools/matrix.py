#!/usr/bin/env python3
"""Rehearses the library with several builds of the command and holds the results together.

Why: the same scenario and seed must give the same bytes out of every compiler and build type, with
one worker or two. Usage: matrix.py COMMAND...; prints one trace hash for each build.
"""

import hashlib
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
LIBRARY = sorted((ROOT / "scenarios/library").rglob("*.expected"))


def rehearse(command, scenario, jobs):
    """(trace hash, digest of everything that JSON and CSV say) of one scenario."""
    digest = hashlib.sha256()
    trace = ""
    for form in ("json", "csv"):
        done = subprocess.run(
            [command, "run", scenario, "--reps", "2", "--jobs", str(jobs), "--format", form,
             "--progress", "never"], stdout=subprocess.PIPE, check=False)
        if done.returncode not in (0, 1, 3):
            sys.exit(f"{command} {scenario}: exit code {done.returncode}")
        digest.update(done.stdout)
        if form == "json":
            trace = json.loads(done.stdout)["trace_hash"]
    return trace, digest.hexdigest()


def main(commands):
    results = {}
    for index, command in enumerate(commands):
        traces, digests = [], []
        for expected in LIBRARY:
            trace, digest = rehearse(command, expected.with_suffix(".yaml"), 1 + index % 2)
            traces.append(f"{expected.stem} {trace}")
            digests.append(f"{expected.stem} {digest}")
        whole = hashlib.sha256("\n".join(traces).encode()).hexdigest()[:16]
        results[command] = (traces, digests)
        print(f"{whole}  {command}", flush=True)
    (reference, *others) = results.values()
    differing = False
    for command, other in zip(commands[1:], others):
        for kind, ours, theirs in zip(("trace", "output"), reference, other):
            for a, b in zip(ours, theirs):
                if a != b:
                    print(f"{command}: {kind} differs: {b}, {commands[0]}: {a}")
                    differing = True
    if not LIBRARY:
        sys.exit("the library has no scenario with an .expected file")
    print("the builds differ" if differing else
          f"one result over {len(LIBRARY)} scenarios and {len(commands)} builds")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
