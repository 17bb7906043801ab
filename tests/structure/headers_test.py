"""Compiles each public header alone and checks that it names only standard and own headers.

Why: a header that needs another one first, or drags a library in, breaks whoever embeds Leapday.
Usage: headers_test.py COMPILER GENERATED_INCLUDE_DIR
"""

import concurrent.futures
import pathlib
import re
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from sources import ROOT, cpp_sources, includes  # noqa: E402

COMPILER, GENERATED = sys.argv.pop(1), sys.argv.pop(1)
HEADERS = [path for path in cpp_sources(["include"]) if path.suffix == ".hpp"]


def compile_alone(path):
    """The compiler's complaints about a file that includes the header twice and nothing else."""
    name = path.relative_to("include")
    source = f'#include "{name}"\n#include "{name}"\n'
    command = [COMPILER, "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Werror",
               "-Wno-missing-field-initializers", f"-I{ROOT}/include", f"-I{GENERATED}",
               "-x", "c++", "-"]
    done = subprocess.run(command, input=source, capture_output=True, text=True, check=False)
    return f"{path}:\n{done.stderr}" if done.returncode else ""


class PublicHeaders(unittest.TestCase):
    def test_each_compiles_alone(self):
        self.assertGreater(len(HEADERS), 20)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            failures = [text for text in pool.map(compile_alone, HEADERS) if text]
        self.assertEqual([], failures)

    def test_each_names_only_standard_and_own_headers(self):
        foreign = []
        for path in HEADERS:
            if path.is_relative_to("include/leapday/asio"):
                continue
            for line, quoted, name in includes(path):
                fine = name.startswith("leapday/") if quoted else re.fullmatch(r"[a-z_]+", name)
                if not fine:
                    foreign.append(f"{path}:{line}: {name}")
        self.assertEqual([], foreign)


if __name__ == "__main__":
    unittest.main()
