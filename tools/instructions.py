#!/usr/bin/env python3
"""Holds the benchmarks' small runs against bench/instructions.json: their results, which are the
same everywhere, and the instructions they take, which repeat exactly where time varies by half.

Only our own functions count, so that the C library's choice of code for a processor does not
matter. Counts are compared under the reference's compiler alone; elsewhere the check is skipped
(exit 77).

    instructions.py build/release/bench/leapday_bench --compiler "GNU 12.2.0"
    instructions.py ... --update     rewrites the reference
    instructions.py ... --results    results only
"""

import argparse
import concurrent.futures
import json
import pathlib
import re
import subprocess
import sys
import tempfile

REFERENCE = pathlib.Path(__file__).resolve().parent.parent / "bench" / "instructions.json"
SKIPPED = 77
ALLOWED = 1.03


def results(program):
    """The number that each model ends in, by name."""
    lines = subprocess.run([program, "--tiny"], check=True, capture_output=True, text=True).stdout
    return dict(line.split() for line in lines.splitlines())


def count(program, name):
    """Instructions of one model's run in functions of ours."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "out"
        subprocess.run(
            ["valgrind", "--tool=cachegrind", "--cache-sim=no", f"--cachegrind-out-file={out}",
             program, "--tiny", name],
            check=True, capture_output=True)
        total, ours = 0, False
        for line in out.read_text().splitlines():
            if line.startswith("fn="):
                ours = "leapday::" in line
            elif ours and re.match(r"\d+ \d+", line):
                total += int(line.split()[1])
    return total


def has_avx2():
    """The counts are of the path that uses it."""
    try:
        return "avx2" in pathlib.Path("/proc/cpuinfo").read_text()
    except OSError:
        return False


def compare_results(found, reference):
    """Problems, one a line."""
    problems = []
    for name in sorted(found.keys() | reference.keys()):
        want = reference.get(name, {}).get("result")
        if found.get(name) != want:
            problems.append(f"{name}: result {found.get(name)}, reference {want}")
    return problems


def compare_counts(found, reference):
    """Prints the table; problems, one a line."""
    problems = []
    for name, instructions in found.items():
        want = reference[name]["instructions"]
        ratio = instructions / want
        print(f"{name:28} {instructions:>12,} {ratio:7.3f}")
        if ratio > ALLOWED:
            problems.append(f"{name}: {instructions:,} instructions, reference {want:,}")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--compiler", default="")
    parser.add_argument("--results", action="store_true")
    parser.add_argument("--update", action="store_true")
    options = parser.parse_args()

    reference = json.loads(REFERENCE.read_text()) if REFERENCE.exists() else {"models": {}}
    found = results(options.program)
    problems = [] if options.update else compare_results(found, reference["models"])
    if not options.results and not problems:
        if not options.update and options.compiler != reference["compiler"]:
            print(f"skipped: the reference is of {reference['compiler']}")
            return SKIPPED
        if not has_avx2():
            print("skipped: no AVX2 here")
            return SKIPPED
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            counts = dict(zip(found, pool.map(lambda name: count(options.program, name), found)))
        if options.update:
            models = {name: {"result": found[name], "instructions": counts[name]} for name in found}
            reference = {"compiler": options.compiler, "models": models}
            REFERENCE.write_text(json.dumps(reference, indent=2) + "\n")
            return 0
        problems = compare_counts(counts, reference["models"])
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        print("if that is meant: tools/instructions.py PROGRAM --compiler ... --update",
              file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
