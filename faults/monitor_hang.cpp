/// \file monitor_hang.cpp
/// An expiry monitor hangs in the look that it takes next.
/// Why: silence of a monitor reads as good news.
#include <array>

#include "leapday/fault.hpp"
#include "leapday/registry.hpp"

namespace leapday {
namespace {

class MonitorHang final : public FaultBase<MonitorHang> {
 public:
  void fields(FieldVisitor&) override {}

  void begin(FaultContext& context) override {
    for (const MonitorId monitor : context.monitors()) context.hang(monitor);
  }

  std::span<const std::string_view> target_kinds() const override {
    static constexpr std::array<std::string_view, 1> kKinds{"monitor"};
    return kKinds;
  }
};

}  // namespace

void register_monitor_hang(Registry& registry) {
  registry.faults.add("monitor.hang", "an expiry monitor hangs in the look that it takes next",
                      [] { return std::make_unique<MonitorHang>(); });
}

}  // namespace leapday
