"""Drives the `leapday` command as a user does: exit codes, help, formats, interrupts, replay.

Why: the command is the product for most people; its promises in README.md are held here.
Usage: cli_test.py COMMAND [unittest arguments]
"""

import json
import os
import pathlib
import pty
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import xml.etree.ElementTree

COMMAND = os.path.abspath(sys.argv.pop(1))
ROOT = pathlib.Path(__file__).resolve().parents[2]
SMALL = pathlib.Path(__file__).parent / "data/small.yaml"
SUBCOMMANDS = ["run", "verify", "validate", "plan", "sweep-dates", "compare", "replay", "init",
               "import", "list", "explain", "schema", "completion", "version"]


def leapday(*arguments, cwd=None, env=None, **options):
    """Runs the command and gives back the finished process with its output as text."""
    return subprocess.run([COMMAND, *map(str, arguments)], capture_output=True, text=True,
                          check=False, cwd=cwd, env={**os.environ, **(env or {})}, timeout=120,
                          **options)


IMPORTS = ROOT / "tests/scenarios/imports"


class InFolder(unittest.TestCase):
    """A test that works in a temporary folder."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="leapday-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def scenario(self, name="shop.yaml", **changes):
        """A copy of the small scenario with whole lines of it replaced, by their key."""
        text = SMALL.read_text(encoding="utf-8")
        for key, value in changes.items():
            text, count = re.subn(rf"(?m)^( *){key}: .*$", rf"\g<1>{key}: {value}", text)
            assert count == 1, key
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path


class Help(unittest.TestCase):
    def test_every_subcommand_has_help_with_an_example(self):
        for name in SUBCOMMANDS:
            done = leapday(name, "--help")
            self.assertEqual(0, done.returncode, name)
            self.assertRegex(done.stdout, rf"Examples?:\n  .*leapday {name}\b", name)

    def test_main_help_names_every_subcommand_and_the_exit_codes(self):
        text = leapday("--help").stdout
        for name in SUBCOMMANDS:
            self.assertRegex(text, rf"(?m)^  {name} ")
        self.assertIn("130 interrupted", text)

    def test_version(self):
        self.assertRegex(leapday("version").stdout, r"^leapday \d+\.\d+\.\d+\n$")
        self.assertEqual(leapday("version").stdout, leapday("--version").stdout)

    def test_wrong_usage_names_the_word_and_the_nearest_one(self):
        usages = {
            ("bogus",): 'leapday: there is no subcommand "bogus"\n  fix: use one of ',
            ("rnu", "x.yaml"): 'leapday: there is no subcommand "rnu"\n  fix: did you mean run?',
            ("shop.yaml",): "did you mean `leapday run shop.yaml`?",
            ("run", "x.yaml", "--fromat", "json"):
                "leapday: run: there is no option --fromat\n  fix: did you mean --format?",
            ("run", "--seeed=7"): "fix: did you mean --seed?",
            ("version", "x"): 'leapday: version: "x" is one argument too many',
            ("run", "x.yaml", "--format", "jsno"): '"jsno" is no format\n  fix: did you mean json?',
            ("run", "x.yaml", "--color", "nevr"): "fix: did you mean never?",
            ("run", "x.yaml", "--seed", "-1"): '"-1" is no whole number from 0 to',
            ("run", "x.yaml", "--reps", "0"): '"0" is no whole number from 1 to 1000000',
            ("run", "x.yaml", "--jobs", "0"): '"0" is no whole number from 1 to 1024',
            ("plan", "x.yaml", "--cell", "x"): '"x" is no whole number from 1',
            ("list", "fualts"): "fix: did you mean faults?",
            ("completion", "basj"): "fix: did you mean bash?",
            ("run",): "leapday: run: FILE is required\n  fix: see `leapday run --help`",
            (): "leapday: no subcommand was named",
        }
        for arguments, text in usages.items():
            done = leapday(*arguments)
            self.assertIn(text, done.stderr, arguments)
            self.assertEqual((2, "", 2),
                             (done.returncode, done.stdout, done.stderr.count("\n")), arguments)

    def test_wrong_usage_is_2_and_says_why(self):
        for arguments in ([], ["fly"], ["run"], ["run", "x.yaml", "--format", "pdf"],
                          ["run", "x.yaml", "--jobs", "0"], ["run", "x.yaml", "--set", "peak"],
                          ["run", "x.yaml", "--seed", "-1"], ["replay", "/nowhere"],
                          ["list", "apples"], ["completion", "tcsh"]):
            done = leapday(*arguments)
            self.assertEqual(2, done.returncode, arguments)
            self.assertNotEqual("", done.stderr, arguments)
            self.assertEqual("", done.stdout, arguments)


class ExitCodes(InFolder):
    def test_pass_fail_and_inconclusive(self):
        cases = {"p50(shoppers) < 1s": (0, "pass"), "p50(shoppers) < 1ms": (1, "fail")}
        for expectation, (code, verdict) in cases.items():
            done = leapday("run", self.scenario(fast=expectation), "--format", "json")
            self.assertEqual((code, verdict),
                             (done.returncode, json.loads(done.stdout)["verdict"]), expectation)
        path = self.scenario()
        path.write_text(path.read_text(encoding="utf-8").split("expect:")[0], encoding="utf-8")
        self.assertEqual(3, leapday("run", path).returncode)

    def test_a_wrong_scenario_is_2_with_every_problem_on_stderr(self):
        path = self.scenario(memory="512", service_time="fast")

        done = leapday("run", path)

        self.assertEqual(2, done.returncode)
        self.assertEqual("", done.stdout)
        self.assertGreaterEqual(len(re.findall(r"(?m)^\S+:\d+:\d+: error: ", done.stderr)), 2)
        self.assertIn("  fix: ", done.stderr)

    def test_a_missing_file_is_2(self):
        done = leapday("run", self.folder / "none.yaml")
        self.assertEqual(2, done.returncode)
        self.assertIn("none.yaml", done.stderr)

    def test_a_misspelt_file_suggests_the_nearest(self):
        self.scenario("shop.yaml")
        for word, fix in {"leap-day-2102": "did you mean leap-day-2012?",
                          "shpo.yaml": "did you mean shop.yaml?", "shop": "did you mean shop.yaml?",
                          self.folder / "shop.yml": f"did you mean {self.folder}/shop.yaml?",
                          "quite-different": "leapday list scenarios"}.items():
            done = leapday("run", word, cwd=self.folder)
            self.assertEqual(2, done.returncode, word)
            self.assertIn(f"{word}: error: there is no such file", done.stderr)
            self.assertIn(fix, done.stderr)

    def test_what_is_no_scenario_file_is_2_and_never_waited_for(self):
        os.mkfifo(self.folder / "pipe")
        (self.folder / "empty.yaml").touch()
        (self.folder / "two.yaml").write_text("leapday: 1\n---\nleapday: 1\n", encoding="utf-8")
        (self.folder / "loop.yaml").symlink_to("loop.yaml")
        (self.folder / "lost.yaml").symlink_to("nowhere.yaml")
        for name, text in {".": "a directory", "pipe": "not a regular file",
                           "/dev/zero": "not a regular file", "empty.yaml": "the file is empty",
                           "two.yaml": "one document per file", "loop.yaml": "symbolic links",
                           "lost.yaml": "no such file", "": "no such file"}.items():
            done = leapday("run", name, cwd=self.folder)
            self.assertEqual(2, done.returncode, name)
            self.assertIn(text, done.stderr, name)
            self.assertIn("  fix: ", done.stderr, name)

    def test_a_run_cut_short_says_so_in_every_format(self):
        path = self.scenario(run="{duration: 3min, max_events: 500}", alive="failed(shop) > 9999")
        for name in ("terminal", "json", "junit", "html"):
            done = leapday("run", path, "--format", name)
            self.assertIn(done.returncode, (1, 3), name)
            self.assertIn("max_events", done.stdout, name)
            self.assertRegex(done.stdout, "(?i)cut[ _]short", name)

    def test_control_characters_of_a_file_never_reach_the_terminal(self):
        path = self.scenario("red\x1b[31m.yaml")
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("name: Small shop", 'name: "a\\u202eb \\e[31m"'),
                        encoding="utf-8")
        done = leapday("run", path)
        self.assertEqual(2, done.returncode)
        self.assertNotRegex(done.stderr, "[\x1b\u202e]")
        self.assertIn("\\u202e", done.stderr)

    def test_of_several_files_the_worst_speaks_and_a_table_ends_the_output(self):
        good, bad = self.scenario("good.yaml"), self.scenario("bad.yaml", fast="p50(shop) < 1ms")
        broken = self.scenario("broken.yaml", memory="512")

        done = leapday("run", good, bad)
        self.assertEqual(1, done.returncode)
        table = done.stdout.splitlines()[-3:]
        self.assertRegex(table[0], r"^SCENARIO +VERDICT")
        self.assertRegex(table[1], r"^good +pass +1/1 +[0-9a-f]{16}")
        self.assertRegex(table[2], r"^bad +fail +0/1")
        self.assertEqual(2, leapday("run", good, broken, bad).returncode)

    def test_unwritable_output_is_4(self):
        (self.folder / "file").write_text("in the way", encoding="utf-8")
        done = leapday("run", self.scenario(), "--out", self.folder / "file/run")
        self.assertEqual(4, done.returncode)
        self.assertIn("file: error: cannot write", done.stderr)
        self.assertEqual("", done.stdout)  # refused before the rehearsal, not after it
        done = leapday("run", self.scenario(), "--out", "/proc/leapday/run")
        self.assertEqual((4, ""), (done.returncode, done.stdout))
        self.assertNotIn("unfinished", done.stderr)
        self.assertIn("fix: name another directory", done.stderr)

    def test_output_over_something_else_is_2_before_anything_runs(self):
        mine = self.folder / "mine"
        mine.mkdir()
        (mine / "precious").touch()
        (self.folder / "file").touch()
        (self.folder / "link").symlink_to(mine)
        for command in ("run", "verify"):
            for name in ("mine", "file", "link"):
                done = leapday(command, self.scenario(), "--out", self.folder / name)
                self.assertEqual((2, ""), (done.returncode, done.stdout), name)
                self.assertIn(f"{self.folder}/{name}: error: exists", done.stderr)
                self.assertIn("  fix: ", done.stderr)
        done = leapday("run", self.scenario(), self.scenario(), "--out", self.folder / "both")
        self.assertEqual((2, ""), (done.returncode, done.stdout))
        self.assertIn("would both be written to", done.stderr)
        self.assertEqual(["precious"], [path.name for path in mine.iterdir()])
        self.assertFalse((self.folder / "both").exists())

    def test_a_full_disk_under_stdout_is_4(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([COMMAND, "list"], stdout=full, stderr=subprocess.PIPE,
                                  check=False)
        self.assertEqual(4, done.returncode)
        self.assertIn(b"standard output", done.stderr)

    def test_a_reader_that_goes_away_is_no_error(self):
        script = f'{COMMAND} run {self.scenario()} --format csv | head -1; echo "${{PIPESTATUS[0]}}"'
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
        self.assertEqual("0", done.stdout.splitlines()[-1])
        self.assertEqual("", done.stderr)


class Formats(InFolder):
    def test_json_is_one_document_with_what_the_readme_promises(self):
        document = json.loads(leapday("run", self.scenario(), "--format", "json").stdout)

        self.assertLessEqual({"verdict", "trace_hash", "seed", "expectations", "requests",
                              "latency", "events"}, document.keys())
        requests = document["requests"]
        self.assertEqual(requests["injected"], requests["answered"] + requests["in_flight"]
                         + sum(requests["failed"].values()))
        self.assertIn("shop", document["latency"])
        for expectation in document["expectations"]:
            self.assertLessEqual({"text", "verdict", "first_violation", "worst", "margin"},
                                 expectation.keys())

    def test_json_of_several_files_is_one_array(self):
        done = leapday("run", self.scenario("a.yaml"), self.scenario("b.yaml"), "--format", "json")
        self.assertEqual(2, len(json.loads(done.stdout)))

    def test_junit_has_one_case_for_each_expectation(self):
        path = self.scenario(fast="p50(shoppers) < 1ms")
        tree = xml.etree.ElementTree.fromstring(leapday("run", path, "--format", "junit").stdout)
        cases = {case.get("name"): case for case in tree.iter("testcase")}
        self.assertLessEqual({"alive", "fast"}, cases.keys())
        self.assertIsNone(cases["alive"].find("failure"))
        self.assertIsNotNone(cases["fast"].find("failure"))

        both = leapday("run", path, self.scenario("b.yaml"), "--format", "junit").stdout
        suites = xml.etree.ElementTree.fromstring(both).findall("testsuite")
        self.assertEqual(2, len(suites))

    def test_csv_has_a_heading_and_even_rows(self):
        rows = leapday("run", self.scenario(), "--format", "csv").stdout.splitlines()
        self.assertGreater(len(rows), 180)
        self.assertEqual({rows[0].count(",")}, {row.count(",") for row in rows})
        self.assertEqual(2, leapday("run", self.scenario("a.yaml"), self.scenario("b.yaml"),
                                    "--format", "csv").returncode)

    def test_output_does_not_depend_on_jobs(self):
        path = self.scenario()
        one, four = (leapday("run", path, "--reps", 6, "--jobs", jobs, "--format", "json")
                     for jobs in (1, 4))
        self.assertEqual(one.stdout, four.stdout)
        self.assertNotEqual("", one.stdout)

    def test_colour_and_progress_belong_on_terminals_only(self):
        plain = leapday("run", self.scenario())
        self.assertNotIn("\033", plain.stdout + plain.stderr)
        self.assertEqual("", plain.stderr)
        self.assertIn("\033[", leapday("run", self.scenario(), "--color", "always").stdout)
        terminal = self.on_terminal({"TERM": "xterm"})
        self.assertIn("\033[1;32m", terminal)
        self.assertRegex(terminal, r"\[=*>? *\] +\d+ %")
        self.assertNotIn("\033[1;", self.on_terminal({"TERM": "xterm", "NO_COLOR": "1"}))

    def on_terminal(self, env):
        """What a terminal receives, stdout and stderr together."""
        ours, theirs = pty.openpty()
        child = subprocess.Popen([COMMAND, "verify", self.scenario(), self.scenario("b.yaml"),
                                  "--bless"], stdout=theirs, stderr=theirs, stdin=theirs,
                                 env={**os.environ, "NO_COLOR": "", **env})
        os.close(theirs)
        text = b""
        try:
            while chunk := os.read(ours, 65536):
                text += chunk
        except OSError:  # how Linux says that the other end is closed
            pass
        child.wait(60)
        os.close(ours)
        return text.decode()

    def test_quiet_prints_nothing(self):
        done = leapday("run", self.scenario(), "--quiet", "--progress", "always")
        self.assertEqual((0, "", ""), (done.returncode, done.stdout, done.stderr))


class RunDirectories(InFolder):
    def run_to(self, out, **changes):
        done = leapday("run", self.scenario(**changes), "--out", out, "--seed", 3)
        self.assertIn(done.returncode, (0, 1))
        return done

    def test_out_holds_every_format_and_a_manifest(self):
        out = self.folder / "out"
        done = self.run_to(out)
        names = {path.name for path in out.iterdir()}
        self.assertIn("manifest.json", names)
        self.assertIn("report.html", names)
        self.assertIn(f"Report: {out}/report.html", done.stdout)
        self.assertIn("</html>", (out / "report.html").read_text(encoding="utf-8").lower())

    def test_replay_matches(self):
        out = self.folder / "out"
        self.run_to(out)
        shutil.copytree(out, self.folder / "moved")

        done = leapday("replay", self.folder / "moved")

        self.assertEqual((0, ""), (done.returncode, done.stderr))
        self.assertIn("the replay matches", done.stdout)

    def test_replay_of_something_else_is_4(self):
        out = self.folder / "out"
        self.run_to(out)
        manifest = out / "manifest.json"
        text = manifest.read_text(encoding="utf-8")
        trace = re.search(r'"trace_hash": "([0-9a-f]{16})"', text)[1]
        manifest.write_text(text.replace(trace, "0123456789abcdef"), encoding="utf-8")

        done = leapday("replay", out)

        self.assertEqual(4, done.returncode)
        self.assertIn("0123456789abcdef", done.stderr)
        self.assertRegex(done.stderr, r"(?m)^leapday: replay: .*does not match\n  fix: rehearse")

    def test_what_is_no_run_directory_is_2(self):
        (self.folder / "file").touch()
        (self.folder / "broken").mkdir()
        (self.folder / "broken/manifest.json").write_text("{", encoding="utf-8")
        for name, text in {".": "manifest.json cannot be read", "nowhere": "no such directory",
                           "file": "is not a directory", "broken": "is not a manifest"}.items():
            done = leapday("replay", name, cwd=self.folder)
            self.assertEqual((2, ""), (done.returncode, done.stdout), name)
            self.assertRegex(done.stderr, rf"^leapday: replay: {re.escape(name)}: .*{text}.*\n"
                                          r"  fix: name a directory that `leapday run --out` wrote")

    def test_interrupt_leaves_a_whole_directory_or_none(self):
        # A day of traffic takes long enough to be caught in the middle at every delay.
        path = self.scenario(run="{duration: 20h}", vars="{peak: 400/s}")
        for delay in (0.0, 0.05, 0.3, 0.8):
            out = self.folder / f"out-{delay}"
            with subprocess.Popen([COMMAND, "run", path, "--reps", "50", "--out", out],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
                time.sleep(0.1 + delay)
                child.send_signal(signal.SIGINT)
                _, errors = child.communicate(timeout=30)
                self.assertEqual(130, child.returncode, errors)
            self.assertIn(b"interrupted", errors)
            self.assertEqual([path.name], [entry.name for entry in self.folder.iterdir()])


class Verify(InFolder):
    def test_bless_then_verify_then_notice_a_change(self):
        path = self.scenario()
        self.assertEqual(2, leapday("verify", path).returncode)
        self.assertEqual(0, leapday("verify", path, "--bless").returncode)
        expected = path.with_suffix(".expected")
        document = json.loads(expected.read_text(encoding="utf-8"))
        self.assertEqual("pass", document["outcome"])
        self.assertEqual(0, leapday("verify", path).returncode)

        self.scenario(fast="p50(shoppers) < 1ms")
        done = leapday("verify", path)

        self.assertEqual(1, done.returncode)
        self.assertIn('outcome: expected "pass", got "fail"', done.stderr)
        self.assertIn('expectations.fast: expected "pass", got "fail"', done.stderr)

    def test_an_expected_fail_is_a_success(self):
        path = self.scenario(fast="p50(shoppers) < 1ms")
        path.with_suffix(".expected").write_text('{"outcome": "fail"}', encoding="utf-8")
        self.assertEqual(0, leapday("verify", path).returncode)

    def test_an_unreadable_expected_file_is_a_difference(self):
        path = self.scenario()
        path.with_suffix(".expected").write_text("pass", encoding="utf-8")
        self.assertEqual(1, leapday("verify", path).returncode)


class Language(InFolder):
    def test_init_runs_at_once_and_never_overwrites(self):
        path = self.folder / "mine.yaml"
        self.assertEqual(0, leapday("init", path).returncode)
        self.assertIn(leapday("run", path).returncode, (0, 1))
        self.assertEqual(2, leapday("init", path).returncode)
        self.assertEqual(0, leapday("init", path, "--force").returncode)
        self.assertEqual(path.read_text(encoding="utf-8"), leapday("init", "-").stdout)

    def test_validate_lists_notes_and_counts(self):
        done = leapday("validate", self.scenario())
        self.assertEqual(0, done.returncode)
        self.assertIn("shop.yaml: valid (1 run, 2 expectations)", done.stdout)
        self.assertEqual("", leapday("validate", "-q", self.scenario()).stdout)
        path = self.scenario()
        path.write_text(path.read_text(encoding="utf-8").split("expect:")[0], encoding="utf-8")
        self.assertIn("note: without expectations", leapday("validate", path).stdout)

    def test_set_reaches_the_run(self):
        sent = [json.loads(leapday("run", self.scenario(), "--format", "json", *more).stdout)
                ["requests"]["injected"] for more in ([], ["--set", "peak=80/s"])]
        self.assertGreater(sent[1], 3 * sent[0])
        done = leapday("run", self.scenario(), "--set", "peek=80/s")
        self.assertEqual(2, done.returncode)
        self.assertIn("peek", done.stderr)

    def test_plan_shows_times_targets_and_expectations_without_running(self):
        text = leapday("plan", self.scenario()).stdout
        for needle in ("host.crash", "1min", "z1-", "shop/", "p50(shoppers) < 1s"):
            self.assertIn(needle, text)
        self.assertEqual(2, leapday("plan", self.scenario(), "--cell", 2).returncode)

    def test_compare_rehearses_the_same_on_every_platform_and_gives_one_table(self):
        names = ["azure-2012", "cf-2012", "cf-diego", "heroku", "knative", "kubernetes", "nomad",
                 "stackato"]
        done = leapday("compare", SMALL, "--progress", "never")
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual(names, sorted(line.split()[0] for line in done.stdout.splitlines()[2:]))

        done = leapday("compare", SMALL, "--platform", "cf-2012,cf-diego", "--format", "json",
                       "--reps", "3", "--progress", "never")
        rows = {row["platform"]: row for row in json.loads(done.stdout)["platforms"]}
        self.assertEqual({"cf-2012", "cf-diego"}, set(rows))
        self.assertEqual([3, 3], [row["runs"] for row in rows.values()])
        # gorouter tries another instance; the router of 2012 serves the dead for two minutes.
        self.assertGreater(rows["cf-2012"]["failed"], 100)
        self.assertLess(rows["cf-diego"]["failed"], rows["cf-2012"]["failed"])

    def test_compare_names_platforms_that_are_not_there(self):
        done = leapday("compare", SMALL, "--platform", "cf-2013")
        self.assertEqual(2, done.returncode)
        self.assertIn("no platform profile is named cf-2013", done.stderr)
        self.assertIn("cf-diego", done.stderr)

    def test_every_platform_is_explained_with_value_status_and_source(self):
        for name in ("cf-2012", "stackato", "cf-diego", "kubernetes", "knative", "heroku",
                     "nomad"):
            text = leapday("explain", "platform", name).stdout
            self.assertIn(f"platform {name}: ", text)
            self.assertRegex(text, r"placement \w+, routing \w+, restart \w+")
            self.assertRegex(text, r"(?m)^  restart_backoff +\S+ +(verified|recalled) +\S")
            self.assertGreater(len(text.splitlines()), 60, name)

    def test_lists(self):
        faults = leapday("list", "faults").stdout
        self.assertRegex(faults, r"(?m)^host\.crash  ")
        everything = leapday("list").stdout
        for needle in ("host.crash", "round_robin", "success", "cf-diego", "kubernetes",
                       "leap-day-2012", "junit"):
            self.assertIn(needle, everything)

    def test_library_names_work_from_any_folder(self):
        self.assertEqual(0, leapday("validate", "leap-day-2012", cwd=self.folder).returncode)

    def test_explain_and_schema(self):
        self.assertIn("memory", leapday("explain", "apps.shop.memory").stdout)
        self.assertEqual(0, leapday("explain", "platform", "cf-diego").returncode)
        done = leapday("explain", "apps.shop.memroy")
        self.assertEqual(2, done.returncode)
        self.assertEqual('leapday: explain: there is no key "apps.shop.memroy"\n'
                         "  fix: did you mean apps.*.memory?\n", done.stderr)
        schema = json.loads(leapday("schema").stdout)
        self.assertIn("2020-12", schema["$schema"])

    def test_completion_scripts_parse_and_complete(self):
        script = leapday("completion", "bash").stdout
        ask = script + '\nCOMP_WORDS=(leapday run --format j); COMP_CWORD=3; _leapday\n' \
            'echo "${COMPREPLY[@]}"'
        done = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, check=True)
        self.assertEqual({"json", "junit"}, set(done.stdout.split()))
        for shell in ("zsh", "fish"):
            self.assertIn("leap-day-2012", leapday("completion", shell).stdout)
            if shutil.which(shell):
                subprocess.run([shell, "-n"], input=leapday("completion", shell).stdout, text=True,
                               check=True)


class Import(InFolder):
    def test_a_folder_becomes_a_scenario_that_runs(self):
        shutil.copy(IMPORTS / "shop.yaml", self.folder / "a.yaml")
        shutil.copy(IMPORTS / "istio-httpbin.yaml", self.folder / "b.yml")
        out = self.folder / "out/scenario.yaml"
        out.parent.mkdir()

        done = leapday("import", "kubernetes", self.folder, "-o", out)

        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn("Coverage: ", done.stderr)
        self.assertRegex(done.stderr, r"mapped +\S*a.yaml:5: Deployment/shop spec.replicas: apps.shop")
        self.assertEqual([out], list(out.parent.iterdir()))
        self.assertEqual(0, leapday("validate", out).returncode)
        self.assertEqual(0, leapday("run", out, "--quiet").returncode)
        self.assertIn("apps.httpbin.service_time", leapday("plan", out).stdout)

    def test_a_file_that_is_there_is_kept(self):
        out = self.folder / "mine.yaml"
        out.write_text("mine", encoding="utf-8")

        refused = leapday("import", "kubernetes", IMPORTS / "shop.yaml", "-o", out)

        self.assertEqual(2, refused.returncode)
        self.assertIn("--force", refused.stderr)
        self.assertEqual("mine", out.read_text(encoding="utf-8"))
        self.assertEqual(0, leapday("import", "kubernetes", IMPORTS / "shop.yaml", "-o", out,
                                    "--force").returncode)

    def test_standard_input_goes_to_standard_output(self):
        done = leapday("import", "kubernetes", "-", "--quiet",
                       input=(IMPORTS / "shop.yaml").read_text(encoding="utf-8"))

        self.assertEqual((0, ""), (done.returncode, done.stderr))
        self.assertIn("# Imported by `leapday import kubernetes` from -.", done.stdout)

    def test_nothing_to_rehearse_is_said_and_nothing_written(self):
        out = self.folder / "none.yaml"

        done = leapday("import", "kubernetes", IMPORTS / "knative-webhook-hpa.yaml", "-o", out,
                       "--quiet")

        self.assertEqual(2, done.returncode)
        self.assertFalse(out.exists())
        for text in ("kind: Deployment\n  x: [", "kind: [1]\n", ""):
            broken = leapday("import", "kubernetes", "-", "-o", out, input=text)
            self.assertEqual(2, broken.returncode)
            self.assertRegex(broken.stderr, r"^-:\d+:\d+: error: ")
            self.assertFalse(out.exists())

    def test_variables_fill_a_manifest(self):
        (self.folder / "manifest.yml").write_text(
            "applications: [{name: ((who)), instances: 2}]\n", encoding="utf-8")
        (self.folder / "vars.yml").write_text("who: shop\n", encoding="utf-8")

        open_one = leapday("import", "cf", "manifest.yml", cwd=self.folder)
        filled = leapday("import", "cf", "manifest.yml", "--vars-file", "vars.yml", cwd=self.folder)

        self.assertEqual(2, open_one.returncode)
        self.assertIn("--vars-file", open_one.stderr)
        self.assertEqual(0, filled.returncode, filled.stderr)
        self.assertIn("instances: 2", filled.stdout)

    def test_variables_without_a_use_and_empty_ones_are_refused(self):
        (self.folder / "v.yml").write_text("a: 1\n", encoding="utf-8")
        (self.folder / "empty.yml").write_text("", encoding="utf-8")
        (self.folder / "m.yml").write_text("applications: [{name: a}]\n", encoding="utf-8")

        unused = leapday("import", "kubernetes", IMPORTS / "shop.yaml", "--vars-file", "v.yml",
                         cwd=self.folder)
        empty = leapday("import", "cf", "m.yml", "--vars-file", "empty.yml", cwd=self.folder)

        self.assertEqual((2, 2), (unused.returncode, empty.returncode))
        self.assertIn("v.yml: error: kubernetes files have no ((placeholders))", unused.stderr)
        self.assertRegex(empty.stderr, r"empty.yml:1:1: error: the file is empty\n.*--vars-file")

    def imported(self, text, expect="", **replaced):
        """The scenario of Kubernetes objects, with one more expectation and another rate, say."""
        out = self.folder / "scenario.yaml"
        done = leapday("import", "kubernetes", "-", "-q", "-o", out, "--force", input=text)
        self.assertEqual(0, done.returncode, done.stderr)
        made = out.read_text(encoding="utf-8")
        for key, value in replaced.items():
            made, count = re.subn(rf"(?m)^    {key}: .*$", f"    {key}: {value}", made)
            self.assertEqual(1, count, key)
        made = made.replace("\nexpect:\n", f"\nexpect:\n{expect}")
        out.write_text(made, encoding="utf-8")
        return out

    LIMITED = """apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: c, image: x, resources: {requests: {cpu: 200m}, limits: {cpu: LIMIT}}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}}
