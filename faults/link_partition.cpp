/// \file link_partition.cpp
/// Lets nothing pass between two places, or between zones and everything outside them.
/// Why: those on both sides still run, and each believes that the other is gone.
#include <array>

#include "leapday/fault.hpp"
#include "leapday/registry.hpp"

namespace leapday {
namespace {

class LinkPartition final : public FaultBase<LinkPartition> {
 public:
  void fields(FieldVisitor&) override {}

  void begin(FaultContext& context) override {
    const LinkModifier cut{.down = true};
    if (const auto link = context.link()) {
      context.push(link->first, link->second, cut);
      if (context.link_both_ways()) context.push(link->second, link->first, cut);
    }
    for (const ZoneId zone : context.zones()) {
      const Place inside{Place::Kind::zone, zone.index};
      for (const Place outside : context.outside(zone)) {
        context.push(inside, outside, cut);
        context.push(outside, inside, cut);
      }
    }
  }

  std::span<const std::string_view> target_kinds() const override {
    static constexpr std::array<std::string_view, 2> kKinds{"link", "zones"};
    return kKinds;
  }
};

}  // namespace

void register_link_partition(Registry& registry) {
  registry.faults.add("link.partition",
                      "nothing passes: between the ends of a link, or in and out of a zone",
                      [] { return std::make_unique<LinkPartition>(); });
}

}  // namespace leapday
