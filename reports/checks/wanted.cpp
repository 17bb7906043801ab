/// \file wanted.cpp
/// wanted and instance_hours: how many instances an autoscaler asked for, and what all cost.
/// Why: the price of a policy is time that instances existed, whether they served or not.
#include "reports/checks/state.hpp"

namespace leapday {
namespace {

/// Integral over time of how many instances there were, in hours.
class InstanceHours final : public Metric {
 public:
  std::string_view name() const override { return "instance_hours"; }
  std::string_view help() const override {
    return "hours that instances of the app existed, added up";
  }
  Quantity::Kind unit() const override { return Quantity::Kind::number; }
  std::string_view subjects() const override { return "app"; }
  bool is_count() const override { return true; }
  Measurement measure(std::string_view, const MetricQuery& query) const override {
    const StepSeries* series = query.record.find_steps("instances", query.entity.text());
    if (series == nullptr) {
      return checks::unknown("nothing was recorded of " + query.entity.text());
    }
    double hours = 0;
    checks::each_piece(query,
                       [&](SimTime from, SimTime to) { hours += hours_in(*series, from, to); });
    return checks::known(hours, 1);
  }

 private:
  static double hours_in(const StepSeries& series, SimTime from, SimTime to) {
    double area = 0;  // instance-nanoseconds
    double value = 0;
    SimTime since = from;
    for (const auto& [at, step] : series.steps) {
      if (at >= to) break;
      if (at > since) {
        area += value * static_cast<double>((at - since).count());
        since = at;
      }
      value = step;
    }
    if (to > since) area += value * static_cast<double>((to - since).count());
    return area / 3.6e12;
  }
};

}  // namespace

void register_wanted(Registry& registry) {
  registry.add_metric(std::make_unique<checks::StepState>(
      "wanted", "instances that the app's autoscaler wants", "app"));
  registry.add_metric(std::make_unique<InstanceHours>());
}

}  // namespace leapday
