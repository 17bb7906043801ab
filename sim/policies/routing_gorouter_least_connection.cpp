/// \file routing_gorouter_least_connection.cpp
/// Fewest open requests, a random one of equals, whatever failed there a moment ago: gorouter's
/// least-connection (src/code.cloudfoundry.org/gorouter/route/leastconnection.go: a random
/// permutation, replaced by strictly fewer connections; unlike its round robin it reads no failure
/// marks). Availability zones are not looked at, which is gorouter's default.
/// Why: an instance that refuses connections never has any open, so it is the first choice of
/// every request, of the retries too, until its route is withdrawn.
#include <vector>

#include "leapday/registry.hpp"

namespace leapday {
namespace {

class GorouterLeastConnection final : public RouterPolicy {
 public:
  RouteChoice pick(const RouteTable& table, const RouteRequest&, Random& random) override {
    if (table.usable() == 0) return std::nullopt;
    // One of k equals at random is what the first of them in a random order is.
    least_.clear();
    std::uint32_t open = 0;
    for (std::uint32_t row = 0; row < table.size(); ++row) {
      if (!table.is_usable(row)) continue;
      if (least_.empty() || table.open(row) < open) {
        open = table.open(row);
        least_.clear();
      }
      if (table.open(row) == open) least_.push_back(row);
    }
    if (least_.size() == 1) return least_.front();
    return least_[random.below(least_.size())];
  }
  bool passes_over_tried() const override { return false; }

 private:
  std::vector<std::uint32_t> least_;  ///< Scratch.
};

}  // namespace

void register_routing_gorouter_least_connection(Registry& registry) {
  registry.routing.add(
      "gorouter_least_connection",
      "fewest open requests, ties at random, failed ones not passed over, as gorouter does it",
      [](const RouterPolicyOptions&) { return std::make_unique<GorouterLeastConnection>(); });
}

}  // namespace leapday
