/// \file registry_down.cpp
/// No image can be fetched: the registry, or the blobstore, does not answer.
/// Why: what runs goes on running, so that nobody notices, until something has to start on a host
/// that has not seen its image. A registry is missed on the day when hosts are lost.
#include "leapday/fault.hpp"
#include "leapday/registry.hpp"

namespace leapday {
namespace {

class RegistryDown final : public FaultBase<RegistryDown> {
 public:
  void fields(FieldVisitor&) override {}
  void begin(FaultContext& context) override { context.close_registry(); }
  std::span<const std::string_view> target_kinds() const override { return {}; }
};

}  // namespace

void register_registry_down(Registry& registry) {
  registry.faults.add("registry.down", "no host can fetch an image; what is being fetched fails",
                      [] { return std::make_unique<RegistryDown>(); });
}

}  // namespace leapday
