/// \file starter.cpp
/// What `leapday init` writes. Why: the shortest way to a first verdict is a file that runs.
#include "leapday/load.hpp"

namespace leapday {

std::string starter_scenario() {
  return R"(# yaml-language-server: $schema=leapday.schema.json
# A first rehearsal: a shop on Cloud Foundry rolls out a release while a host dies.
# Run it with `leapday run FILE`; `leapday explain KEY` tells what a key means.
leapday: 1
name: A release while a host dies

vars:
  peak: 120/s                     # used as $peak; --set peak=300/s tries another

run:
  start: 2024-02-29T12:00:00Z     # true UTC at t=0
  warmup: 30s                     # before t=0, never judged
  duration: 15min

platform: {profile: cf-diego}     # the platform's constants; `leapday list profiles`

topology:
  zones:
    z1: &zone {hosts: 3, cores: 4, memory: 8GiB}
    z2: *zone
  network: {same_zone: 200us, same_region: 1ms, clients: 10ms}

apps:
  shop:
    instances: 6
    memory: 1GiB
    concurrency: 8
    start_time: {assume: 10s}     # assumed values are listed in every report
    endpoints:
      browse:
        service_time: {assume: {lognormal: {median: 20ms, p99: 120ms}}}
      checkout:
        service_time: {assume: {lognormal: {median: 50ms, p99: 250ms}}}
        calls: [{to: orders-db}]
    releases:
      v1: {}
      v2: {like: v1, service_time_factor: {assume: 1.1}}
    release: v1                   # runs at t=0

dependencies:
  orders-db: {kind: database, connections: 50, service_time: {assume: {exponential: {mean: 3ms}}}}

load:
  shoppers:
    to: shop
    mix: {browse: 90%, checkout: 10%}
    timeout: 2s
    retry: {max_retries: 1, backoff: 100ms, jitter: full}
    phases:                       # back to back from t=0
      - {name: calm, rate: 60/s, for: 3min}
      - {name: rise, ramp_to: $peak, for: 3min}
      - {name: busy, rate: $peak}

deployments:
  rollout: {at: 4min, app: shop, release: v2, max_in_flight: 1}

faults:
  host-dies: {at: rollout.done(50%) + 5s, kind: host.crash, target: 1 of hosts in z1, for: 5min}

objectives:
  paying: {of: shoppers.checkout, good: ok and latency < 1s, target: 99%}

expect:                           # what must hold; the name is the test case
  served: success(shoppers) >= 98% in every 1min
  fast: p95(shoppers.browse) < 500ms in 90% of 1min
  finished: eventually completed(rollout) within 8min after rollout.begin
  recovered: eventually success(shoppers) >= 99% over 10s for 30s within 3min after host-dies.begin
)";
}

}  // namespace leapday
