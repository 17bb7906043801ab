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

  std::optional<std::uint32_t> pick(const RouteTable& table, const RouteRequest&,
                                    Random& random) override {
    if (table.usable() == 0) return std::nullopt;
    if (table.usable() * 4U < table.size() || table.usable() < choices_ * 2U) {
      return pick_from_few(table, random);
    }
    sample_.clear();
    std::uint32_t best = 0;
    while (sample_.size() < choices_) {
      const auto row = static_cast<std::uint32_t>(random.below(table.size()));
      if (!table.row(row).usable || sampled(row)) continue;
      if (sample_.empty() || table.row(row).open < table.row(best).open) best = row;
      sample_.push_back(row);
    }
    return best;
  }

 private:
  bool sampled(std::uint32_t row) const {
    for (const std::uint32_t other : sample_) {
      if (other == row) return true;
    }
    return false;
  }

  /// Lists the usable rows and shuffles as many to the front as are wanted.
  std::uint32_t pick_from_few(const RouteTable& table, Random& random) {
    sample_.clear();
    for (std::uint32_t row = 0; row < table.size(); ++row) {
      if (table.row(row).usable) sample_.push_back(row);
    }
    std::uint32_t best = 0;
    for (std::size_t i = 0; i < sample_.size() && i < choices_; ++i) {
      std::swap(sample_[i], sample_[i + random.below(sample_.size() - i)]);
      if (i == 0 || table.row(sample_[i]).open < table.row(best).open) best = sample_[i];
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
