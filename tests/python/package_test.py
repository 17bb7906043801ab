"""The Python package: loading, running, errors, columns, threads and stubs."""

import ast
import inspect
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import numpy as np

import leapday
from leapday import _core

ROOT = pathlib.Path(__file__).resolve().parents[2]
SMALL = ROOT / "tests/cli/data/small.yaml"


class Load(unittest.TestCase):
    def test_scenario_tells_what_it_holds(self):
        scenario = leapday.load(SMALL)

        self.assertEqual("Small shop", scenario.name)
        self.assertEqual(180.0, scenario.duration)
        self.assertEqual({"alive", "fast"}, set(scenario.expectations))
        self.assertEqual(1, len(scenario.seeds))

    def test_a_wrong_scenario_raises_with_place_and_fix(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "wrong.yaml"
            path.write_text(SMALL.read_text().replace("memory: 512MiB", "memroy: 512MiB"))
            with self.assertRaises(leapday.ScenarioError) as caught:
                leapday.load(path)

        problem = caught.exception.problems[0]
        self.assertTrue(problem.file.endswith("wrong.yaml"))
        lines = SMALL.read_text().splitlines()
        self.assertIn("memory: 512MiB", lines[problem.line - 1])
        self.assertIn("memroy", problem.message + problem.path)
        self.assertIn("memory", problem.fix)
        self.assertIn("wrong.yaml", str(caught.exception))

    def test_variables_are_set_by_name(self):
        few, many = (leapday.run(SMALL, set={"peak": rate}).requests.injected
                     for rate in ("20/s", "80/s"))
        self.assertGreater(many, 3 * few)
        with self.assertRaises(leapday.ScenarioError):
            leapday.load(SMALL, set={"peek": "80/s"})

    def test_options_are_keyword_only(self):
        with self.assertRaises(TypeError):
            leapday.run(SMALL, 7)
        with self.assertRaises(TypeError):
            leapday.load(SMALL, "staging")
        with self.assertRaises(ValueError):
            leapday.run(leapday.load(SMALL), set={"peak": "1/s"})


class Run(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.result = leapday.run(SMALL, seed=7)

    def test_verdict_expectations_and_counts(self):
        self.assertEqual("pass", self.result.verdict)
        self.assertEqual(7, self.result.seed)
        self.assertRegex(self.result.trace_hash, r"^[0-9a-f]{16}$")
        self.assertEqual(["alive", "fast"], [e.name for e in self.result.expectations])
        self.assertGreater(self.result.expectations[1].margin, 0)
        requests = self.result.requests
        self.assertEqual(requests.injected, requests.answered + requests.in_flight
                         + sum(requests.failed.values()))

    def test_same_seed_same_hash_other_seed_other_hash(self):
        scenario = leapday.load(SMALL)
        self.assertEqual(self.result.trace_hash, leapday.run(scenario, seed=7).trace_hash)
        self.assertNotEqual(self.result.trace_hash, leapday.run(scenario, seed=8).trace_hash)

    def test_columns_add_up_and_are_views(self):
        columns = self.result.series["shoppers"]

        self.assertEqual(180, len(columns["second"]))
        self.assertEqual(np.uint32, columns["sent"].dtype)
        np.testing.assert_array_less(columns["answered"], columns["sent"] + 1)
        self.assertEqual(self.result.requests.injected, int(columns["sent"].sum()))
        answered = columns["answered"] > 0
        self.assertTrue(np.all(columns["p50"][answered] <= columns["p99"][answered]))
        self.assertTrue(np.all(np.isnan(columns["p50"][~answered])))
        self.assertFalse(columns["sent"].flags.owndata)
        with self.assertRaises(ValueError):
            columns["sent"][0] = 1

    def test_columns_outlive_the_result(self):
        sent = leapday.run(SMALL, seed=7).series["shoppers"]["sent"]
        np.testing.assert_array_equal(self.result.series["shoppers"]["sent"], sent)

    def test_events_name_their_causes(self):
        events = self.result.events
        self.assertTrue(any(event.kind.startswith("host.") for event in events))
        for index, event in enumerate(events):
            if event.cause is not None:
                self.assertLess(event.cause, index)
        self.assertIn("dies", [span.name for span in self.result.spans])

    def test_traces_say_where_requests_spent_their_time(self):
        result = self.result
        self.assertGreater(len(result.traces), 50)
        self.assertGreaterEqual(result.traced_one_in, 1)
        for trace in result.traces:
            request = trace.spans[0]
            self.assertEqual(("request", "shoppers", None),
                             (request.kind, request.subject, request.parent))
            self.assertLessEqual(0, request.begin)
            self.assertTrue(all(span.begin >= trace.spans[span.parent].begin
                                for span in trace.spans[1:]))
        answered = [t for t in result.traces if t.spans[0].outcome == "answered"]
        self.assertTrue(all("service" in [span.kind for span in t.spans] for t in answered))
        again = leapday.run(SMALL, seed=7)
        self.assertEqual(result.traces, again.traces)

    def test_reps_and_jobs(self):
        one, two = (leapday.run(SMALL, seed=1, reps=4, jobs=jobs) for jobs in (1, 2))
        self.assertEqual([1, 2, 3, 4], [run.seed for run in one.runs])
        self.assertEqual(one.runs, two.runs)
        with self.assertRaises(ValueError):
            leapday.run(SMALL, jobs=0)

    def test_twin_has_series_of_its_own(self):
        self.assertEqual({}, self.result.twin_series)
        result = leapday.run(SMALL, seed=7, twin=True)
        self.assertEqual(result.trace_hash, self.result.trace_hash)
        np.testing.assert_array_equal(result.series["shoppers"]["sent"],
                                      result.twin_series["shoppers"]["sent"])


class Threads(unittest.TestCase):
    def test_other_threads_go_on_while_it_runs(self):
        ticks = []
        done = threading.Event()

        def tick():
            while not done.is_set():
                ticks.append(time.monotonic())
                time.sleep(0.001)

        thread = threading.Thread(target=tick)
        thread.start()
        begin = time.monotonic()
        leapday.run(SMALL, reps=20, set={"peak": "200/s"})
        end = time.monotonic()
        done.set()
        thread.join()
        during = [t for t in ticks if begin < t < end]
        self.assertGreater(len(during), (end - begin) * 1000 * 0.1)

    def test_ctrl_c_stops_a_run(self):
        code = (f"import leapday\ntry:\n  print('go', flush=True)\n  leapday.run({str(SMALL)!r}, "
                "reps=100000, set={'peak': '2000/s'})\nexcept KeyboardInterrupt:\n  print('stopped')")
        with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE,
                              text=True) as child:
            child.stdout.readline()
            time.sleep(0.5)
            child.send_signal(signal.SIGINT)
            out, _ = child.communicate(timeout=30)
        self.assertEqual("stopped\n", out)


class Documentation(unittest.TestCase):
    def test_every_public_symbol_has_a_docstring(self):
        for name in leapday.__all__:
            if name != "__version__":
                self.assertTrue(inspect.getdoc(getattr(leapday, name)), name)
        for name, member in inspect.getmembers(leapday.Result):
            if not name.startswith("_"):
                self.assertTrue(inspect.getdoc(member), name)

    def test_stubs_name_what_the_module_has(self):
        tree = ast.parse((ROOT / "python/leapday/_core.pyi").read_text())
        functions = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef)}
        classes = {n.name: n for n in tree.body if isinstance(n, ast.ClassDef)}
        public = {name for name in dir(_core) if not name.startswith("_")}
        self.assertEqual(public, functions.keys() | classes.keys())
        for name, node in functions.items():
            self.assertEqual(arguments_of_stub(node), arguments_of(getattr(_core, name)), name)
        for name, node in classes.items():
            stated = {n.name: n for n in node.body if isinstance(n, ast.FunctionDef)}
            cls = getattr(_core, name)
            self.assertEqual(stated.keys(), {m for m in dir(cls) if not m.startswith("_")}, name)
            for member, function in stated.items():
                is_property = any(getattr(d, "id", "") == "property"
                                  for d in function.decorator_list)
                self.assertEqual(is_property, isinstance(getattr(cls, member), property), member)
                if not is_property:
                    # pybind11 calls the first argument of lambdas self or arg0.
                    self.assertEqual(arguments_of_stub(function)[1:],
                                     arguments_of(getattr(cls, member))[1:], member)


def arguments_of_stub(node):
    """["path", "*", "set=..."] of a function in the stub."""
    args = node.args
    first = len(args.args) - len(args.defaults)
    names = [a.arg + ("=..." if i >= first else "") for i, a in enumerate(args.args)]
    if args.kwonlyargs:
        names.append("*")
    return names + [a.arg + ("=..." if default is not None else "")
                    for a, default in zip(args.kwonlyargs, args.kw_defaults)]


def arguments_of(function):
    """The same of a function of the module, from the signature in its docstring."""
    inside = re.match(r"\w+\((.*)\) -> ", function.__doc__.splitlines()[0])[1]
    return [star or name + ("=..." if default else "") for star, name, default in
            re.findall(r"(?:^|, )(?:(\*)(?=,)|(\w+): (?:[\w.]+(?:\[[^=]*?\])*)( = )?)", inside)]


if __name__ == "__main__":
    unittest.main()
