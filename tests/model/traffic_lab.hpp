/// \file traffic_lab.hpp
/// The request path on a bench: apps that run for ever on hosts that nobody manages.
/// Why: what theory says of queues, callers and routers is tested without a platform that restarts
/// and reroutes, and every test run is checked for lost requests on the way.
#pragma once

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "leapday/registry.hpp"
#include "leapday/scenario.hpp"
#include "sim/model/network.hpp"
#include "sim/model/traffic.hpp"
#include "sim/model/world.hpp"

namespace leapday::model {

/// Statistics need many requests; with LEAPDAY_TEST_SHORT=1 such tests are left out.
inline bool short_tests() {
  const char* set = std::getenv("LEAPDAY_TEST_SHORT");
  return set != nullptr && std::string(set) == "1";
}

#define LEAPDAY_LONG_TEST()                                                    \
  do {                                                                         \
    if (::leapday::model::short_tests()) {                                     \
      BOOST_TEST_MESSAGE("left out: LEAPDAY_TEST_SHORT asks for short tests"); \
      return;                                                                  \
    }                                                                          \
  } while (false)

/// A scenario whose single app "shop" gets load "users", and whose instances keep their places.
class TrafficLab : PlatformHooks {
 public:
  explicit TrafficLab(Scenario& scenario, std::uint64_t seed = 1, bool fast_path = true)
      : scenario_(prepared(scenario)),
        registry_(policies()),
        world(scenario_, registry_, seed, kSimStart - scenario_.run.warmup),
        network(world),
        traffic(world, network, *this) {
    for (std::uint32_t a = 0; a < world.apps.size(); ++a) {
      for (std::int64_t i = 0; i < world.apps[a].spec->instances; ++i) add_instance(a);
    }
    if (!fast_path) traffic.without_fast_path();
    traffic.start();
  }

  /// Instance i goes to host i in turn.
  InstanceId add_instance(std::uint32_t app) {
    const InstanceId id{static_cast<std::uint32_t>(world.instances.size())};
    std::uint32_t hosts = 0;
    for (const ZoneState& zone : world.zones)
      hosts += static_cast<std::uint32_t>(zone.hosts.size());
    AppState& state = world.apps[app];
    InstanceRecord record;
    record.number = static_cast<std::uint32_t>(state.instances.size());
    record.name_hash = hash_name(state.name + "/" + std::to_string(record.number));
    record.app = {app};
    record.release = {0};
    record.host = {record.number % hosts};
    record.state = InstanceState::running;
    record.ready = true;
    record.cpu_weight = state.spec->cpu_weight.value_or(1);
    world.instances.push_back(record);
    state.instances.push_back(id);
    world.host(record.host).instances.push_back(id);
    traffic.instance_listening(id);
    for (std::uint32_t r = 0; r < world.routers.size(); ++r) traffic.route_add({r}, id);
    return id;
  }

  WallTime wall_at(ClockId, SimTime then) const override { return world.true_wall(then); }

  void run_until(Duration at) { world.scheduler.run_until(kSimStart + at); }
  /// Runs to the end and checks that nothing was lost.
  Record finish() {
    world.scheduler.run_until(kSimStart + scenario_.run.duration);
    traffic.settle();
    BOOST_TEST(world.recorder.requests().balanced());
    BOOST_TEST(world.recorder.attempts().balanced());
    BOOST_TEST(world.recorder.calls().balanced());
    Record record = world.recorder.finish(world.now(), world.scheduler.stop_reason(),
                                          world.scheduler.processed());
    for (const Series& series : record.series) {
      BOOST_TEST(series.total.balanced(), series.subject << " lost requests");
    }
    return record;
  }

  void hang(InstanceId id, bool hung) {
    world.instance(id).hung = hung;
    traffic.instance_changed(id);
  }
  void set_host_speed(HostId id, double speed) {
    world.host(id).speed = speed;
    for (const InstanceId instance : world.host(id).instances) traffic.instance_changed(instance);
  }
  /// The process; its machine stays as it is.
  void set_router(RouterId id, bool up) {
    world.routers[id.index].up = up;
    traffic.router_changed(id);
  }

