/// \file host_suspend.cpp
/// A virtual machine stands still: it is moved, its computer sleeps, or its hypervisor has no time.
/// Why: when it goes on it does not know that it was away. Connections hang and do not break, and
/// what it believed ten minutes ago it believes now.
#include <array>

#include "leapday/fault.hpp"
#include "leapday/registry.hpp"

namespace leapday {
namespace {

class HostSuspend final : public FaultBase<HostSuspend> {
 public:
  void fields(FieldVisitor& v) override {
    v.optional("clock_stops", clock_stops_,
               "its time of day stands still too, and is behind from then on (Docker's machine "
               "while its computer sleeps); right at once when it goes on otherwise");
  }

  void begin(FaultContext& context) override {
    for (const HostId host : context.hosts()) {
      context.push(host, HostModifier{.suspended = true, .clock_stops = clock_stops_});
    }
  }

  std::span<const std::string_view> target_kinds() const override {
    static constexpr std::array<std::string_view, 1> kKinds{"hosts"};
    return kKinds;
  }

 private:
  bool clock_stops_ = false;
};

}  // namespace

void register_host_suspend(Registry& registry) {
  registry.faults.add("host.suspend", "a machine stands still, and goes on when the fault ends",
                      [] { return std::make_unique<HostSuspend>(); });
}

}  // namespace leapday
