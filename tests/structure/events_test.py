#!/usr/bin/env python3
"""docs/events.md lists every kind of event that the model records, and no other.

Why: expectations, chains and other programs rely on these names.
"""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
KIND = (r"(?:instance|host|eviction|deployment|fault|route|certificate|agent|condition|mirror|flag|"
        r"clock|cron|defect|renewer|monitor|message|database|cache|dns|scaling|app)\.[a-z_]+")


class Events(unittest.TestCase):
    def test_the_page_and_the_model_agree(self):
        recorded = set()
        for path in (ROOT / "sim/model").glob("*.cpp"):
            recorded |= set(re.findall(f'"({KIND})"', path.read_text()))
        listed = set(re.findall(f"`({KIND})`", (ROOT / "docs/events.md").read_text()))

        self.assertGreater(len(recorded), 20)
        self.assertEqual(sorted(recorded), sorted(listed))


if __name__ == "__main__":
    unittest.main()
