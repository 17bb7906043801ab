/// \file record.cpp
/// Look-up in records and the names of failure reasons.
#include "leapday/record.hpp"

namespace leapday {

namespace {

const Series* find(const std::vector<Series>& series, std::string_view subject) {
  for (const Series& s : series) {
    if (s.subject == subject) return &s;
  }
  return nullptr;
}

const GaugeSeries* find(const std::vector<GaugeSeries>& gauges, std::string_view metric,
                        std::string_view subject) {
  for (const GaugeSeries& g : gauges) {
    if (g.metric == metric && g.subject == subject) return &g;
  }
  return nullptr;
}

}  // namespace

std::string_view to_string(FailureReason reason) {
  static constexpr std::array<std::string_view, kFailureReasons> kNames{
      "error",        "timeout",   "router_timeout", "connect_timeout",
      "refused",      "reset",     "unroutable",     "no_live_instance",
      "overloaded",   "rejected",  "certificate",    "dependency",
      "circuit_open", "throttled", "cancelled",      "unauthorized"};
  return kNames[static_cast<std::size_t>(reason)];
}

const Series* Record::find_series(std::string_view subject) const { return find(series, subject); }

const Series* Record::find_seconds(std::string_view subject) const {
  return find(seconds, subject);
}

const StepSeries* Record::find_steps(std::string_view metric, std::string_view subject) const {
  for (const StepSeries& s : steps) {
    if (s.metric == metric && s.subject == subject) return &s;
  }
  return nullptr;
}

const GaugeSeries* Record::find_gauge(std::string_view metric, std::string_view subject) const {
  return find(gauges, metric, subject);
}

const GaugeSeries* Record::find_gauge_seconds(std::string_view metric,
                                              std::string_view subject) const {
  return find(gauge_seconds, metric, subject);
}

const CounterSeries* Record::find_counter(std::string_view metric, std::string_view subject) const {
  for (const CounterSeries& c : counters) {
    if (c.metric == metric && c.subject == subject) return &c;
  }
  return nullptr;
}

const Span* Record::find_span(std::string_view name, int occurrence) const {
  for (const Span& s : spans) {
    if (s.name == name && s.occurrence == occurrence) return &s;
  }
  return nullptr;
}

}  // namespace leapday
