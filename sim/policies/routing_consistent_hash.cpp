/// \file routing_consistent_hash.cpp
/// A ring of 160 points per weight and instance (ketama's number); a client's key goes to the next
/// point's instance, or to the following ones while that is unusable.
/// Why: when one of n instances goes, only its own share of the clients moves.
#include <algorithm>
#include <utility>
#include <vector>

#include "leapday/registry.hpp"

namespace leapday {
namespace {

constexpr std::uint32_t kPointsPerWeight = 160;

class ConsistentHash final : public RouterPolicy {
 public:
  RouteChoice pick(const RouteTable& table, const RouteRequest& request, Random&) override {
    if (table.usable() == 0) return std::nullopt;
    if (version_ != table.version()) rebuild(table);
    auto point = std::lower_bound(ring_.begin(), ring_.end(), std::pair{request.key, 0U});
    for (;; ++point) {
      if (point == ring_.end()) point = ring_.begin();
      if (table.row(point->second).usable) return point->second;
    }
  }

  bool reads_open() const override { return false; }

 private:
  void rebuild(const RouteTable& table) {
    version_ = table.version();
    ring_.clear();
    for (std::uint32_t row = 0; row < table.size(); ++row) {
      const std::uint32_t points = kPointsPerWeight * table.row(row).weight;
      for (std::uint32_t i = 0; i < points; ++i) {
        ring_.emplace_back(hash_combine(table.row(row).name_hash, i), row);
      }
    }
    std::sort(ring_.begin(), ring_.end());
  }

  std::uint64_t version_ = 0;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> ring_;
};

}  // namespace

void register_routing_consistent_hash(Registry& registry) {
  registry.routing.add(
      "consistent_hash", "a client keeps its instance; few move when one goes",
      [](const RouterPolicyOptions&) { return std::make_unique<ConsistentHash>(); });
}

}  // namespace leapday
