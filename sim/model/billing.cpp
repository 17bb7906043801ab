/// \file billing.cpp
/// Counts hosts, instances and bytes by zone, each in steps of the record.
/// Why: bytes change with every answer, so they are told once per row of the record.
#include "sim/model/billing.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <variant>

#include "sim/model/world.hpp"

namespace leapday::model {
namespace {

bool is_of_cost(std::string_view metric) {
  return metric == "cost" || metric == "host_hours" || metric == "instance_hours" ||
         metric == "egress_gb";
}

bool asks_for_cost(const Condition& condition) {
  return is_of_cost(condition.comparison.call.metric) ||
         std::any_of(condition.operands.begin(), condition.operands.end(), asks_for_cost);
}

bool asks_for_cost(const At& at) {
  const auto* when = std::get_if<At::When>(&at.what);
  return when != nullptr && asks_for_cost(when->condition);
}

bool is_wanted(const Scenario& scenario) {
  const Topology& topology = scenario.topology;
  const auto priced = [](const auto& entry) { return entry.value.price.has_value(); };
  if (std::any_of(topology.zones.begin(), topology.zones.end(),
                  [&](const auto& zone) { return priced(zone) || zone.value.pool; }) ||
      std::any_of(topology.regions.begin(), topology.regions.end(), priced) ||
      std::any_of(topology.clouds.begin(), topology.clouds.end(), priced)) {
    return true;
  }
  for (const auto& fault : scenario.faults) {
    if (asks_for_cost(fault.value.at)) return true;
  }
  for (const auto& deployment : scenario.deployments) {
    if (asks_for_cost(deployment.value.at)) return true;
    if (deployment.value.gate && asks_for_cost(deployment.value.gate->condition)) return true;
  }
  return std::any_of(scenario.expectations.begin(), scenario.expectations.end(),
                     [](const auto& entry) {
                       return is_of_cost(entry.value.comparison.call.metric) ||
                              asks_for_cost(entry.value.condition);
                     });
}

bool has_sizes(const Scenario& scenario) {
  return std::any_of(scenario.apps.begin(), scenario.apps.end(), [](const auto& app) {
    return app.value.response_size ||
           std::any_of(app.value.endpoints.begin(), app.value.endpoints.end(),
                       [](const auto& endpoint) { return endpoint.value.response_size; });
  });
}

}  // namespace

void Billing::begin(World& world) {
  if (!is_wanted(world.scenario)) return;
  world_ = &world;
  charges_traffic_ = has_sizes(world.scenario);
  static constexpr std::array<const char*, kWays> kNames{"egress", "to_regions", "to_zones"};
  Recorder& recorder = world.recorder;
  for (const ZoneState& zone : world.zones) {
    ZoneBill bill;
    bill.hosts = std::count_if(zone.hosts.begin(), zone.hosts.end(),
                               [&](HostId host) { return world.hosts[host.index].provisioned; });
    bill.hosts_step = recorder.add_steps("hosts", zone.name, static_cast<double>(bill.hosts));
    bill.placed_step = recorder.add_steps("placed", zone.name, 0);
    for (std::size_t way = 0; charges_traffic_ && way < kWays; ++way) {
      bill.ways[way].step = recorder.add_steps(kNames[way], zone.name, 0);
      bill.ways[way].told = world.now();
    }
    zones_.push_back(bill);
  }
  for (const AppState& app : world.apps) {
    apps_.push_back({.placed_step = recorder.add_steps("placed", app.name, 0)});
  }
}

void Billing::host(ZoneId zone, int change) {
  if (!on()) return;
  ZoneBill& bill = zones_[zone.index];
  bill.hosts += change;
  world_->recorder.step(bill.hosts_step, world_->now(), static_cast<double>(bill.hosts));
}

void Billing::instance(AppId app, ZoneId zone, int change) {
  if (!on()) return;
  ZoneBill& bill = zones_[zone.index];
  AppBill& own = apps_[app.index];
  bill.placed += change;
  own.placed += change;
  world_->recorder.step(bill.placed_step, world_->now(), static_cast<double>(bill.placed));
  world_->recorder.step(own.placed_step, world_->now(), static_cast<double>(own.placed));
}

void Billing::moved(std::uint32_t from, std::uint32_t to, std::int64_t bytes) {
  if (from == to) return;
  Way way = egress;
  if (to != kClients) {
    const ZoneState& here = world_->zones[from];
    const ZoneState& there = world_->zones[to];
    if (here.cloud == there.cloud) way = here.region == there.region ? to_zones : to_regions;
  }
  Counter& counter = zones_[from].ways[way];
  const std::int64_t row = world_->recorder.row_length().count();
  const std::int64_t at = world_->now().time_since_epoch().count();
  const SimTime begin{Duration{at - ((at % row) + row) % row}};
  if (begin > counter.told) {
    world_->recorder.step(counter.step, begin, static_cast<double>(counter.bytes));
    counter.told = begin;
  }
  counter.bytes += bytes;
}

void Billing::settle() {
  if (!on() || !charges_traffic_) return;
  for (ZoneBill& bill : zones_) {
    for (Counter& counter : bill.ways) {
      world_->recorder.step(counter.step, world_->now(), static_cast<double>(counter.bytes));
    }
  }
}

}  // namespace leapday::model
