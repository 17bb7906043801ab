/// \file cost.cpp
/// cost, host_hours, instance_hours and egress_gb of a place, over a window.
/// Why: capacity that saves a bad day is paid for on every day.
#include "leapday/cost.hpp"

#include "reports/checks/window.hpp"

namespace leapday {
namespace {

class CostMetric final : public Metric {
 public:
  enum class Of { cost, host_hours, instance_hours, egress_gb };
  CostMetric(Of of, std::string_view name, std::string_view help, std::string_view subjects)
      : of_(of), name_(name), help_(help), subjects_(subjects) {}
  std::string_view name() const override { return name_; }
  std::string_view help() const override { return help_; }
  Quantity::Kind unit() const override { return Quantity::Kind::number; }
  std::string_view subjects() const override { return subjects_; }
  bool is_count() const override { return true; }
  Measurement measure(std::string_view, const MetricQuery& query) const override {
    const TimeRange whole{query.from, query.to};
    double sum = 0;
    for (const TimeRange& piece : query.pieces.empty() ? std::span(&whole, 1) : query.pieces) {
      const std::optional<double> part = measure(query, piece);
      if (!part)
        return checks::unknown("nothing was recorded of the use of " + query.entity.text());
      sum += *part;
    }
    return checks::known(sum, 1);
  }

 private:
  std::optional<double> measure(const MetricQuery& query, const TimeRange& piece) const {
    const std::string place = query.entity.text();
    if (of_ == Of::instance_hours && query.scenario.apps.find(place) != nullptr) {
      return placed_hours(query.record, place, piece.from, piece.to);
    }
    const std::optional<Usage> usage =
        usage_of(query.scenario, query.record, place, piece.from, piece.to);
    if (!usage) return std::nullopt;
    switch (of_) {
      case Of::cost:
        return usage->cost();
      case Of::host_hours:
        return usage->host_hours;
      case Of::instance_hours:
        return usage->instance_hours;
      case Of::egress_gb:
        return usage->egress_gb;
    }
    return std::nullopt;
  }

  Of of_;
  std::string_view name_, help_, subjects_;
};

}  // namespace

void register_cost(Registry& registry) {
  using Of = CostMetric::Of;
  const auto add = [&](Of of, std::string_view name, std::string_view help,
                       std::string_view subjects) {
    registry.add_metric(std::make_unique<CostMetric>(of, name, help, subjects));
  };
  add(Of::cost, "cost", "what hosts, instances and traffic cost, of a place or of all: cost(total)",
      "total cloud region zone");
  add(Of::host_hours, "host_hours", "hours that hosts were there, of a place or of all",
      "total cloud region zone hosts");
  add(Of::instance_hours, "instance_hours", "hours that instances were placed, of a place or app",
      "total cloud region zone app");
  add(Of::egress_gb, "egress_gb", "10^9 bytes of answers that left for clients or another cloud",
      "total cloud region zone");
}

}  // namespace leapday
