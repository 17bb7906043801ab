"""Finds the project's C++ sources and what they include, for the structure tests."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ["include", "base", "scenarios", "sim", "faults", "reports", "cli", "python", "examples",
           "bench", "tests"]
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def cpp_sources(folders=FOLDERS):
    """Every .cpp and .hpp below the folders, as paths relative to the root, sorted."""
    found = []
    for folder in folders:
        for suffix in ("cpp", "hpp"):
            found += (ROOT / folder).rglob(f"*.{suffix}")
    relative = (path.relative_to(ROOT) for path in found)
    return sorted(path for path in relative if "node_modules" not in path.parts)


def includes(path):
    """(line, is_quoted, name) of every include of a source."""
    text = (ROOT / path).read_text(encoding="utf-8")
    return [(text.count("\n", 0, match.start(1)) + 1, match[1] == '"', match[2])
            for match in INCLUDE.finditer(text)]
