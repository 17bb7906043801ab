/// \file time_source_error.cpp
/// A source of time is wrong: the year 2000, 55 days ahead, 1,024 weeks back.
/// Why: who asks one source follows it anywhere; USNO's tick and tock did so for an hour in 2012.
#include <array>

#include "leapday/fault.hpp"
#include "leapday/registry.hpp"

namespace leapday {
namespace {

class TimeSourceError final : public FaultBase<TimeSourceError> {
 public:
  void fields(FieldVisitor& v) override {
    v.signed_duration("error", error_, true, "what it shows too much");
  }

  void begin(FaultContext& context) override {
    for (const TimeSourceId source : context.time_sources()) {
      context.push(source, TimeSourceModifier{.error = error_});
    }
  }

  std::span<const std::string_view> target_kinds() const override {
    static constexpr std::array<std::string_view, 1> kKinds{"time_source"};
    return kKinds;
  }

 private:
  Duration error_{};
};

}  // namespace

void register_time_source_error(Registry& registry) {
  registry.faults.add("time_source.error", "a source of time is wrong, and right again at the end",
                      [] { return std::make_unique<TimeSourceError>(); });
}

}  // namespace leapday
