"""Installs Leapday into the build directory and builds a consumer project against it.

Why: install rules and package files rot unseen unless somebody outside uses them.
Usage: consumer_test.py BUILD_DIR COMPILER
"""

import pathlib
import shutil
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD, COMPILER = pathlib.Path(sys.argv.pop(1)).resolve(), sys.argv.pop(1)
WORK = BUILD / "consumer"
PREFIX = WORK / "prefix"
SCENARIO = ROOT / "scenarios/library/leap-day-2012.yaml"


def run(*command, check=True):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                          check=False)
    if check and done.returncode != 0:
        raise AssertionError(f"{command}\n{done.stdout}{done.stderr}")
    return done


class Consumer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        shutil.rmtree(WORK, ignore_errors=True)
        run("cmake", "--install", BUILD, "--prefix", PREFIX)
        source = WORK / "source"
        shutil.copytree(ROOT / "tests/structure/consumer", source)
        shutil.copy(ROOT / "examples/embed.cpp", source)
        run("cmake", "-G", "Ninja", "-S", source, "-B", WORK / "build",
            f"-DCMAKE_PREFIX_PATH={PREFIX}", f"-DCMAKE_CXX_COMPILER={COMPILER}")
        run("cmake", "--build", WORK / "build")

    def test_consumer_rehearses_and_agrees_with_the_installed_command(self):
        embedded = run(WORK / "build/consumer", SCENARIO, check=False)
        command = run(PREFIX / "bin/leapday", "run", SCENARIO, "--seed", 7, "--quiet", check=False)

        verdict = embedded.stdout.splitlines()[0].rsplit(": ", 1)[1]
        self.assertEqual({"pass": 0, "fail": 1, "inconclusive": 3}[verdict], command.returncode)

    def test_installed_command_finds_its_library(self):
        listed = run(PREFIX / "bin/leapday", "list", "scenarios").stdout

        self.assertIn("leap-day-2012", listed)
        self.assertIn("prefix/share/leapday/scenarios/library", listed)


if __name__ == "__main__":
    unittest.main()
