/// \file backlog.cpp
/// backlog and max_backlog: messages of a queue that nobody has taken yet, mean and maximum over a
/// window. Why: consumers that fall behind are seen by nobody until the queue is full.
#include "reports/checks/gauge.hpp"

namespace leapday {
namespace {

using checks::GaugeMetric;

/// Reads the gauge; where a run recorded steps in its place, those are exact.
class Backlog final : public Metric {
 public:
  explicit Backlog(GaugeMetric::Of of)
      : of_(of),
        gauge_({.name = of == GaugeMetric::Of::mean ? "backlog" : "max_backlog",
                .gauge = "backlog",
                .help = of == GaugeMetric::Of::mean
                            ? "messages that wait in the queue, mean over the window"
                            : "messages that wait in the queue, maximum over the window",
                .subjects = "queue",
                .unit = Quantity::Kind::number,
                .of = of}) {}
  std::string_view name() const override { return gauge_.name(); }
  std::string_view help() const override { return gauge_.help(); }
  Quantity::Kind unit() const override { return gauge_.unit(); }
  std::string_view subjects() const override { return gauge_.subjects(); }
  Measurement measure(std::string_view metric, const MetricQuery& query) const override {
    const std::string subject = query.entity.text();
    const StepSeries* steps = query.record.find_steps("backlog", subject);
    if (steps == nullptr) return gauge_.measure(metric, query);
    double highest = 0;
    double area = 0;
    double length = 0;
    checks::each_piece(query, [&](SimTime from, SimTime to) {
      SimTime since = from;
      double value = *checks::value_at(query.record, "backlog", subject, from);
      const auto hold = [&](SimTime until) {
        highest = std::max(highest, value);
        area += value * static_cast<double>((until - since).count());
        length += static_cast<double>((until - since).count());
        since = until;
      };
      for (const auto& [at, next] : steps->steps) {
        if (at <= from || at >= to) continue;
        hold(at);
        value = next;
      }
      hold(to);
    });
    if (length <= 0) return checks::unknown("no time is left to judge");
    return checks::known(of_ == GaugeMetric::Of::mean ? area / length : highest, 1);
  }

 private:
  GaugeMetric::Of of_;
  GaugeMetric gauge_;
};

}  // namespace

void register_backlog(Registry& registry) {
  registry.add_metric(std::make_unique<Backlog>(GaugeMetric::Of::mean));
  registry.add_metric(std::make_unique<Backlog>(GaugeMetric::Of::max));
}

}  // namespace leapday
