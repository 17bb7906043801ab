/// \file topology.cpp
/// The run's times, places, links and routers. Why: see validate.hpp.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "leapday/leap_seconds.hpp"
#include "scenarios/load/limits.hpp"
#include "scenarios/load/scalars.hpp"
#include "scenarios/load/text.hpp"
#include "scenarios/validate/context.hpp"

namespace leapday::loading {
namespace {

constexpr std::int64_t kFirstSecond = -62135596800;  // 0001-01-01
constexpr std::int64_t kLastSecond = 253402300799;   // 9999-12-31T23:59:59

void check_place(const Context& c, const std::string& name, const std::string& path) {
  if (name.empty() || name == "clients" || name == "control") return;
  if (c.names.find(name, NameKind::zone) != nullptr ||
      c.names.find(name, NameKind::region) != nullptr ||
      c.names.find(name, NameKind::cloud) != nullptr) {
    return;
  }
  auto known = c.names.of_kinds({NameKind::zone, NameKind::region, NameKind::cloud});
  known.insert(known.end(), {"clients", "control"});
  c.problem(path, fmt::format("no place is named {}", quoted(name)), suggestion(name, known));
}

/// Hosts are named zone-0, zone-1, ...: no name may look like one of them.
void check_host_names(const Context& c) {
  const auto refuse = [&](const auto& map, std::string_view section) {
    for (const auto& entry : map) {
      if (!c.host(entry.name) && !c.is_router(entry.name)) continue;
      c.problem(entry.at, fmt::format("{}.{}", section, entry.name),
                fmt::format("{} is also the name of a host or router", quoted(entry.name)),
                "choose another name");
    }
  };
  refuse(c.scenario.topology.zones, "topology.zones");
  refuse(c.scenario.apps, "apps");
  refuse(c.scenario.dependencies, "dependencies");
}

void check_routers(const Context& c) {
  const Routers& routers = c.scenario.routers;
  for (std::size_t i = 0; i < routers.zones.size(); ++i) {
    const std::string& zone = routers.zones[i];
    if (!zone.empty() && c.names.find(zone, NameKind::zone) == nullptr) {
      c.unknown(fmt::format("routers.zones[{}]", i), NameKind::zone, zone);
    }
  }
}

/// Each stands before a midnight, no two on neighbouring days.
void check_leap_seconds(const Context& c) {
  constexpr std::int64_t kDay = 86'400;
  const RunSpec& run = c.scenario.run;
  for (std::size_t i = 0; i < run.leap_seconds.size(); ++i) {
    const WallTime before = run.leap_seconds[i].before;
    const std::string path = fmt::format("run.leap_seconds[{}].before", i);
    if (before.seconds % kDay != 0 || before.nanoseconds != 0) {
      c.problem(path, "a leap second stands before a midnight of UTC",
                "write a timestamp such as 2026-01-01T00:00:00Z");
      continue;
    }
    const auto all = leap_seconds(run.leap_seconds);
    const auto near = std::count_if(all.begin(), all.end(), [&](const LeapBefore& other) {
      return std::abs(other.midnight - before.seconds) <= kDay;
    });
    if (near > 1) {
      c.problem(path, "there is a leap second on this day or the next already",
                "those of 1972 to 2016 need not be stated; leave a day between two");
    }
    const std::int64_t first = (run.start + -run.warmup).seconds;
    if (before.seconds < first - kDay ||
        before.seconds > (run.start + run.duration).seconds + kDay) {
      c.scenario.warnings.push_back(fmt::format(
          "run.leap_seconds[{}] has no effect: no clock does anything about it during the run", i));
    }
  }
}

}  // namespace

void check_run(const Context& c) {
  const RunSpec& run = c.scenario.run;
  constexpr Duration kLongest = kSimEnd.time_since_epoch();
  if (run.warmup > kLongest - run.duration) {
    c.problem("run.duration", "warm-up and duration together exceed 36 years",
              "the simulated clock ends after 36 years");
  }
  const WallTime first = run.start + -run.warmup;
  const WallTime last = run.start + run.duration;
  if (first.seconds < kFirstSecond || last.seconds > kLastSecond) {
    c.problem("run.start", "the run leaves the years 1 to 9999", "choose another start");
  }
  check_leap_seconds(c);
  if (run.require &&
      (run.require->confidence.is_zero() || run.require->confidence == Ratio{1, 1})) {
    c.problem("run.require.confidence", "no interval has this confidence", "use 90% or 95%");
  }
}

void check_topology(Context& c) {
  Topology& topology = c.scenario.topology;
  for (const auto& region : topology.regions) {
    const std::string& cloud = region.value.cloud;
    if (!cloud.empty() && c.names.find(cloud, NameKind::cloud) == nullptr) {
      c.unknown(fmt::format("topology.regions.{}.cloud", region.name), NameKind::cloud, cloud);
    }
  }
  std::int64_t hosts = 0;
  for (const auto& zone : topology.zones) {
    const std::string& region = zone.value.region;
    if (!region.empty() && c.names.find(region, NameKind::region) == nullptr) {
      c.unknown(fmt::format("topology.zones.{}.region", zone.name), NameKind::region, region);
    }
    hosts += zone.value.hosts;
  }
  if (hosts > kMaxHosts) {
    c.problem("topology.zones", fmt::format("{} hosts are more than {}", hosts, kMaxHosts),
              "use fewer hosts");
  }
  for (std::size_t i = 0; i < topology.network.links.size(); ++i) {
    const NetworkLink& link = topology.network.links[i];
    check_place(c, link.from, fmt::format("topology.network.links[{}].from", i));
    check_place(c, link.to, fmt::format("topology.network.links[{}].to", i));
  }
  check_host_names(c);
  check_routers(c);
  if (!topology.zones.empty()) return;
  // One host that never is the bottleneck: such a scenario asks about apps, not about places.
  Zone everything;
  everything.cores = 10000;
  everything.memory = Bytes{std::int64_t{1} << 50};
  everything.disk = Bytes{std::int64_t{1} << 50};
  const std::string name = c.names.find("zone") == nullptr ? "zone" : "default-zone";
  if (c.names.find(name) != nullptr) return;
  topology.zones.entries.push_back({name, {}, everything});
  c.names.add(name, {NameKind::zone, 0, 0, {}}, "topology.zones", c.problems);
  c.scenario.provenance.push_back({"topology.zones." + name,
                                   "1 host, 10000 cores, 1PiB memory and disk",
                                   Origin::defaulted,
                                   {},
                                   std::nullopt});
}

}  // namespace leapday::loading
