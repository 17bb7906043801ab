/// \file backlog.cpp
/// backlog and max_backlog: messages of a queue that nobody has taken yet.
/// Why: consumers that fall behind are seen by nobody until the queue is full.
#include "reports/checks/gauge.hpp"

namespace leapday {
namespace {

/// The backlog now.
class Backlog final : public Metric {
 public:
  std::string_view name() const override { return "backlog"; }
  std::string_view help() const override { return "messages that wait in the queue"; }
  Quantity::Kind unit() const override { return Quantity::Kind::number; }
  std::string_view subjects() const override { return "queue"; }
  bool is_state() const override { return true; }
  Measurement measure(std::string_view, const MetricQuery& query) const override {
    const std::string subject = query.entity.text();
    const std::optional<double> value =
        checks::value_at(query.record, "backlog", subject, query.to);
    if (!value) return checks::unknown("nothing was recorded of backlog(" + subject + ")");
    return checks::known(*value, 1);
  }
};

/// The highest over a window: exact from the steps, by the second from the gauge.
class MaxBacklog final : public Metric {
 public:
  std::string_view name() const override { return "max_backlog"; }
  std::string_view help() const override { return "most messages that waited in the queue"; }
  Quantity::Kind unit() const override { return Quantity::Kind::number; }
  std::string_view subjects() const override { return "queue"; }
  Measurement measure(std::string_view metric, const MetricQuery& query) const override {
    const StepSeries* steps = query.record.find_steps("backlog", query.entity.text());
    if (steps == nullptr) return gauge_.measure(metric, query);
    double highest = 0;
    std::uint64_t pieces = 0;
    checks::each_piece(query, [&](SimTime from, SimTime to) {
      ++pieces;
      highest =
          std::max(highest, *checks::value_at(query.record, "backlog", query.entity.text(), from));
      for (const auto& [at, value] : steps->steps) {
        if (at > from && at < to) highest = std::max(highest, value);
      }
    });
    if (pieces == 0) return checks::unknown("no time is left to judge");
    return checks::known(highest, pieces);
  }

 private:
  checks::GaugeMetric gauge_{{.name = "max_backlog",
                              .gauge = "backlog",
                              .help = {},
                              .subjects = {},
                              .unit = Quantity::Kind::number,
                              .of = checks::GaugeMetric::Of::max}};
};

}  // namespace

void register_backlog(Registry& registry) {
  registry.add_metric(std::make_unique<Backlog>());
  registry.add_metric(std::make_unique<MaxBacklog>());
}

}  // namespace leapday
