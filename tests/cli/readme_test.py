"""Runs every command that README.md and CONTRIBUTING.md show, in the order shown.

Why: a command in a README that fails is the first thing a newcomer meets. Blocks marked ```sh are
run in one shell in a copy of the tree's view (build/ and scenarios/ linked); lines that call make
are checked for being a target only, ctest runs inside of `make test` already.
Usage: readme_test.py BUILD_DIR
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
ROOT = pathlib.Path(__file__).resolve().parents[2]


def blocks(language, page="README.md"):
    """The fenced blocks of a language in a page, in order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


class Readme(unittest.TestCase):

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="leapday-readme-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        (self.folder / "build").mkdir()
        for name in ("leapday", "python"):
            (self.folder / "build" / name).symlink_to(BUILD / name)
        for name in ("scenarios", "examples"):
            (self.folder / name).symlink_to(ROOT / name)
        self.env = {**os.environ, "PATH": f"{self.folder}/build:{os.environ['PATH']}",
                    "PYTHONPATH": str(self.folder / "build/python")}

    def test_commands_of_the_page_on_importing_run(self):
        (self.folder / "tests").symlink_to(ROOT / "tests")
        for line in "".join(blocks("sh", "docs/import.md")).splitlines():
            done = subprocess.run(["bash", "-c", line], cwd=self.folder, env=self.env,
                                  capture_output=True, text=True, check=False, timeout=300)
            self.assertEqual(0, done.returncode, f"{line}\n{done.stdout}{done.stderr}")

    def test_commands_of_the_page_on_exposure_give_the_exit_code_they_state(self):
        for line in "".join(blocks("sh", "docs/exposure.md")).splitlines():
            command, _, comment = line.partition("  # ")
            done = subprocess.run(["bash", "-c", command], cwd=self.folder, env=self.env,
                                  capture_output=True, text=True, check=False, timeout=300)
            self.assertEqual(int(re.search(r"exits (\d+)", comment)[1]), done.returncode,
                             f"{command}\n{done.stdout}{done.stderr}")

    def test_scenarios_of_the_page_on_exposure_stand_in_the_library(self):
        library = "".join((ROOT / "scenarios/library" / f"{name}.yaml").read_text(encoding="utf-8")
                          for name in ("dark-launch", "feature-flag-ramp"))
        shown = blocks("yaml", "docs/exposure.md")
        self.assertEqual(2, len(shown))
        for block in shown:
            self.assertIn(block, library)

    def test_commands_of_the_page_on_deployments_run(self):
        lines = "".join(blocks("sh", "docs/deployments.md")).splitlines()
        self.assertGreater(len(lines), 1)
        for line in lines:
            done = subprocess.run(["bash", "-c", line], cwd=self.folder, env=self.env,
                                  capture_output=True, text=True, check=False, timeout=300)
            self.assertEqual(0, done.returncode, f"{line}\n{done.stdout}{done.stderr}")

    def test_scenarios_of_the_page_on_deployments_load(self):
        app = ("leapday: 1\nname: snippet\nrun: {duration: 3h}\napps:\n  shop:\n    instances: 8\n"
               "    service_time: 20ms\n    releases: {v1: {}, v2: {}, v3: {}}\n"
               "    endpoints: {browse: {}, checkout: {}}\n")
        snippets = blocks("yaml", "docs/deployments.md")
        self.assertGreater(len(snippets), 3)
        for snippet in snippets:
            (self.folder / "snippet.yaml").write_text(app + snippet, encoding="utf-8")
            done = subprocess.run(["leapday", "validate", "snippet.yaml"], cwd=self.folder,
                                  env=self.env, capture_output=True, text=True, check=False)
            self.assertEqual(0, done.returncode, f"{snippet}\n{done.stdout}{done.stderr}")

    def test_the_scenarios_of_the_pages_on_clocks_and_certificates_run(self):
        for page in ("clocks", "certificates", "incidents"):
            for scenario in blocks("yaml", f"docs/{page}.md"):
                path = self.folder / f"{page}.yaml"
                path.write_text(scenario, encoding="utf-8")
                done = subprocess.run(["leapday", "run", str(path)], cwd=self.folder, env=self.env,
                                      capture_output=True, text=True, check=False, timeout=300)
                self.assertEqual(0, done.returncode, f"{page}\n{done.stdout}{done.stderr}")
        commands = "".join(blocks("sh", "docs/clocks.md") + blocks("sh", "docs/incidents.md"))
        for line in commands.splitlines():
            done = subprocess.run(["bash", "-c", line], cwd=self.folder, env=self.env,
                                  capture_output=True, text=True, check=False, timeout=300)
            self.assertEqual(0, done.returncode, f"{line}\n{done.stdout}{done.stderr}")

    def test_scenarios_and_commands_of_the_page_on_hosts_run(self):
        for number, block in enumerate(blocks("yaml", "docs/hosts.md")):
            path = self.folder / f"hosts-{number}.yaml"
            path.write_text(block, encoding="utf-8")
            done = subprocess.run(["leapday", "run", str(path)], cwd=self.folder, env=self.env,
                                  capture_output=True, text=True, check=False, timeout=300)
            self.assertEqual(0, done.returncode, f"{block}\n{done.stdout}{done.stderr}")
        for line in "".join(blocks("sh", "docs/hosts.md")).splitlines():
            command, _, comment = line.partition("  # ")
            stated = re.search(r"exits (\d+)", comment)
            done = subprocess.run(["bash", "-c", command], cwd=self.folder, env=self.env,
                                  capture_output=True, text=True, check=False, timeout=300)
            self.assertEqual(int(stated[1]) if stated else 0, done.returncode,
                             f"{command}\n{done.stdout}{done.stderr}")

    def test_commands_of_the_page_on_backing_services_give_the_exit_code_they_state(self):
        lines = "".join(blocks("sh", "docs/backing-services.md")).splitlines()
        self.assertGreater(len(lines), 5)
        for line in lines:
            command, _, comment = line.partition("  # ")
            stated = re.search(r"exits (\d+)", comment)
            done = subprocess.run(["bash", "-c", command], cwd=self.folder, env=self.env,
                                  capture_output=True, text=True, check=False, timeout=300)
            self.assertEqual(int(stated[1]) if stated else 0, done.returncode,
                             f"{command}\n{done.stdout}{done.stderr}")

    def test_commands_of_the_page_on_scaling_run(self):
        for line in "".join(blocks("sh", "docs/scaling.md")).splitlines():
            done = subprocess.run(["bash", "-c", line], cwd=self.folder, env=self.env,
                                  capture_output=True, text=True, check=False, timeout=300)
            self.assertEqual(0, done.returncode, f"{line}\n{done.stdout}{done.stderr}")

    def test_make_targets_exist(self):
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        targets = set(re.findall(r"(?m)^([a-z-]+):", makefile))
        named = re.findall(r"\bmake ([a-z-]+)", "".join(blocks("sh")))
        self.assertGreaterEqual(len(named), 3)
        self.assertLessEqual(set(named), targets)

    def test_commands_run_and_give_the_exit_code_they_state(self):
        count = 0
        for line in "".join(blocks("sh")).splitlines():
            command, _, comment = line.partition("  # ")
            if not command.strip() or re.search(r"\bmake\b|git clone", command):
                continue
            stated = re.search(r"exits (\d+)", comment)
            done = subprocess.run(["bash", "-c", command], cwd=self.folder, env=self.env,
                                  capture_output=True, text=True, check=False, timeout=300)
            self.assertEqual(int(stated[1]) if stated else 0, done.returncode,
                             f"{command}\n{done.stdout}{done.stderr}")
            count += 1
        self.assertGreater(count, 10)

    def test_python_snippets_run(self):
        snippets = blocks("python") + blocks("python", "docs/traces.md")
        self.assertGreater(len(snippets), 0)
        for snippet in snippets:
            done = subprocess.run(["/usr/bin/python3", "-c", snippet], cwd=self.folder,
                                  env=self.env, capture_output=True, text=True, check=False)
            self.assertEqual(0, done.returncode, f"{snippet}\n{done.stderr}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