"""
    AUTOSCALED = """---
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {kind: Deployment, name: web}
  minReplicas: 1
  maxReplicas: 50
  metrics:
  - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}
"""

    def test_a_cpu_limit_of_an_import_throttles(self):
        def outcome(limit):
            text = self.LIMITED.replace("LIMIT", limit).replace("cpu: 200m", "cpu: 10m")
            out = self.imported(text, "  fast: p50(web-users) < 20ms\n", rate="1/s")
            return leapday("run", out, "--quiet").returncode

        self.assertEqual(0, outcome("1"))
        self.assertEqual(1, outcome("20m"))  # 10 ms of work, where every 100 ms have 2 of CPU

    def test_an_autoscaler_sees_no_more_cpu_than_a_limit_leaves(self):
        text = self.LIMITED.replace("LIMIT", "200m") + self.AUTOSCALED
        out = self.imported(text, rate="90/s")  # 0.9 cores, where an instance has 0.2

        done = leapday("run", out, "--progress", "never", "--format", "json")

        steps = [event["detail"] for event in json.loads(done.stdout)["events"]
                 if event["kind"] == "scaling.decided"]
        self.assertTrue(steps)
        # 100 % of a limit over a target of 50 % is twice as many: never 1 -> 9 at once.
        self.assertRegex(steps[0], r"\b2\b", steps)

    def test_a_rollout_that_crash_loops_is_no_pass(self):
        probe = ("startupProbe: {tcpSocket: {port: 1}, periodSeconds: 1, failureThreshold: 3}, "
                 "readinessProbe: {tcpSocket: {port: 1}, initialDelaySeconds: 20}")
        text = self.LIMITED.replace("resources: {requests: {cpu: 200m}, limits: {cpu: LIMIT}}",
                                    probe)

        good = leapday("run", self.imported(text), "--quiet")
        out = self.imported(text)
        made = out.read_text(encoding="utf-8")
        out.write_text(made.replace("{like: running}", "{like: running, start_time: 20s}"),
                       encoding="utf-8")
        bad = leapday("run", out, "--progress", "never")

        self.assertEqual(0, good.returncode, good.stdout)
        self.assertEqual(1, bad.returncode, bad.stdout)
        self.assertIn("web-completed", bad.stdout)

    def test_what_is_wrong_with_the_result_is_told_of_the_source(self):
        probe = "readinessProbe: {tcpSocket: {port: 1}, failureThreshold: 2000}"
        text = self.LIMITED.replace("resources: {requests: {cpu: 200m}, limits: {cpu: LIMIT}}",
                                    probe)

        done = leapday("import", "kubernetes", "-", "-q", input=text)

        self.assertEqual(2, done.returncode, done.stdout)
        self.assertRegex(done.stderr, r"(?m)^-:9:\d+: error: apps.web.health.readiness_failures: ")

    def test_two_versions_become_a_rollout_of_what_differs(self):
        out, same = self.folder / "upgrade.yaml", self.folder / "same.yaml"

        done = leapday("import", "kubernetes", IMPORTS / "shop.yaml", "--to",
                       IMPORTS / "shop-next.yaml", "-o", out)
        none = leapday("import", "kubernetes", IMPORTS / "shop.yaml", "--to",
                       IMPORTS / "shop.yaml", "-o", same)

        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn("Differences: 6 mapped, 1 approximated, 2 unsupported", done.stderr)
        self.assertEqual(0, leapday("run", out, "--quiet").returncode)
        self.assertEqual(0, none.returncode, none.stderr)
        self.assertIn("No difference: there is nothing to roll out.", none.stderr)
        self.assertEqual(0, leapday("run", same, "--quiet").returncode)

    def test_a_summary_has_a_line_for_each_file_and_fails_when_one_does(self):
        for name in ("shop.yaml", "knative-webhook-hpa.yaml"):
            shutil.copy(IMPORTS / name, self.folder / name)

        good = leapday("import", "kubernetes", self.folder, "--summary")
        (self.folder / "template.yaml").write_text("a: 1\nkind: {{ .Kind }}\n", encoding="utf-8")
        bad = leapday("import", "kubernetes", self.folder, "--summary")

        self.assertEqual(0, good.returncode, good.stderr)
        self.assertRegex(good.stdout, r"(?m)^knative-webhook-hpa.yaml +0 .* nothing to rehearse$")
        self.assertRegex(good.stdout, r"(?m)^shop.yaml +\d+ .* 1 app$")
        self.assertRegex(good.stdout, r"(?m)^2 files .* 1 scenario, 1 with nothing to rehearse, 0")
        self.assertEqual(2, bad.returncode)
        self.assertRegex(bad.stdout, r"(?m)^template.yaml .* failed at 2:7: a template, not yet")



class Cost(InFolder):
    PRICED = """leapday: 1
