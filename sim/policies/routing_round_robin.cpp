/// \file routing_round_robin.cpp
/// Each instance in turn, from a random start.
/// Why: the default of most routers. The rows form a ring ordered by when they were last chosen, so
/// that passing over an unusable row gives its share to all others alike, not to its successor.
#include <algorithm>
#include <utility>
#include <vector>

#include "leapday/registry.hpp"

namespace leapday {
namespace {

class RoundRobin final : public RouterPolicy {
 public:
  std::optional<std::uint32_t> pick(const RouteTable& table, const RouteRequest&,
                                    Random& random) override {
    if (table.usable() == 0) return std::nullopt;
    if (version_ != table.version()) rebuild(table, random);
    std::uint32_t before = end_;
    std::uint32_t row = next_[end_];
    while (!table.row(row).usable) {
      before = row;
      row = next_[row];
    }
    move_to_back(row, before);
    return row;
  }

  bool reads_open() const override { return false; }

 private:
  // The list is circular through the sentinel end_, least recently chosen first.
  void move_to_back(std::uint32_t row, std::uint32_t before) {
    if (row == last_) return;
    next_[before] = next_[row];
    next_[last_] = row;
    next_[row] = end_;
    last_ = row;
  }

  /// Rows known before keep their order; new ones follow them.
  void rebuild(const RouteTable& table, Random& random) {
    const bool first = version_ == 0;
    version_ = table.version();
    std::vector<std::pair<std::uint64_t, std::uint32_t>> order;
    order.reserve(table.size());
    const std::vector<std::pair<InstanceId, std::uint64_t>> ranks = known();
    for (std::uint32_t row = 0; row < table.size(); ++row) {
      order.emplace_back(rank_of(ranks, table.row(row).instance), row);
    }
    std::sort(order.begin(), order.end());  // by rank, new ones by row
    if (first) {
      std::rotate(order.begin(), order.begin() + static_cast<long>(random.below(order.size())),
                  order.end());
    }
    instances_.clear();
    for (std::uint32_t row = 0; row < table.size(); ++row) {
      instances_.push_back(table.row(row).instance);
    }
    end_ = table.size();
    next_.assign(table.size() + 1, end_);
    last_ = end_;
    for (const auto& [rank, row] : order) {
      next_[last_] = row;
      last_ = row;
    }
    next_[last_] = end_;
  }

  /// Instances in the list so far with their positions, ascending by instance.
  std::vector<std::pair<InstanceId, std::uint64_t>> known() const {
    std::vector<std::pair<InstanceId, std::uint64_t>> ranks;
    if (next_.empty()) return ranks;
    for (std::uint32_t row = next_[end_]; row != end_; row = next_[row]) {
      ranks.emplace_back(instances_[row], ranks.size());
    }
    std::sort(ranks.begin(), ranks.end());
    return ranks;
  }
  /// The largest number for an instance that is not in the list.
  static std::uint64_t rank_of(const std::vector<std::pair<InstanceId, std::uint64_t>>& ranks,
                               InstanceId instance) {
    const auto found =
        std::lower_bound(ranks.begin(), ranks.end(), std::pair{instance, std::uint64_t{0}});
    return found != ranks.end() && found->first == instance ? found->second : ~std::uint64_t{0};
  }

  std::uint64_t version_ = 0;
  std::vector<InstanceId> instances_;  ///< Of the rows as of version_.
  std::vector<std::uint32_t> next_;
  std::uint32_t end_ = 0;
  std::uint32_t last_ = 0;
};

}  // namespace

void register_routing_round_robin(Registry& registry) {
  registry.routing.add("round_robin", "each instance in turn, from a random start",
                       [](const RouterPolicyOptions&) { return std::make_unique<RoundRobin>(); });
}

}  // namespace leapday
