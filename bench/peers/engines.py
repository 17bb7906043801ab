"""The engines of `make bench-peers`: how they come onto the machine, and how one run of a model is
started and read.

Why: nothing is installed, so nothing can clash; what cannot be had or fails is a reason in the
report, not a gap in it.
"""

import json
import os
import pathlib
import resource
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCES = ROOT / "bench" / "peers"
BUILD = ROOT / "build" / "peers"
UNPACKED = BUILD / "root"
LIBRARIES = UNPACKED / "usr" / "lib" / f"{os.uname().machine}-linux-gnu"
ENVIRONMENT = {**os.environ, "LD_LIBRARY_PATH": str(LIBRARIES),
               "PYTHONPATH": str(UNPACKED / "usr/lib/python3/dist-packages")}
TIMEOUT = 180
MEMORY_SHARE = 0.8
COMPILE = ["g++", "-std=c++20", "-O3", "-march=native", "-DNDEBUG", f"-I{ROOT / 'include'}",
           "-isystem", str(UNPACKED / "usr/include"), f"-L{LIBRARIES}",
           f"-Wl,-rpath-link,{LIBRARIES}"]


class Failed(Exception):
    """Why an engine has no figure."""


def last_line(text):
    """What programs say at the end is mostly why they ended."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:200] if lines else "no message"


def packages():
    """The names in packages.txt."""
    lines = (SOURCES / "packages.txt").read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def download(name, folder):
    """The package's file below `folder`, fetched unless it is there."""
    if not list(folder.glob(f"{name}_*.deb")):
        done = subprocess.run(["apt-get", "-q", "download", name], cwd=folder, text=True,
                              capture_output=True, check=False)
        if done.returncode != 0:
            raise Failed(last_line(done.stderr))
    return next(folder.glob(f"{name}_*.deb"))


def refresh_lists():
    """Package lists may be missing (containers) or too old."""
    as_root = [] if os.geteuid() == 0 else ["sudo"]
    if as_root and not shutil.which("sudo"):
        return
    subprocess.run([*as_root, "apt-get", "update", "-qq"], stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, check=False)


def unpack():
    """Brings every package below build/peers/root; [(package, why not)] of those that failed."""
    folder = BUILD / "packages"
    folder.mkdir(parents=True, exist_ok=True)
    missing, refreshed = [], False
    for name in packages():
        marker = folder / f"{name}.unpacked"
        if marker.exists():
            continue
        try:
            try:
                archive = download(name, folder)
            except Failed:
                if refreshed:
                    raise
                refresh_lists()
                refreshed = True
                archive = download(name, folder)
            subprocess.run(["dpkg", "-x", archive, UNPACKED], check=True)
            marker.touch()
        except Failed as problem:
            missing.append((name, str(problem)))
    return missing


def limit_memory():
    """A model that does not fit fails by itself; the machine's other programs live on."""
    for line in pathlib.Path("/proc/meminfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("MemAvailable:"):
            limit = int(int(line.split()[1]) * 1024 * MEMORY_SHARE)
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def pinned(core, command):
    """The command's output, run on one core."""
    try:
        done = subprocess.run(["taskset", "-c", str(core), *map(str, command)], env=ENVIRONMENT,
                              capture_output=True, text=True, check=False, timeout=TIMEOUT,
                              preexec_fn=limit_memory)
    except subprocess.TimeoutExpired:
        raise Failed(f"not done after {TIMEOUT} s") from None
    if done.returncode < 0:
        raise Failed(f"killed by signal {-done.returncode}: {last_line(done.stderr)}")
    if done.returncode > 0:
        raise Failed(last_line(done.stderr))
    return done.stdout


class Peer:
    """One of the peers' programs: prints {"ns", "units", ...} for a model."""

    def __init__(self, name, source, libraries=()):
        self.name = name
        self.source = SOURCES / source
        self.libraries = libraries
        self.command = None

    def prepare(self):
        """Compiles what is to be compiled."""
        if self.source.suffix == ".py":
            self.command = ["/usr/bin/python3", self.source]
            probe = [*self.command[:1], "-c", "import simpy"]
        else:
            program = BUILD / self.source.stem
            self.command = [program]
            probe = [*COMPILE, self.source, "-o", program, *self.libraries]
        done = subprocess.run(probe, env=ENVIRONMENT, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            errors = [line for line in done.stderr.splitlines() if "rror" in line]
            raise Failed(errors[0][:200] if errors else last_line(done.stderr))

    def run(self, core, model, units, seed):
        """One run of "A", "B 1000", ... with its seed."""
        letter, _, pending = model.partition(" ")
        out = pinned(core, [*self.command, letter.lower(), units, seed, pending or 1])
        return {**json.loads(out.splitlines()[-1]), "seed": seed}


class Ours:
    """One of Leapday's own benchmarks: Google Benchmark with counters of the same meaning."""

    def __init__(self, name, benchmark):
        self.name = name
        self.benchmark = benchmark

    def prepare(self):
        """`make bench-peers` has built it."""

    def run(self, core, _model, seconds, _seed):
        """Runs for so many seconds; the seed is the benchmark's own."""
        out = pinned(core, [ROOT / "build/release/bench/leapday_bench",
                            f"--benchmark_filter=^{self.benchmark}$",
                            f"--benchmark_min_time={seconds}", "--benchmark_format=json"])
        return parse_benchmark(out)


def parse_benchmark(text):
    """The figures of the one benchmark in Google Benchmark's JSON."""
    found = json.loads(text)["benchmarks"][0]
    if found.get("error_occurred"):
        raise Failed(found["error_message"])
    figures = {key: found[key] for key in ("units", "mean", "p99", "expected") if key in found}
    return {"ns": found["per_unit"] * 1e9, "seed": 1, **figures}
