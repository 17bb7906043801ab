/// \file cost.cpp
/// Adds up what was counted by zone. Why: see cost.hpp.
#include "leapday/cost.hpp"

#include <algorithm>

namespace leapday {
namespace {

constexpr double kNanosecondsPerHour = 3.6e12;
constexpr double kBytesPerGb = 1e9;

/// The area under a step function between two instants, in value times hours.
double area(const StepSeries& series, SimTime from, SimTime to) {
  double sum = 0;
  for (std::size_t i = 0; i < series.steps.size(); ++i) {
    const SimTime begin = std::max(series.steps[i].first, from);
    const SimTime end = i + 1 < series.steps.size() ? std::min(series.steps[i + 1].first, to) : to;
    if (end <= begin) continue;
    sum += series.steps[i].second * static_cast<double>((end - begin).count());
  }
  return sum / kNanosecondsPerHour;
}

double value_at(const StepSeries& series, SimTime at) {
  double value = 0;
  for (const auto& [since, step] : series.steps) {
    if (since > at) break;
    value = step;
  }
  return value;
}

/// How much a counter went up, in 10^9.
double increase(const Record& record, std::string_view metric, std::string_view zone, SimTime from,
                SimTime to) {
  const StepSeries* series = record.find_steps(metric, zone);
  if (series == nullptr) return 0;
  return (value_at(*series, to) - value_at(*series, from)) / kBytesPerGb;
}

const std::string& cloud_of(const Topology& topology, const Zone& zone) {
  static const std::string kNone;
  const Region* region = topology.regions.find(zone.region);
  return region != nullptr ? region->cloud : kNone;
}

void add(Usage& sum, const Usage& more) {
  sum.host_hours += more.host_hours;
  sum.instance_hours += more.instance_hours;
  sum.egress_gb += more.egress_gb;
  sum.region_gb += more.region_gb;
  sum.zone_gb += more.zone_gb;
  sum.hosts_cost += more.hosts_cost;
  sum.instances_cost += more.instances_cost;
  sum.traffic_cost += more.traffic_cost;
}

std::optional<Usage> usage_of_zone(const Topology& topology, const Record& record,
                                   const NamedMap<Zone>::Entry& zone, SimTime from, SimTime to) {
  const StepSeries* hosts = record.find_steps("hosts", zone.name);
  const StepSeries* placed = record.find_steps("placed", zone.name);
  if (hosts == nullptr || placed == nullptr) return std::nullopt;
  const Price price = price_of(topology, zone.value);
  Usage usage;
  usage.host_hours = area(*hosts, from, to);
  usage.instance_hours = area(*placed, from, to);
  usage.egress_gb = increase(record, "egress", zone.name, from, to);
  usage.region_gb = increase(record, "to_regions", zone.name, from, to);
  usage.zone_gb = increase(record, "to_zones", zone.name, from, to);
  usage.hosts_cost = usage.host_hours * price.host_hour.value_or(0);
  usage.instances_cost = usage.instance_hours * price.instance_hour.value_or(0);
  usage.traffic_cost = usage.egress_gb * price.egress_gb.value_or(0) +
                       usage.region_gb * price.region_gb.value_or(0) +
                       usage.zone_gb * price.zone_gb.value_or(0);
  return usage;
}

}  // namespace

Price price_of(const Topology& topology, const Zone& zone) {
  Price price = zone.price.value_or(Price{});
  const Region* region = topology.regions.find(zone.region);
  if (region == nullptr) return price;
  price = price.or_else(region->price.value_or(Price{}));
  const Cloud* cloud = topology.clouds.find(region->cloud);
  return cloud != nullptr ? price.or_else(cloud->price.value_or(Price{})) : price;
}

bool has_prices(const Topology& topology) {
  return std::any_of(topology.zones.begin(), topology.zones.end(),
                     [&](const auto& zone) { return price_of(topology, zone.value).any(); });
}

std::optional<Usage> usage_of(const Scenario& scenario, const Record& record,
                              std::string_view place, SimTime from, SimTime to) {
  const Topology& topology = scenario.topology;
  const bool everywhere = place == "total" || place == "hosts";
  std::optional<Usage> sum;
  for (const auto& zone : topology.zones) {
    if (!everywhere && zone.name != place && zone.value.region != place &&
        cloud_of(topology, zone.value) != place) {
      continue;
    }
    const std::optional<Usage> usage = usage_of_zone(topology, record, zone, from, to);
    if (!usage) return std::nullopt;
    if (!sum) sum.emplace();
    add(*sum, *usage);
  }
  return sum;
}

std::optional<double> placed_hours(const Record& record, std::string_view subject, SimTime from,
                                   SimTime to) {
  const StepSeries* placed = record.find_steps("placed", subject);
  if (placed == nullptr) return std::nullopt;
  return area(*placed, from, to);
}

std::vector<CloudUsage> usage_by_cloud(const Scenario& scenario, const Record& record) {
  const Topology& topology = scenario.topology;
  std::vector<CloudUsage> rows;
  for (const auto& zone : topology.zones) {
    const std::optional<Usage> usage =
        usage_of_zone(topology, record, zone, kSimStart, record.ended);
    if (!usage) return {};
    const std::string& cloud = cloud_of(topology, zone.value);
    auto row = std::find_if(rows.begin(), rows.end(),
                            [&cloud](const CloudUsage& other) { return other.cloud == cloud; });
    if (row == rows.end()) row = rows.insert(rows.end(), {cloud, {}});
    add(row->usage, *usage);
  }
  return rows;
}

}  // namespace leapday
