/// \file zone_outage.cpp
/// Takes the power from every host of zones, and so from the routers in them.
/// Why: hosts of one zone share their fate; spare capacity elsewhere is what a second zone is for.
#include <array>

#include "leapday/fault.hpp"
#include "leapday/registry.hpp"

namespace leapday {
namespace {

class ZoneOutage final : public FaultBase<ZoneOutage> {
 public:
  void fields(FieldVisitor&) override {}

  void begin(FaultContext& context) override {
    for (const ZoneId zone : context.zones()) context.crash(zone);
  }

  std::span<const std::string_view> target_kinds() const override {
    static constexpr std::array<std::string_view, 1> kKinds{"zones"};
    return kKinds;
  }
};

}  // namespace

void register_zone_outage(Registry& registry) {
  registry.faults.add("zone.outage", "power loss of every host of a zone and the routers on them",
                      [] { return std::make_unique<ZoneOutage>(); });
}

}  // namespace leapday
