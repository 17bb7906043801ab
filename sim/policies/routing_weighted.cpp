/// \file routing_weighted.cpp
/// Smooth weighted round robin as nginx does it: every turn adds each usable row's weight to its
/// credit, the largest credit wins and pays the sum.
/// Why: shares follow the weights without bursts, and also while rows are out of rotation
/// (ngx_http_upstream_get_peer; costs one pass over the rows, as there).
#include <algorithm>
#include <utility>
#include <vector>

#include "leapday/registry.hpp"

namespace leapday {
namespace {

class Weighted final : public RouterPolicy {
 public:
  RouteChoice pick(const RouteTable& table, const RouteRequest&, Random&) override {
    if (table.usable() == 0) return std::nullopt;
    if (version_ != table.version()) rebuild(table);
    std::int64_t total = 0;
    RouteChoice best;
    for (std::uint32_t row = 0; row < table.size(); ++row) {
      if (!table.row(row).usable) continue;
      credit_[row] += table.row(row).weight;
      total += table.row(row).weight;
      if (!best || credit_[row] > credit_[*best]) best = row;
    }
    credit_[*best] -= total;
    return best;
  }

  bool reads_open() const override { return false; }

 private:
  /// Credits stay with their instances when rows come and go.
  void rebuild(const RouteTable& table) {
    std::vector<std::int64_t> credit(table.size(), 0);
    std::vector<std::pair<InstanceId, std::int64_t>> known;
    for (std::size_t old = 0; old < instances_.size(); ++old) {
      known.emplace_back(instances_[old], credit_[old]);
    }
    std::sort(known.begin(), known.end());
    instances_.clear();
    for (std::uint32_t row = 0; row < table.size(); ++row) {
      const InstanceId instance = table.row(row).instance;
      instances_.push_back(instance);
      const auto found =
          std::lower_bound(known.begin(), known.end(), instance,
                           [](const auto& entry, InstanceId id) { return entry.first < id; });
      if (found != known.end() && found->first == instance) credit[row] = found->second;
    }
    version_ = table.version();
    credit_ = std::move(credit);
  }

  std::uint64_t version_ = 0;
  std::vector<std::int64_t> credit_;
  std::vector<InstanceId> instances_;
};

}  // namespace

void register_routing_weighted(Registry& registry) {
  registry.routing.add("weighted", "smooth weighted round robin, as nginx does it",
                       [](const RouterPolicyOptions&) { return std::make_unique<Weighted>(); });
}

}  // namespace leapday
