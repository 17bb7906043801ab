"""Compares the reader of time zones with Python's zoneinfo: every zone at 400 instants.

Why: two readers that share no line and agree on every zone that exists are both right.
Usage: zoneinfo_test.py ZONE_OFFSETS
"""

import datetime
import pathlib
import random
import subprocess
import sys
import unittest
import zoneinfo

PROGRAM = sys.argv.pop(1)
UTC = datetime.timezone.utc
FIRST = datetime.datetime(1900, 1, 1, tzinfo=UTC)
LAST = datetime.datetime(2200, 1, 1, tzinfo=UTC)
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=UTC)


def file_of(name):
    for folder in zoneinfo.TZPATH:
        if (path := pathlib.Path(folder, name)).is_file():
            return path
    return None


def instants(zone):
    """200 at random, and 200 on both sides of changes that a walk through 300 years finds."""
    rng = random.Random(zone.key)
    span = int((LAST - FIRST).total_seconds())
    chosen = [int((FIRST - EPOCH).total_seconds()) + rng.randrange(span) for _ in range(200)]
    changes = []
    months = [FIRST + datetime.timedelta(days=29 * i) for i in range(300 * 366 // 29)]
    for low, high in zip(months, months[1:]):
        if low.astimezone(zone).utcoffset() == high.astimezone(zone).utcoffset():
            continue
        while high - low > datetime.timedelta(seconds=1):
            middle = (low + (high - low) / 2).replace(microsecond=0)
            if middle.astimezone(zone).utcoffset() == low.astimezone(zone).utcoffset():
                low = middle
            else:
                high = middle
        changes.append(int((high - EPOCH).total_seconds()))
        if len(changes) > 400:
            break
    picked = rng.sample(changes, min(100, len(changes)))
    chosen += [at - before for at in picked for before in (1, 0)]
    while len(chosen) < 400:
        chosen.append(int((FIRST - EPOCH).total_seconds()) + rng.randrange(span))
    return chosen


class ZoneInfo(unittest.TestCase):
    def test_every_zone_at_400_instants(self):
        names = sorted(name for name in zoneinfo.available_timezones() if file_of(name))
        self.assertGreater(len(names), 500, "install tzdata")
        compared, wrong = 0, []
        for name in names:
            zone = zoneinfo.ZoneInfo(name)
            asked = instants(zone)
            done = subprocess.run([PROGRAM, file_of(name)], text=True, capture_output=True,
                                  input="\n".join(map(str, asked)), check=False)
            self.assertEqual(0, done.returncode, done.stderr)
            for instant, line in zip(asked, done.stdout.splitlines(), strict=True):
                local = (EPOCH + datetime.timedelta(seconds=instant)).astimezone(zone)
                expected = (f"{int(local.utcoffset().total_seconds())} "
                            f"{int(bool(local.dst()))} {local.tzname()}")
                compared += 1
                # What Python calls dst() is guessed where two changes meet; offset and name are not.
                if expected.split()[::2] != line.split()[::2]:
                    wrong.append(f"{name} at {instant}: {line}, zoneinfo has {expected}")
        print(f"{len(names)} zones, {compared} instants, {len(wrong)} differ")
        self.assertEqual([], wrong[:20])


if __name__ == "__main__":
    unittest.main()
