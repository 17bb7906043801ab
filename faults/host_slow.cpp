/// \file host_slow.cpp
/// Slows the processors of hosts.
/// Why: a slow host passes its probes and drags down everyone who waits for it (a gray failure).
#include <array>

#include "leapday/fault.hpp"
#include "leapday/registry.hpp"

namespace leapday {
namespace {

class HostSlow final : public FaultBase<HostSlow> {
 public:
  void fields(FieldVisitor& v) override {
    v.required("factor", factor_, "how many times as long work takes", {1, 1e6});
  }

  void begin(FaultContext& context) override {
    for (const HostId host : context.hosts()) {
      context.push(host, HostModifier{.speed = 1 / factor_});
    }
  }

  std::span<const std::string_view> target_kinds() const override {
    static constexpr std::array<std::string_view, 1> kKinds{"hosts"};
    return kKinds;
  }

 private:
  double factor_ = 1;
};

}  // namespace

void register_host_slow(Registry& registry) {
  registry.faults.add("host.slow", "everything on the host takes this many times as long",
                      [] { return std::make_unique<HostSlow>(); });
}

}  // namespace leapday
