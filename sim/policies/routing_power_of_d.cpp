/// \file routing_power_of_d.cpp
/// The one with the fewest open requests among `choices` instances sampled without replacement.
/// Why: nearly as good as knowing every queue, at constant cost (Mitzenmacher 2001); nginx's
/// "random two least_conn" is this with two choices. The sample's order is random, so taking the
/// first of equals breaks ties at random.
#include <vector>

#include "leapday/registry.hpp"

namespace leapday {
namespace {

class PowerOfD final : public RouterPolicy {
 public:
  explicit PowerOfD(std::int64_t choices) : choices_(static_cast<std::uint32_t>(choices)) {}

  RouteChoice pick(const RouteTable& table, const RouteRequest&, Random& random) override {
    if (table.usable() == 0) return std::nullopt;
    if (table.usable() * 4U < table.size() || table.usable() < choices_ * 2U) {
      return pick_from_few(table, random);
    }
    return choices_ == 2 ? pick_of_two(table, random) : pick_of_many(table, random);
  }

 private:
  [[gnu::noinline]] std::uint32_t pick_of_many(const RouteTable& table, Random& random) {
    sample_.clear();
    std::uint32_t best = 0;
    while (sample_.size() < choices_) {
      const auto row = static_cast<std::uint32_t>(random.below(table.size()));
      if (!table.is_usable(row) || sampled(row)) continue;
      if (sample_.empty() || table.open(row) < table.open(best)) best = row;
      sample_.push_back(row);
    }
    return best;
  }
  bool sampled(std::uint32_t row) const {
    for (const std::uint32_t other : sample_) {
      if (other == row) return true;
    }
    return false;
  }

  /// As pick(), with both at hand.
  static std::uint32_t pick_of_two(const RouteTable& table, Random& random) {
    const auto draw = [&] {
      std::uint32_t row = 0;
      do {
        row = static_cast<std::uint32_t>(random.below(table.size()));
      } while (!table.is_usable(row));
      return row;
    };
    const std::uint32_t first = draw();
    std::uint32_t second = first;
    while (second == first) second = draw();
    return table.open(second) < table.open(first) ? second : first;
  }

  /// Lists the usable rows and shuffles as many to the front as are wanted.
  [[gnu::noinline]] std::uint32_t pick_from_few(const RouteTable& table, Random& random) {
    sample_.clear();
    for (std::uint32_t row = 0; row < table.size(); ++row) {
      if (table.is_usable(row)) sample_.push_back(row);
    }
    std::uint32_t best = 0;
    for (std::size_t i = 0; i < sample_.size() && i < choices_; ++i) {
      std::swap(sample_[i], sample_[i + random.below(sample_.size() - i)]);
      if (i == 0 || table.open(sample_[i]) < table.open(best)) best = sample_[i];
    }
    return best;
  }

  std::uint32_t choices_;
  std::vector<std::uint32_t> sample_;
};

}  // namespace

void register_routing_power_of_d(Registry& registry) {
  registry.routing.add(
      "power_of_d", "the least busy of `choices` instances sampled at random",
      [](const RouterPolicyOptions& o) { return std::make_unique<PowerOfD>(o.choices); });
}

}  // namespace leapday
