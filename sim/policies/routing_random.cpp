/// \file routing_random.cpp
/// Any usable instance, each with the same probability.
/// Why: kube-proxy's iptables mode and the routers of 2012 choose this way.
#include "leapday/registry.hpp"

namespace leapday {
namespace {

class RandomChoice final : public RouterPolicy {
 public:
  RouteChoice pick(const RouteTable& table, const RouteRequest&, Random& random) override {
    const std::uint32_t usable = table.usable();
    if (usable == 0) return std::nullopt;
    if (usable * 4U >= table.size()) {  // drawing again until a usable row comes is unbiased
      for (;;) {
        const auto row = static_cast<std::uint32_t>(random.below(table.size()));
        if (table.row(row).usable) return row;
      }
    }
    std::uint64_t skip = random.below(usable);
    for (std::uint32_t row = 0;; ++row) {
      if (table.row(row).usable && skip-- == 0) return row;
    }
  }

  bool reads_open() const override { return false; }
};

}  // namespace

void register_routing_random(Registry& registry) {
  registry.routing.add("random", "any instance, with equal probability",
                       [](const RouterPolicyOptions&) { return std::make_unique<RandomChoice>(); });
}

}  // namespace leapday