name: Two priced clouds
run: {duration: 1h}
platform: {profile: cf-diego}
topology:
  currency: CHF
  clouds: {a: {price: {host_hour: 0.5, egress_gb: 0.1}}, b: {price: {instance_hour: 0.25}}}
  regions: {ra: {cloud: a}, rb: {cloud: b}}
  zones: {za: {region: ra, hosts: 2}, zb: {region: rb, hosts: 3}}
routers: {zones: [za]}
apps: {shop: {instances: 4, spread: {a: 1, b: 1}, service_time: 1ms, response_size: 100000B}}
load: {users: {to: shop, rate: 10/s, arrivals: deterministic}}
"""

    def test_reports_add_up_what_each_cloud_costs(self):
        path = self.folder / "priced.yaml"
        path.write_text(self.PRICED, encoding="utf-8")

        done = leapday("run", path, "--format", "json")
        page = leapday("run", path, "--format", "html").stdout
        text = leapday("run", path).stdout

        cost = json.loads(done.stdout)["cost"]
        self.assertEqual("CHF", cost["currency"])
        self.assertAlmostEqual(2, cost["clouds"]["a"]["host_hours"])
        self.assertAlmostEqual(1, cost["clouds"]["a"]["hosts"])
        self.assertAlmostEqual(2 * 0.25, cost["clouds"]["b"]["instances"])
        self.assertAlmostEqual(3.6, cost["clouds"]["a"]["egress_gb"], places=3)  # to clients
        self.assertAlmostEqual(1.8, cost["clouds"]["b"]["egress_gb"], places=2)  # to the router
        self.assertAlmostEqual(1 + 0.36 + 0.5, cost["total"], places=3)
        self.assertIn("cost in CHF", text)
        self.assertIn('<section id="cost">', page)

    def test_without_prices_reports_say_nothing_of_cost(self):
        path = self.scenario()

        done = leapday("run", path, "--format", "json")

        self.assertNotIn("cost", json.loads(done.stdout))


if __name__ == "__main__":
    unittest.main(verbosity=2)
