/// \file platform_storm.cpp
/// Random faults on top of each other, and then quiet: everything must be as it was wanted.
/// Why: parts that are right alone go wrong together, in orders that nobody writes a test for.
#include <algorithm>
#include <map>

#include "leapday/random.hpp"
#include "sim/model/simulation.hpp"
#include "tests/model/platform_lab.hpp"

namespace leapday::model {
namespace {

std::string pick(Random& random, const std::vector<std::string>& from) {
  return from[random.below(from.size())];
}

/// A dozen faults in the first ten minutes, each over by the fifteenth.
std::string storm(std::uint64_t seed, const std::string& platform) {
  Random random = Random::keyed(seed);
  std::string yaml = "run: {duration: 45min, warmup: 10s, ties: " +
                     std::string(seed % 2 == 0 ? "fixed" : "shuffled") +
                     "}\nplatform: " + platform + R"(
topology:
  zones: {a: {hosts: 3, boot_time: 20s}, b: {hosts: 3, boot_time: 40s}, c: {hosts: 2, boot_time: 5s}}
  network: {same_zone: 200us, same_region: 1ms}
routers: {count: 3, zones: [a, b]}
apps:
  shop: {service_time: 10ms, instances: 9, start_time: 8s, concurrency: 8, routing: {connect_timeout: 400ms}, releases: {v1: {}, v2: {}}}
  back: {service_time: 10ms, instances: 5, start_time: {exponential: {mean: 6s}}, concurrency: 8}
load: {users: {to: shop, rate: 20/s, timeout: 2s}}
deployments:
  rollout: {at: 3min, app: shop, release: v2, max_in_flight: 2}
faults:
)";
  for (int i = 0; i < 12; ++i) {
    const std::string at = std::to_string(10 + random.below(590)) + "s";
    const std::string length = std::to_string(1 + random.below(300)) + "s";
    const std::string kind =
        pick(random, {"host.crash, target: 1 of hosts", "host.crash, target: 40% of hosts in a",
                      "zone.outage, target: c", "link.partition, target: control <-> b",
                      "link.partition, target: a", "link.partition, target: a <-> c",
                      "instance.crash, target: 30% of instances",
                      "host.slow, factor: 4, target: all of hosts in b",
                      "instance.hang, target: 2 of instances of shop",
                      "link.latency, add: 300ms, jitter: 100ms, target: control <-> a",
                      "host.crash, target: 1 of routers", "host.drain, target: 1 of hosts",
                      "link.loss, loss: 30%, target: a <-> b"});
    yaml += "  f" + std::to_string(i) + ": {at: " + at + ", kind: " + kind;
    yaml += kind.starts_with("instance.crash") ? "}\n" : ", for: " + length + "}\n";
  }
  return yaml;
}

/// How many of an app each host and zone has is maintained: here it is counted.
void check_shares(const World& world, const Fleet& fleet) {
  for (std::uint32_t a = 0; a < world.apps.size(); ++a) {
    std::map<std::uint32_t, std::uint32_t> hosts, zones;
    for (const InstanceId id : world.apps[a].instances) {
      const HostId host = world.instances[id.index].host;
      if (!host.valid()) continue;
      ++hosts[host.index];
      if (fleet.hosts[host.index].present) ++zones[world.hosts[host.index].zone.index];
    }
    BOOST_TEST(fleet.shares(AppId{a}).size() == hosts.size());
    for (const HostShare& share : fleet.shares(AppId{a})) {
      BOOST_TEST(share.count == hosts[share.row]);
    }
    for (std::uint32_t z = 0; z < world.zones.size(); ++z) {
      BOOST_TEST(fleet.by_zone(AppId{a})[z] == zones[z]);
    }
  }
}

/// How the slots of a group stand, likewise.
void check_counts(Fleet& fleet, GroupId id) {
  GroupCounts counted;
  SlotId last_unready;
  const auto believed = [&](InstanceId instance) {
    return instance.valid() && fleet.tracked[instance.index].believed_ready;
  };
  for (const SlotId slot_id : fleet.groups[id.index].slots) {
    const Slot& slot = fleet.slots[slot_id.index];
    ++counted.wanted;
    if (!believed(slot.current)) last_unready = slot_id;
    if (believed(slot.current) ||
        std::any_of(slot.suspects.begin(), slot.suspects.end(), believed)) {
      ++counted.routable;
    } else if (slot.waiting || slot.given_up || !slot.current.valid()) {
      ++counted.unhealthy;
    } else {
      ++counted.starting;
    }
  }
  const GroupCounts maintained = fleet.counts(id);
  BOOST_TEST(maintained.wanted == counted.wanted);
  BOOST_TEST(maintained.routable == counted.routable);
  BOOST_TEST(maintained.starting == counted.starting);
  BOOST_TEST(maintained.unhealthy == counted.unhealthy);
  BOOST_TEST((fleet.last_unready(id) == last_unready));
}

/// What must hold between any two events.
void check_tables(Simulation& simulation) {
  const World& world = simulation.world;
  std::vector<std::int64_t> memory(world.hosts.size(), 0);
  for (std::uint32_t i = 0; i < world.instances.size(); ++i) {
    const InstanceRecord& record = world.instances[i];
    if (record.state == InstanceState::gone) {
      BOOST_TEST(!record.ready);
      continue;
    }
    if (!record.host.valid()) {
      BOOST_TEST((record.state == InstanceState::pending));
      continue;
    }
    // Kubernetes binds to nodes that it does not know to be dead; nothing runs there.
    BOOST_TEST((world.hosts[record.host.index].up || record.state == InstanceState::pending),
               world.name_of({i}) << " lives on a dead host");
    memory[record.host.index] += world.release_of(record).memory.count;
    const auto& here = world.hosts[record.host.index].instances;
    BOOST_TEST((std::find(here.begin(), here.end(), InstanceId{i}) != here.end()));
  }
  for (std::size_t h = 0; h < world.hosts.size(); ++h) {
    BOOST_TEST(world.hosts[h].memory_used.count == memory[h]);
    BOOST_TEST(world.hosts[h].memory_used.count <= world.hosts[h].memory_total.count);
    std::uint32_t starting = 0;
    for (const InstanceId id : world.hosts[h].instances) {
      starting += simulation.platform.fleet.track(id).counted_starting ? 1 : 0;
    }
    BOOST_TEST(simulation.platform.fleet.hosts[h].starting == starting);
  }
  check_shares(world, simulation.platform.fleet);
  for (std::uint32_t g = 0; g < simulation.platform.fleet.groups.size(); ++g) {
    check_counts(simulation.platform.fleet, GroupId{g});
  }
}

/// What must hold once everything is over: beliefs are true again.
void check_quiet(Simulation& simulation) {
  World& world = simulation.world;
  for (std::uint32_t a = 0; a < world.apps.size(); ++a) {
    const AppState& app = world.apps[a];
    BOOST_TEST(app.instances.size() == static_cast<std::size_t>(app.spec->instances),
               app.name << " has " << app.instances.size());
    for (const InstanceId id : app.instances) {
      BOOST_TEST(world.instance(id).ready, world.name_of(id) << " is not ready");
      BOOST_TEST(simulation.platform.fleet.track(id).believed_ready);
      for (std::uint32_t r = 0; r < world.routers.size(); ++r) {
        BOOST_TEST(simulation.traffic.routed(RouterId{r}, id), world.name_of(id));
      }
    }
  }
  for (std::uint32_t i = 0; i < world.instances.size(); ++i) {
    if (world.instances[i].state != InstanceState::gone) continue;
    for (std::uint32_t r = 0; r < world.routers.size(); ++r) {
      BOOST_TEST(!simulation.traffic.routed(RouterId{r}, InstanceId{i}),
                 world.name_of({i}) << " is routed by router-" << r << " and gone");
    }
  }
  for (std::size_t h = 0; h < world.hosts.size(); ++h) {
    const HostView& view = simulation.platform.fleet.hosts[h];
    BOOST_TEST(world.hosts[h].up);
    BOOST_TEST((view.present && view.heard));
    BOOST_TEST(view.believed.size() == world.hosts[h].instances.size());
    BOOST_TEST(world.hosts[h].speed == 1);
  }
}

BOOST_AUTO_TEST_SUITE(platform_storm)

BOOST_AUTO_TEST_CASE(after_any_storm_everything_is_as_wanted) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const std::string platform =
        seed % 3 == 0 ? "{profile: kubernetes}"
        : seed % 3 == 1
            ? "{profile: cf-diego}"
            : "{profile: cf-diego, set: {host_max_starting: 1, route_prune_cut_off: true}}";
    BOOST_TEST_CONTEXT("seed " << seed << " on " << platform) {
      const Rehearsal lab(storm(seed, platform));
      Simulation simulation(lab.scenario, lab.registry, {.seed = seed});
      for (int second = 0; second < 1200; second += 7) {
        simulation.world.scheduler.run_until(at_second(second));
        check_tables(simulation);
      }
      simulation.world.scheduler.run_until(at_second(45 * 60));
      check_quiet(simulation);
      simulation.traffic.settle();
      BOOST_TEST(simulation.world.recorder.requests().balanced());
      BOOST_TEST(simulation.world.recorder.attempts().balanced());
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::model
