/// \file host_drain.cpp
/// Takes hosts out of service on purpose, as an operator does before maintenance.
/// Why: planned work is the commonest reason for instances to move, and it competes for capacity.
#include <array>

#include "leapday/fault.hpp"
#include "leapday/registry.hpp"

namespace leapday {
namespace {

class HostDrain final : public FaultBase<HostDrain> {
 public:
  void fields(FieldVisitor&) override {}

  void begin(FaultContext& context) override {
    for (const HostId host : context.hosts()) context.drain(host);
  }

  std::span<const std::string_view> target_kinds() const override {
    static constexpr std::array<std::string_view, 1> kKinds{"hosts"};
    return kKinds;
  }
};

}  // namespace

void register_host_drain(Registry& registry) {
  registry.faults.add("host.drain",
                      "nothing new is placed there, and what runs is replaced elsewhere",
                      [] { return std::make_unique<HostDrain>(); });
}

}  // namespace leapday
