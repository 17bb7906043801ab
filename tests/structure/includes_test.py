"""Holds every include against the direction in which data flows (ARCHITECTURE.md).

Why: a stage that reaches into another cannot be replaced, and a plug-in that uses more than the
public headers proves that a third party could not have written it.
"""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from sources import ROOT, cpp_sources, includes  # noqa: E402

# Folder -> the folders it may include besides leapday/*. The longest matching folder decides.
ALLOWED = {
    "include": [],
    "base": ["base"],
    "scenarios": ["scenarios"],
    "scenarios/import": ["scenarios/import"],
    "sim": ["sim"],
    "sim/engine": ["sim/engine"],
    "sim/clocks": ["sim/clocks", "sim/engine"],
    "sim/model": ["sim/model", "sim/engine", "sim/clocks"],
    "sim/policies": ["sim/policies"],
    "faults": ["faults"],
    "reports": ["reports"],
    "reports/checks": ["reports/checks"],
    "reports/formats": ["reports/formats"],
    "cli": ["cli"],
    "python": ["python"],
    "examples": ["examples"],
}
THIRD_PARTY = ("boost/", "nlohmann/", "yaml-cpp/", "fmt/", "CLI/", "date/", "pugixml", "pybind11/",
               "Random123/", "benchmark/", "rapidcheck")


def rule_for(path):
    """The longest folder of ALLOWED that holds the path, or None (anything goes)."""
    names = [name for name in ALLOWED if path.is_relative_to(name)]
    return max(names, key=len) if names else None


def resolve(path, name):
    """Where a quoted include leads: a path relative to the root, or None."""
    for base in (ROOT / path.parent, ROOT, ROOT / "include"):
        if (base / name).is_file():
            return (base / name).resolve().relative_to(ROOT)
    return None


def violations(path):
    """Includes of one source that its folder may not have."""
    rule = rule_for(path)
    if rule is None:
        return []
    found = []
    for line, quoted, name in includes(path):
        if not quoted:
            in_header = path.suffix == ".hpp" and not path.is_relative_to("include/leapday/asio")
            if in_header and name.startswith(THIRD_PARTY):
                found.append(f"{path}:{line}: <{name}> belongs in .cpp files")
            continue
        if name.startswith("leapday/") or name.endswith(".inc"):
            continue
        target = resolve(path, name)
        if target is None:
            found.append(f'{path}:{line}: "{name}" is no file of the project')
        elif not any(target.is_relative_to(folder) for folder in ALLOWED[rule]):
            found.append(f'{path}:{line}: "{name}" is not for {rule}/ to include')
    return found


class IncludeDirection(unittest.TestCase):
    def test_every_include_follows_the_data_flow(self):
        sources = cpp_sources()
        self.assertGreater(len(sources), 50)
        self.assertEqual([], [line for path in sources for line in violations(path)])

    def test_a_violation_would_be_seen(self):
        # The rules are data: an empty or mistyped table must not pass for a clean tree.
        self.assertEqual("sim/model", rule_for(pathlib.PurePath("sim/model/host.cpp")))
        self.assertEqual("reports/checks", rule_for(pathlib.PurePath("reports/checks/a/b.cpp")))
        self.assertIsNone(rule_for(pathlib.PurePath("tests/model/host_test.cpp")))
        for folder in ALLOWED:
            if folder not in ("include", "examples", "scenarios/import"):
                self.assertTrue((ROOT / folder).is_dir(), folder)


if __name__ == "__main__":
    unittest.main()
