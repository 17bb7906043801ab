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
  RouteChoice pick(const RouteTable& table, const RouteRequest&, Random& random) override {
    if (table.usable() == 0) return std::nullopt;
    if (version_ != table.version()) rebuild(table, random);
    const std::uint32_t row = order_[next_];
    if (!table.is_usable(row)) [[unlikely]]
      return pick_past(table);
    pass();
    return row;
  }

  bool reads_open() const override { return false; }

 private:
  void pass() { next_ = next_ + 1 == order_.size() ? 0 : next_ + 1; }

  /// Those passed over stay ahead of all others, in their order.
  [[gnu::noinline]] std::uint32_t pick_past(const RouteTable& table) {
    std::uint32_t at = next_;
    std::uint32_t passed = order_[at];
    do {
      at = at + 1 == order_.size() ? 0 : at + 1;
      std::swap(order_[at], passed);
    } while (!table.is_usable(passed));
    order_[next_] = passed;
    pass();
    return passed;
  }

  /// Rows known before keep their order; new ones follow them.
  [[gnu::noinline]] void rebuild(const RouteTable& table, Random& random) {
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
    order_.clear();
    next_ = 0;
    for (const auto& [rank, row] : order) order_.push_back(row);
  }

  /// Instances in the list so far with their positions, ascending by instance.
  std::vector<std::pair<InstanceId, std::uint64_t>> known() const {
    std::vector<std::pair<InstanceId, std::uint64_t>> ranks;
    for (std::size_t i = 0; i < order_.size(); ++i) {
      ranks.emplace_back(instances_[order_[(next_ + i) % order_.size()]], i);
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
  /// Rows, a ring: from next_ on in the order in which they were last chosen.
  std::vector<std::uint32_t> order_;
  std::size_t next_ = 0;
};

}  // namespace

void register_routing_round_robin(Registry& registry) {
  registry.routing.add("round_robin", "each instance in turn, from a random start",
                       [](const RouterPolicyOptions&) { return std::make_unique<RoundRobin>(); });
}

}  // namespace leapday
