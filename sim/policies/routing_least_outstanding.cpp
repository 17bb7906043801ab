/// \file routing_least_outstanding.cpp
/// Fewest open requests wins; ties go to the first row.
/// Why: the strictest use of what a router knows; the table maintains the answer.
#include "leapday/registry.hpp"

namespace leapday {
namespace {

class LeastOutstanding final : public RouterPolicy {
 public:
  RouteChoice pick(const RouteTable& table, const RouteRequest&, Random&) override {
    return table.least();
  }
};

}  // namespace

void register_routing_least_outstanding(Registry& registry) {
  registry.routing.add(
      "least_outstanding", "fewest open requests; ties go to the first instance",
      [](const RouterPolicyOptions&) { return std::make_unique<LeastOutstanding>(); });
}

}  // namespace leapday
