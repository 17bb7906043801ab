#!/usr/bin/env python3
"""The table of incidents: published outcome, simulated outcome, verdict.

Why: it is what a reader is shown to decide whether to believe a rehearsal.
"""

import json
import os
import pathlib
import subprocess
import sys
import unittest

COMMAND = os.path.abspath(sys.argv.pop(1))
ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "scenarios/library/incidents"


def run(*arguments):
    return subprocess.run([COMMAND, "run", "--progress", "never", *map(str, arguments)],
                          capture_output=True, text=True, check=False, timeout=300)


class Incidents(unittest.TestCase):
    def test_all_of_them_are_one_table_in_order_of_date(self):
        done = run(*sorted(FOLDER.glob("*.yaml")))

        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        lines = done.stdout.splitlines()
        self.assertRegex(lines[0], "^DATE +INCIDENT +EXPECTATION +PUBLISHED OUTCOME +SIMULATED "
                                   "OUTCOME +VERDICT$")
        dates = [line[:10] for line in lines if line[:4].isdigit() and line[4] == "-"]
        self.assertEqual(sorted(dates), dates)
        self.assertEqual(len(list(FOLDER.glob("*.yaml"))), len(dates))
        self.assertRegex(lines[-1], r"^(\d+) of \1 incidents came out as published; "
                                    r"(\d+) of \2 scenarios show what would have prevented one$")

    def test_each_names_its_source_and_what_nobody_published_and_has_a_counterfactual(self):
        pages = json.loads(run("--format", "json", *sorted(FOLDER.glob("*.yaml"))).stdout)
        replays = {pathlib.Path(p["scenario"]["file"]).stem: p["incident"]
                   for p in pages if not p["incident"]["instead"]}
        others = [pathlib.Path(p["scenario"]["file"]).stem
                  for p in pages if p["incident"]["instead"]]
        for name, incident in replays.items():
            self.assertGreater(len(incident["source"]), 8, name)
            self.assertGreater(len(incident["assumed"]), 0, name)
            self.assertGreater(len(incident["published"]), 1, name)
            self.assertTrue(any(other.startswith(name + "-") for other in others), name)

    def test_one_alone_prints_its_own_report(self):
        done = run(FOLDER / "zune-2008.yaml")

        self.assertEqual(0, done.returncode)
        self.assertIn("replays 2008-12-31T00:00:00Z: Microsoft's statement", done.stdout)
        self.assertIn("all-hang, published: on 31 December none does", done.stdout)
        self.assertIn("assumed: players show UTC", done.stdout)

    def test_other_scenarios_keep_their_rows(self):
        done = run(FOLDER / "zune-2008.yaml", "leap-day-2012-healing-off")

        self.assertEqual(0, done.returncode)
        self.assertRegex(done.stdout, r"(?m)^leap-day-2012-healing-off +pass +1/1")
        self.assertNotRegex(done.stdout, r"(?m)^zune-2008 ")
        self.assertRegex(done.stdout, r"(?m)^2008-12-31 +zune-2008 +well-before")


if __name__ == "__main__":
    unittest.main()
