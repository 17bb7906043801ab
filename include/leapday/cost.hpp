/// \file cost.hpp
/// What a place used over a time, and what that costs at the scenario's prices.
/// Why: the metric and every report say the same sum.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "leapday/record.hpp"
#include "leapday/scenario.hpp"

namespace leapday {

/// Amounts, and money in the scenario's currency.
struct Usage {
  double host_hours = 0;
  double instance_hours = 0;
  double egress_gb = 0;  ///< Of 10^9 bytes; to clients and other clouds.
  double region_gb = 0;  ///< To other regions of the cloud.
  double zone_gb = 0;    ///< To other zones of the region.
  double hosts_cost = 0;
  double instances_cost = 0;
  double traffic_cost = 0;

  double cost() const { return hosts_cost + instances_cost + traffic_cost; }
};

/// The price in a zone: its own, else its region's, else its cloud's.
Price price_of(const Topology& topology, const Zone& zone);
/// True when somebody charges for something.
bool has_prices(const Topology& topology);

/// Of a zone, region or cloud, or of all zones with "total", in [from, to); nothing when the run
/// did not count it.
std::optional<Usage> usage_of(const Scenario& scenario, const Record& record,
                              std::string_view place, SimTime from, SimTime to);
/// Hours that placed instances of an app, or in a zone, add up to.
std::optional<double> placed_hours(const Record& record, std::string_view subject, SimTime from,
                                   SimTime to);

/// The whole run by cloud, those with prices or usage; zones of no cloud are under "".
struct CloudUsage {
  std::string cloud;
  Usage usage;
};
std::vector<CloudUsage> usage_by_cloud(const Scenario& scenario, const Record& record);

}  // namespace leapday
