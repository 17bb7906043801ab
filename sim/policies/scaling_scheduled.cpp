/// \file scaling_scheduled.cpp
/// As many instances as the calendar says.
/// Why: who knows when the day begins need not measure it, and has capacity before the first user;
/// also what every other policy should be compared with.
#include <algorithm>

#include "leapday/registry.hpp"
#include "sim/policies/scaling_schedule.hpp"

namespace leapday {
namespace scaling {
namespace {

class Scheduled final : public ScalingPolicyBase<Scheduled> {
 public:
  void fields(FieldVisitor& v) override {
    v.required("schedules", schedules_, "times with their own bounds; the earliest begun counts");
    v.signed_duration("utc_offset", utc_offset_, false, "of the schedules' time zone");
    v.optional("check", check_, "time between two looks at the clock");
    v.check(check_ > Duration{0}, "check", "must be more than 0", "write 1min");
  }
  /// It measures nothing.
  MetricsPipeline pipeline() const override { return {.scrape = Duration{0}}; }
  Duration period() const override { return check_; }

  ScalingDecision decide(const ScalingView& view) override {
    const std::int64_t window = active_window(schedules_, view.wall, utc_offset_);
    std::int64_t least = view.least, most = view.most;
    const bool begins = window != window_ && window >= 0;
    if (window >= 0) {
      const ScheduleWindow& on = schedules_[static_cast<std::size_t>(window)];
      least = begins ? std::max(on.min, on.initial_min.value_or(0)) : on.min;
      most = on.max;
    }
    window_ = window;
    const std::int64_t wanted =
        window < 0 ? view.least : std::clamp(view.wanted, least, std::max(least, most));
    return {.wanted = wanted,
            .again = check_,
            .why = window < 0 ? "no schedule is on" : "schedule " + std::to_string(window + 1)};
  }

 private:
  std::vector<ScheduleWindow> schedules_;
  Duration utc_offset_{};
  Duration check_{60s};
  std::int64_t window_ = -1;
};

}  // namespace
}  // namespace scaling

void register_scaling_scheduled(Registry& registry) {
  registry.scaling.add("scheduled", "by the calendar: bounds at times of the week, else min",
                       [] { return std::make_unique<scaling::Scheduled>(); });
}

}  // namespace leapday
