"""Holds the harness of `make bench-peers` against what can be known without running an engine.

Why: it runs by hand and takes minutes, so a wrong formula or a lost row would be seen late.
"""

import contextlib
import io
import math
import pathlib
import random
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench/peers"))
import engines  # noqa: E402
import run  # noqa: E402
import theory  # noqa: E402


def lindley(count, seed, load):
    """Sojourn times of an M/M/1 queue with mean service 1, without an engine."""
    draw, took, times = random.Random(seed).expovariate, 0.0, []
    for _ in range(count):
        took = max(took - draw(load), 0.0) + draw(1)
        times.append(took)
    return times


class Engine:
    """Answers as an engine would, or fails."""

    def __init__(self, name, ns=None):
        self.name, self.ns = name, ns

    def run(self, _core, _model, _size, seed):
        if self.ns is None:
            raise engines.Failed("does not fit into memory")
        return {"ns": self.ns * seed, "units": 10 ** 6, "mean": theory.C_MEAN,
                "p99": theory.C_P99, "seed": seed}


class Theory(unittest.TestCase):
    def test_round_robin_has_the_published_mean_and_p99(self):
        self.assertAlmostEqual(19.0481e-3, theory.C_MEAN, places=6)
        self.assertAlmostEqual(87.7199e-3, theory.C_P99, places=6)

    def test_round_robin_over_one_server_is_m_m_1(self):
        self.assertAlmostEqual(theory.m_m_1(0.5, 3.0)[0], theory.round_robin(1, 0.5, 3.0)[0])

    def test_the_error_of_a_mean_is_that_of_simulated_queues(self):
        # 40 runs estimate a standard deviation to about 11 %.
        mean, error = theory.m_m_1(0.5, 1.0)
        count, means = 10_000, []
        for seed in range(40):
            means.append(sum(lindley(count, seed, 0.5)) / count)
        found = math.sqrt(sum((m - mean) ** 2 for m in means) / len(means) * count)
        self.assertAlmostEqual(1, found / error, delta=0.33)

    def test_what_is_off_by_more_than_chance_is_told(self):
        good = {"units": 10 ** 6, "mean": 10.1, "seed": 1}
        bad = {**good, "mean": 11.0}
        self.assertTrue(all(holds for _, holds in theory.checks("A", [good])))
        self.assertFalse(all(holds for _, holds in theory.checks("A", [bad])))
        self.assertFalse(all(holds for _, holds in theory.checks(
            "B 1000", [{"units": 10 ** 6, "expected": 1.01e6, "seed": 1}])))

    def test_a_seed_counts_once_however_often_it_ran(self):
        short = {"units": 10, "mean": 1.0, "seed": 1}
        whole = theory.pooled([short, {"units": 30, "mean": 2.0, "seed": 1},
                               {"units": 90, "mean": 6.0, "seed": 2}])
        self.assertEqual((120, 5.0), (whole["units"], whole["mean"]))


class Harness(unittest.TestCase):
    def setUp(self):
        self.models, self.peers = run.MODELS, run.PEERS
        ours = [(Engine(run.EVENT, 20), 1), (Engine(run.EAGER, 10), 1), (Engine(run.FILE, 50), 1)]
        peers = [Engine("ns-3", 200), Engine("SimGrid"), Engine("SimPy", 4000)]
        run.MODELS = {"C": [*ours, *((peer, 1) for peer in peers)]}
        run.PEERS = peers

    def tearDown(self):
        run.MODELS, run.PEERS = self.models, self.peers

    def measured(self, absent):
        with contextlib.redirect_stderr(io.StringIO()):
            runs, reasons = run.measure(["C"], 3, 0, absent)
        return run.rows(["C"], runs, reasons)

    def test_ratios_are_of_medians_and_failures_keep_their_row(self):
        found = self.measured(absent={"SimPy": "no such package"})

        of = {(row["model"], row["engine"]): row for row in found}
        self.assertEqual(40, of["C", run.EVENT]["ns"])  # the median of 20, 40, 60
        self.assertEqual(10, of["C", "ns-3"]["ratio"])
        self.assertEqual(4, of["C, scenario file", "ns-3"]["ratio"])
        self.assertEqual("does not fit into memory", of["C", "SimGrid"]["reason"])
        self.assertEqual("no such package", of["C", "SimPy"]["reason"])

    def test_the_table_has_a_line_for_each_model_and_a_dash_for_failures(self):
        text = run.table(self.measured(absent={}))

        self.assertIn("| 40.0 | 20.0 | 400 (10.0 x) | - | 8,000 (200.0 x) |", text)
        self.assertIn("| 100 | - | 400 (4.0 x) | - | 8,000 (80.0 x) |", text)

    def test_google_benchmarks_counters_become_figures(self):
        text = ('{"benchmarks": [{"name": "model_a_event", "cpu_time": 5.0, "per_unit": 4e-8,'
                ' "units": 1e6, "mean": 10.0}]}')
        self.assertEqual({"ns": 40, "seed": 1, "units": 1e6, "mean": 10.0},
                         engines.parse_benchmark(text))
        with self.assertRaisesRegex(engines.Failed, "no scenario"):
            engines.parse_benchmark('{"benchmarks": [{"name": "c", "error_occurred": true,'
                                    ' "error_message": "no scenario"}]}')

    def test_each_model_has_a_title(self):
        for model in self.models:
            self.assertIn(model, run.TITLES)


if __name__ == "__main__":
    unittest.main()
