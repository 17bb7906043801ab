/// \file platform_app_keys.cpp
/// Grace, drain, probe thresholds and CPU that an app or a release states for itself.
/// Why: one pod's patience is not another's, and a rehearsal that averages them shows neither.
#include "tests/model/platform_lab.hpp"

namespace leapday::model {
namespace {

/// Requests of 60 s in flight while the app is replaced a minute in.
std::string replaced(const std::string& keys) {
  return R"(
run: {duration: 5min, warmup: 0s}
platform: {profile: kubernetes, set: {graceful_stop: 10s, drain_before_stop: 0s}}
apps:
  shop:
    instances: 1
    service_time: {deterministic: 60s}
    concurrency: 0
    start_time: 1s
    health: {readiness_type: port, liveness_type: port}
    releases: {v1: {}, v2: {like: v1}}
)" + keys +
         R"(load: {users: {to: shop, rate: 1/s, arrivals: deterministic}}
deployments: {swap: {at: 1min, app: shop, release: v2}}
)";
}

/// Seconds from the stop's begin to its end.
double stopping(const Record& record) {
  return first(record, "instance.stopped") - first(record, "instance.stopping");
}

BOOST_AUTO_TEST_SUITE(platform_app_keys)

BOOST_AUTO_TEST_CASE(an_apps_own_grace_and_drain_replace_the_platforms) {
  const Record platforms = Rehearsal(replaced("")).run();
  const Record own = Rehearsal(replaced("    graceful_stop: 25s\n")).run();
  const Record drained =
      Rehearsal(replaced("    graceful_stop: 25s\n    drain_before_stop: 5s\n")).run();

  BOOST_TEST(std::abs(stopping(platforms) - 10) < 1e-9);
  BOOST_TEST(std::abs(stopping(own) - 25) < 1e-9);
  BOOST_TEST(std::abs(stopping(drained) - 30) < 1e-9);
}

BOOST_AUTO_TEST_CASE(an_apps_own_thresholds_replace_the_platforms) {
  const auto crash = [](const std::string& health) {
    const Record record = Rehearsal(R"(
run: {duration: 5min}
platform: {profile: kubernetes}
apps: {shop: {service_time: 10ms, start_time: 1s, health: {readiness_interval: 0s, )" +
                                    health + R"(}}}
load: {users: {to: shop, rate: 1/s}}
faults: {stuck: {at: 1min, kind: instance.hang, target: shop/0, for: 4min}}
)")
                              .run();
    return std::pair{first(record, "instance.crashed"),
                     events(record, "instance.crashed").front().detail};
  };

  const auto [platforms, three] = crash("liveness_type: http");
  const auto [own, five] = crash("liveness_type: http, liveness_failures: 5");
  BOOST_TEST(three == "3 liveness probes in a row failed");
  BOOST_TEST(five == "5 liveness probes in a row failed");
  BOOST_TEST(std::abs(own - platforms - 20) < 1e-9);  // Two more probes, 10 s apart.
}

BOOST_AUTO_TEST_CASE(an_apps_own_startup_interval_decides_when_it_is_found_ready) {
  const auto ready = [](const std::string& health) {
    const Record record = Rehearsal(R"(
run: {duration: 5min}
platform: {profile: kubernetes}
apps:
  shop: {service_time: 10ms, start_time: 12s, releases: {v1: {}, v2: {like: v1}}, health: {)" +
                                    health + R"(}}
load: {users: {to: shop, rate: 1/s}}
deployments: {swap: {at: 1min, app: shop, release: v2}}
)")
                              .run();
    return first(record, "instance.ready") - first(record, "instance.started");
  };

  BOOST_TEST(std::abs(ready("") - 20) < 1e-9);  // The second probe of every 10 s.
  BOOST_TEST(std::abs(ready("startup_interval: 3s") - 12) < 1e-9);
  BOOST_TEST(std::abs(ready("startup_interval: 5s") - 15) < 1e-9);
}

BOOST_AUTO_TEST_CASE(a_release_has_its_own_cpu_limit) {
  // Goal: half the quota, so each request of 1 s takes nearly twice as long after the roll-out.
  const Record record = Rehearsal(R"(
run: {duration: 10min}
platform: {profile: kubernetes, set: {cpu_quota: true, cpu_period: 100ms}}
apps:
  shop:
    service_time: {deterministic: 1s}
    discipline: processor_sharing
    threads: 1
    cpu: 1
    start_time: 1s
    releases: {v1: {}, v2: {like: v1, cpu: 0.5}}
load: {users: {to: shop, rate: 0.1/s, arrivals: deterministic}}
deployments: {swap: {at: 5min, app: shop, release: v2}}
)")
                            .run();

  BOOST_TEST(latencies(record, 60, 240).mean < 1.01);
  BOOST_TEST(latencies(record, 400, 590).mean > 1.89);
  BOOST_TEST(latencies(record, 400, 590).mean < 2.11);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::model
