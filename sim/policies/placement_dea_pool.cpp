/// \file placement_dea_pool.cpp
/// DEA-NG: the Cloud Controller picks from what DEAs advertised, as of 2013 and as of 2015.
/// Why: between the reply race and Diego's auction lie two rules that many installations ran:
/// fewest of the app anywhere, then zones and free memory.
#include <algorithm>
#include <vector>

#include "leapday/policy.hpp"
#include "leapday/registry.hpp"

namespace leapday {
namespace {

/// Rows that may be used and are not beaten by another in `load`.
template <class Load>
std::vector<std::uint32_t> least(const std::vector<std::uint32_t>& rows, Load load) {
  std::vector<std::uint32_t> found;
  for (const std::uint32_t row : rows) {
    if (!found.empty() && load(row) > load(found.front())) continue;
    if (!found.empty() && load(row) < load(found.front())) found.clear();
    found.push_back(row);
  }
  return found;
}

std::vector<std::uint32_t> usable(const HostTable& hosts, const PlacementRequest& request) {
  std::vector<std::uint32_t> rows;
  for (std::uint32_t row = 0; row < hosts.rows().size(); ++row) {
    if (request.may_use(hosts.row(row))) rows.push_back(row);
  }
  return rows;
}

std::optional<HostId> any_of(const HostTable& hosts, const std::vector<std::uint32_t>& rows,
                             Random& random) {
  if (rows.empty()) return std::nullopt;
  return hosts.row(rows[random.below(rows.size())]).host;
}

/// cloud_controller_ng@0be0aa06 dea_pool.rb: shuffle, then the fewest instances of the app.
class DeaPool2013 final : public PlacementPolicy {
 public:
  PlacementHonours honours() const override { return {.cpu = false, .hosts = false}; }
  double rank(const HostRow& host, const PlacementWeights&) const override {
    return host.instances;
  }
  std::optional<HostId> place(const HostTable& hosts, const PlacementRequest& request,
                              Random& random) override {
    const auto of_app = [&](std::uint32_t row) { return request.on_host(row); };
    return any_of(hosts, least(usable(hosts, request), of_app), random);
  }
};

/// cloud_controller_ng@4ffa01ab dea/pool.rb: the zone with the fewest, the fewest of the app, the
/// upper half by free memory, and any of those.
class DeaPool2015 final : public PlacementPolicy {
 public:
  PlacementHonours honours() const override { return {.cpu = false, .hosts = false}; }
  double rank(const HostRow& host, const PlacementWeights&) const override {
    return static_cast<double>(host.memory_used.count);
  }
  std::optional<HostId> place(const HostTable& hosts, const PlacementRequest& request,
                              Random& random) override {
    const auto in_zone = [&](std::uint32_t row) { return request.in_zone(hosts.row(row).zone); };
    const auto of_app = [&](std::uint32_t row) { return request.on_host(row); };
    std::vector<std::uint32_t> rows = least(least(usable(hosts, request), in_zone), of_app);
    std::stable_sort(rows.begin(), rows.end(), [&](std::uint32_t a, std::uint32_t b) {
      return hosts.row(a).memory_left() > hosts.row(b).memory_left();
    });
    rows.resize((rows.size() + 1) / 2);
    return any_of(hosts, rows, random);
  }
};

}  // namespace

void register_placement_dea_pool(Registry& registry) {
  registry.placement.add("dea_pool_2013", "DEA-NG of 2013: any host with the fewest of the app",
                         [] { return std::make_unique<DeaPool2013>(); });
  registry.placement.add("dea_pool_2015",
                         "DEA-NG of 2015: zone with the fewest, host with the fewest, most memory",
                         [] { return std::make_unique<DeaPool2015>(); });
}

}  // namespace leapday
