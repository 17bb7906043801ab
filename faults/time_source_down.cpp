/// \file time_source_down.cpp
/// Nobody reaches a source of time.
/// Why: clocks go on without it, each a little wrong in its own way.
#include <array>

#include "leapday/fault.hpp"
#include "leapday/registry.hpp"

namespace leapday {
namespace {

class TimeSourceDown final : public FaultBase<TimeSourceDown> {
 public:
  void fields(FieldVisitor&) override {}

  void begin(FaultContext& context) override {
    for (const TimeSourceId source : context.time_sources()) {
      context.push(source, TimeSourceModifier{.down = true});
    }
  }

  std::span<const std::string_view> target_kinds() const override {
    static constexpr std::array<std::string_view, 1> kKinds{"time_source"};
    return kKinds;
  }
};

}  // namespace

void register_time_source_down(Registry& registry) {
  registry.faults.add("time_source.down", "nobody reaches a source of time",
                      [] { return std::make_unique<TimeSourceDown>(); });
}

}  // namespace leapday