  void set_router_machine(RouterId id, bool up) {
    world.host(world.routers[id.index].host).up = up;
    set_router(id, up);
  }

  std::vector<InstanceId> drained_instances;
  std::vector<InstanceId> loaded_instances;
  std::vector<InstanceId> crashed_instances;

  static Registry policies() {
    Registry registry;
    register_policies(registry);
    return registry;
  }

 private:
  static Scenario& prepared(Scenario& scenario) {
    if (scenario.run.duration <= Duration{0}) scenario.run.duration = 100s;
    return scenario;
  }
  void crashed_by_request(InstanceId id) override {
    crashed_instances.push_back(id);
    traffic.instance_gone(id, Departure::crash);
  }
  void loaded(InstanceId id) override { loaded_instances.push_back(id); }
  void unreachable(RouterId, InstanceId) override {}
  void drained(InstanceId id) override { drained_instances.push_back(id); }

  Scenario& scenario_;
  Registry registry_;

 public:
  World world;
  Network network;
  Traffic traffic;
};

/// App "shop" with so many instances under a Poisson load "users".
inline Scenario shop(std::int64_t instances, Distribution service, double per_second,
                     Duration duration) {
  Scenario scenario;
  scenario.run.duration = duration;
  scenario.run.warmup = duration / 20;
  App& app = scenario.apps["shop"];
  app.instances = instances;
  app.service_time = std::move(service);
  Load& load = scenario.loads["users"];
  load.to = "shop";
  load.rate = Rate{per_second};
  scenario.platform.algorithms.routing = "round_robin";
  return scenario;
}

inline Record run(Scenario scenario, std::uint64_t seed = 1) {
  return TrafficLab(scenario, seed).finish();
}

inline double mean_latency(const Record& record, const std::string& subject = "users") {
  const Series* series = record.find_series(subject);
  BOOST_REQUIRE(series != nullptr);
  BOOST_REQUIRE(series->total.answered > 0);
  return series->latency_sum_seconds / static_cast<double>(series->total.answered);
}
inline double quantile(const Record& record, double q, const std::string& subject = "users") {
  return static_cast<double>(record.find_series(subject)->latency_total.quantile(q).count()) * 1e-9;
}
inline std::uint64_t failures(const Record& record, FailureReason reason,
                              const std::string& subject = "users") {
  return record.find_series(subject)->total.failed[static_cast<std::size_t>(reason)];
}
/// Relative error, printed with what it is about.
inline void check_near(const std::string& what, double value, double expected, double tolerance) {
  BOOST_TEST_MESSAGE(what << ": " << value << ", expected " << expected << " ("
                          << (value / expected - 1) * 100 << " %)");
  BOOST_TEST(std::abs(value / expected - 1) <= tolerance, what << " is " << value << ", expected "
                                                               << expected << " within "
                                                               << tolerance * 100 << " %");
}

/// Whether a share of n independent trials is what chance gives 999 times of 1000.
inline void check_share(const std::string& what, double seen, double n, double expected) {
  const double allowed = 3.2905 * std::sqrt(expected * (1 - expected) / n);
  BOOST_TEST_MESSAGE(what << ": " << seen << " of " << n << ", expected " << expected << " +- "
                          << allowed);
  BOOST_TEST(std::abs(seen - expected) <= allowed,
             what << " is " << seen << ", expected " << expected << " +- " << allowed);
}

/// App "shop" that answers at once after its calls, under a trace with this gap.
inline Scenario front_of(Duration gap, int count, std::vector<CallSpec> calls) {
  Scenario scenario;
  scenario.run.duration = count * gap + 60s;
  App& app = scenario.apps["shop"];
  app.service_time = Distribution::deterministic(0s);
  app.concurrency = 0;
  app.calls = std::move(calls);
  Load& load = scenario.loads["users"];
  load.to = "shop";
  load.trace.emplace();
  for (int i = 0; i < count; ++i) load.trace->rows.push_back({.at = i * gap});
  scenario.platform.algorithms.routing = "round_robin";
  return scenario;
}

}  // namespace leapday::model
