#!/usr/bin/env python3
"""`leapday sweep-dates`: options, output and exit codes.

Why: a script that gates a release on it has to trust what it says.
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

COMMAND = os.path.abspath(sys.argv.pop(1))
RELEASE = """leapday: 1
name: A release on a Tuesday
run: {start: 2013-01-15T00:00:00Z, duration: 3h}
platform: {profile: azure-2012}
topology: {zones: {cluster: {hosts: 4, cores: 8, memory: 16GiB}}}
apps:
  portal: {instances: 4, memory: 1GiB, service_time: 40ms, start_time: 4min, releases: {v1: {}, v2: {}}}
load: {visitors: {to: portal, rate: 1/s, timeout: 5s}}
deployments: {rollout: {at: 30min, app: portal, release: v2, max_in_flight: 1}}
faults: {add-a-year: {at: 0s, kind: certificate.naive_add_year, target: all of hosts}}
expect: {no-host-is-lost: never hosts_faulty(hosts) > 0}
"""


class SweepDates(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="leapday-")
        self.addCleanup(folder.cleanup)
        self.file = pathlib.Path(folder.name) / "tuesday.yaml"
        self.file.write_text(RELEASE, encoding="utf-8")

    def sweep(self, *arguments):
        return subprocess.run([COMMAND, "sweep-dates", str(self.file), *arguments],
                              capture_output=True, text=True, check=False, timeout=300)

    def test_a_leap_day_breaks_it_and_the_exit_code_says_so(self):
        done = self.sweep("--from", "2016-02-01", "--to", "2016-03-31", "--progress", "never")

        self.assertEqual(1, done.returncode, done.stderr)
        self.assertIn("planned for 2013-01-15T00:00:00Z: pass", done.stdout)
        self.assertIn("2016-02-29T00:00:00Z (29 February begins), at the start", done.stdout)
        self.assertIn("1 date that shows everything that breaks, as few as there can be",
                      done.stdout)
        self.assertEqual("", done.stderr)

    def test_a_year_without_a_leap_day_breaks_nothing(self):
        done = self.sweep("--from", "2014-01-01", "--to", "2014-12-31", "--place", "start")

        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn("0 of 2 placements on dangerous dates break it; 2 are the same", done.stdout)

    def test_json_has_every_date_and_the_cover_points_at_them(self):
        done = self.sweep("--from", "2016-02-29", "--to", "2016-02-29", "--format", "json",
                          "--dates", "2020-02-29T12:00:00Z,2021-01-01", "--place", "plan")
        page = json.loads(done.stdout)

        self.assertEqual(["2016-02-29T00:00:00Z", "2020-02-29T12:00:00Z", "2021-01-01T00:00:00Z"],
                         [date["date"] for date in page["dates"]])
        self.assertEqual([1, 1, 0], [len(date["broken"]) for date in page["dates"]])
        self.assertEqual("2016-02-28T23:30:00Z", page["dates"][0]["start"])
        self.assertEqual([0], page["cover"])
        self.assertTrue(page["dates"][2]["identical"])

    def test_the_list_runs_nothing_and_names_zones(self):
        done = self.sweep("--list", "--from", "2024-01-01", "--to", "2024-12-31", "--zone",
                          "Europe/Berlin,America/New_York")

        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn("2024-03-31T01:00:00Z  summer time  Europe/Berlin: 60 minutes are skipped",
                      done.stdout)
        self.assertIn("2024-11-03T06:00:00Z", done.stdout)

    def test_what_is_no_date_zone_or_moment_is_refused_before_anything_runs(self):
        for arguments, message in [
                (["--dates", "2027-02-29"], "--dates 2027-02-29: there is no such date"),
                (["--from", "soon"], "--from soon: there is no such date"),
                (["--from", "2020-01-01", "--to", "2019-01-01"], "--to lies before --from"),
                (["--from", "1000-01-01", "--to", "3000-01-01"], "longer than 400 years"),
                (["--zone", "Mars/Base"], "--zone Mars/Base: there is no such file"),
                (["--place", "begin"], "--place begin is no moment of a run")]:
            done = self.sweep(*arguments)
            self.assertEqual(2, done.returncode, arguments)
            self.assertIn(message, done.stderr)
            self.assertIn("fix: ", done.stderr)
            self.assertEqual("", done.stdout)

    def test_what_does_not_hold_as_planned_cannot_be_broken_by_a_date(self):
        self.file.write_text(RELEASE.replace("> 0}", "> 0, impossible: success(visitors) >= 99% "
                                             "in every 1s}").replace("rate: 1/s", "rate: 400/s"),
                             encoding="utf-8")
        done = self.sweep("--from", "2014-06-01", "--to", "2014-06-02", "--dates", "2014-06-01")
        self.assertEqual(3, done.returncode, done.stdout)
        self.assertIn("planned for 2013-01-15T00:00:00Z: fail", done.stdout)

    def test_an_interrupt_reports_what_was_tried(self):
        process = subprocess.Popen(
            [COMMAND, "sweep-dates", str(self.file), "--from", "1980-01-01", "--to", "2370-01-01",
             "--progress", "never"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)

        self.assertEqual(130, process.returncode)
        self.assertIn("note: interrupted, ", output)


if __name__ == "__main__":
    unittest.main()
