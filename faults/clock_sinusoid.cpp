/// \file clock_sinusoid.cpp
/// Lets the time of day swing around the right one while the fault lasts.
/// Why: two time servers that disagree pull a host's clock to and fro.
#include <array>

#include "leapday/fault.hpp"
#include "leapday/registry.hpp"

namespace leapday {
namespace {

class ClockSinusoid final : public FaultBase<ClockSinusoid> {
 public:
  void fields(FieldVisitor& v) override {
    v.required("amplitude", amplitude_, "farthest that it is off, either way");
    v.required("period", period_, "time of one swing");
    v.check(period_ > Duration{0}, "period", "must be more than 0", "write 10min");
    v.check(period_ <= Duration{0} || amplitude_ <= period_ / 14, "amplitude",
            "a clock that swings so far in this period would run backwards",
            "give at most a fourteenth of the period");
  }

  void begin(FaultContext& context) override {
    for (const ClockId clock : context.clocks()) {
      context.push(clock, ClockModifier{.amplitude = amplitude_, .period = period_});
    }
  }

  std::span<const std::string_view> target_kinds() const override {
    static constexpr std::array<std::string_view, 2> kKinds{"hosts", "control"};
    return kKinds;
  }

 private:
  Duration amplitude_{}, period_{};
};

}  // namespace

void register_clock_sinusoid(Registry& registry) {
  registry.faults.add("clock.sinusoid", "the time of day swings around the right one",
                      [] { return std::make_unique<ClockSinusoid>(); });
}

}  // namespace leapday
