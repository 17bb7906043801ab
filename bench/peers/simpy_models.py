#!/usr/bin/env python3
"""Models A, B and C on SimPy: a process for the source and one for each server, a process for each
pending event of model B.

Why: SimPy is what most people reach for first. A server that is idle waits for an event that the
source triggers ("sleep until woken up" in SimPy's guide), which costs half of what a Resource or a
Store does. The histogram's buckets are 0.1 ms wide.

    simpy_models.py a|b|c UNITS SEED [PENDING]
"""

import collections
import gc
import json
import os
import random
import sys
import time

import simpy

SERVICE = {"a": 1.0, "c": 0.01}
INTERVAL = {"a": 1 / 0.9, "c": 0.01 / (0.7 * 50)}
SERVERS = {"a": 1, "c": 50}
HOLD_MEAN = 1.0
BUCKETS_PER_SECOND, BUCKETS = 10_000, 20_000


class Stations:
    """Models A and C: what waits at each server, and how long everyone took."""

    def __init__(self, env, model):
        self.env = env
        self.waiting = [collections.deque() for _ in range(SERVERS[model])]
        self.idle = [None] * SERVERS[model]
        self.units = 0
        self.sum = 0.0
        self.buckets = [0] * BUCKETS if model == "c" else None
        for server in range(SERVERS[model]):
            env.process(self.serve(server, 1 / SERVICE[model]))
        env.process(self.arrive(1 / INTERVAL[model]))

    def arrive(self, rate):
        env, waiting, idle, exponential = self.env, self.waiting, self.idle, random.expovariate
        while True:
            for server, queue in enumerate(waiting):
                yield env.timeout(exponential(rate))
                queue.append(env.now)
                if idle[server] is not None:
                    idle[server].succeed()
                    idle[server] = None

    def serve(self, server, rate):
        env, queue, buckets, exponential = (
            self.env, self.waiting[server], self.buckets, random.expovariate)
        while True:
            if not queue:
                self.idle[server] = env.event()
                yield self.idle[server]
            yield env.timeout(exponential(rate))
            took = env.now - queue.popleft()
            self.units += 1
            self.sum += took
            if buckets is not None:
                buckets[min(int(took * BUCKETS_PER_SECOND), BUCKETS - 1)] += 1

    def p99(self):
        """The middle of the bucket that holds the 99th percentile; 0 without buckets."""
        below = 0
        for index, count in enumerate(self.buckets or []):
            below += count
            if below >= 0.99 * self.units:
                return (index + 0.5) / BUCKETS_PER_SECOND
        return 0.0

    def figures(self):
        return {"units": self.units, "mean": self.sum / self.units, "p99": self.p99()}


class Hold:
    """Model B."""

    def __init__(self, env, pending):
        self.env = env
        self.pending = pending
        self.units = 0
        for _ in range(pending):
            env.process(self.again(1 / HOLD_MEAN))

    def again(self, rate):
        env, exponential = self.env, random.expovariate
        while True:
            yield env.timeout(exponential(rate))
            self.units += 1

    def figures(self):
        return {"units": self.units, "expected": self.env.now * self.pending / HOLD_MEAN}


def main(model, units, seed, pending="1"):
    gc.disable()
    random.seed(int(seed))
    env = simpy.Environment()
    made = Hold(env, int(pending)) if model == "b" else Stations(env, model)
    measured = float(units) * (HOLD_MEAN / int(pending) if model == "b" else INTERVAL[model])
    env.run(until=measured / 10)
    before, began = made.units, time.process_time_ns()
    env.run(until=measured / 10 + measured)
    took = time.process_time_ns() - began
    print(json.dumps({"ns": took / (made.units - before), **made.figures()}), flush=True)
    os._exit(0)  # taking a million processes down takes longer than their run


if __name__ == "__main__":
    main(*sys.argv[1:])
