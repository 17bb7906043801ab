/// \file html_data.cpp
/// The data behind the charts of the HTML report, as JSON.
/// Why: the page's script draws what it is given and computes nothing that a verdict rests on.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "reports/formats/html_page.hpp"
#include "reports/formats/html_series.hpp"

namespace leapday {
namespace {

using nlohmann::json;

/// A fault that repeats on a condition can open any number of spans; more than this paints over
/// itself.
constexpr std::size_t kBands = 200;

/// Four digits are more than a pixel can tell, and keep the file small. NaN becomes null.
json brief_number(double value) {
  if (!std::isfinite(value)) return nullptr;
  if (value == std::floor(value) && std::fabs(value) < 1e15) {
    return static_cast<std::int64_t>(value);
  }
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return std::strtod(text, nullptr);
}

json brief_numbers(const std::vector<double>& values) {
  json out = json::array();
  for (const double value : values) out.push_back(brief_number(value));
  return out;
}

/// Time in seconds, to the millisecond.
double seconds_of(SimTime at) {
  return static_cast<double>(at.time_since_epoch().count() / 1'000'000) / 1000;
}

json bands_of(const Record& record) {
  static constexpr const char* kKinds[] = {"phase", "deployment", "fault", "mirror", "flag"};
  json bands = json::array();
  for (const Span& span : record.spans) {
    if (bands.size() == kBands) break;
    bands.push_back({{"name", span.name},
                     {"kind", kKinds[static_cast<std::size_t>(span.kind)]},
                     {"from", std::max(0.0, seconds_of(span.begin))},
                     {"to", seconds_of(span.end)},
                     {"open", span.open},
                     {"occurrence", span.occurrence}});
  }
  return bands;
}

json heat_of(const HeatMap& heat) {
  json columns = json::array();
  for (const auto& column : heat.columns) {
    json flat = json::array();  // row, count, row, count, ...
    for (const auto& [row, count] : column) {
      flat.push_back(row);
      flat.push_back(count);
    }
    columns.push_back(std::move(flat));
  }
  return {{"step", heat.step},
          {"open_below", heat.open_below},
          {"edges", brief_numbers(heat.edges)},
          {"columns", columns}};
}

json subjects_of(const std::vector<SubjectChart>& charts) {
  json subjects = json::array();
  for (const SubjectChart& chart : charts) {
    json failed = json::array();
    for (const auto& [reason, values] : chart.failed) {
      failed.push_back({{"reason", to_string(reason)}, {"values", brief_numbers(values)}});
    }
    json one{{"name", chart.name},
             {"kind", chart.kind},
             {"p50", brief_numbers(chart.p50)},
             {"p90", brief_numbers(chart.p90)},
             {"p99", brief_numbers(chart.p99)},
             {"sent", brief_numbers(chart.sent)},
             {"answered", brief_numbers(chart.answered)},
             {"failed", std::move(failed)},
             {"heat", heat_of(chart.heat)}};
    if (!chart.twin_p99.empty()) one["twin_p99"] = brief_numbers(chart.twin_p99);
    subjects.push_back(std::move(one));
  }
  return subjects;
}

json rates_of(const Record& record) {
  json apps = json::array();
  for (const AppRates& app : app_rates(record)) {
    json lines = json::array();
    for (const RateLine& line : app.lines) {
      lines.push_back({{"name", line.name}, {"values", brief_numbers(line.values)}});
    }
    apps.push_back({{"app", app.app},
                    {"envelope", app.envelope},
                    {"instances", app.instances},
                    {"lines", std::move(lines)}});
  }
  return apps;
}

json steps_of(const Record& record) {
  json out = json::array();
  for (const StepLine& line : step_lines(record)) {
    json at = json::array();
    json values = json::array();
    for (const auto& [t, value] : line.points) {
      at.push_back(std::round(t * 1000) / 1000);
      values.push_back(brief_number(value));
    }
    out.push_back({{"metric", line.metric},
                   {"subject", line.subject},
                   {"at", std::move(at)},
                   {"values", std::move(values)}});
  }
  return out;
}

/// Lanes with their states as indices into one list of names.
json lanes_of(const Record& record) {
  std::size_t left_out = 0;
  json names = json::array();
  json lanes = json::array();
  const auto index_of = [&](const std::string& state) {
    const auto at = std::find(names.begin(), names.end(), state);
    if (at != names.end()) return static_cast<std::size_t>(at - names.begin());
    names.push_back(state);
    return names.size() - 1;
  };
  for (const LaneChart& lane : lane_charts(record, left_out)) {
    json at = json::array();
    json states = json::array();
    for (const auto& [t, state] : lane.states) {
      at.push_back(std::round(t * 1000) / 1000);
      states.push_back(index_of(state));
    }
    lanes.push_back({{"entity", lane.entity},
                     {"group", lane.group},
                     {"at", std::move(at)},
                     {"states", std::move(states)}});
  }
  return {{"names", std::move(names)}, {"lanes", std::move(lanes)}, {"left_out", left_out}};
}

/// The comparison that an expectation makes, when it makes exactly one.
const Comparison* comparison_of(const Expectation& expectation) {
  if (expectation.kind == Expectation::Kind::comparison) return &expectation.comparison;
  if (expectation.condition.kind == Condition::Kind::comparison) {
    return &expectation.condition.comparison;
  }
  return nullptr;
}

/// Where expectations broke, and the latency bounds that a chart can draw as a line.
json expectations_of(const Rehearsal& rehearsal) {
  json out = json::array();
  for (const ExpectationVerdict& verdict : rehearsal.verdict().expectations) {
    json one{{"name", verdict.name}, {"outcome", to_string(verdict.outcome)}};
    if (verdict.first_violation) {
      one["from"] = seconds_of(verdict.first_violation->from);
      one["to"] = seconds_of(verdict.first_violation->to);
    }
    const Expectation* stated = rehearsal.scenario().expectations.find(verdict.name);
    const Comparison* comparison = stated != nullptr ? comparison_of(*stated) : nullptr;
    if (comparison != nullptr) {
      one["subject"] = comparison->call.entity.text();
      one["metric"] = comparison->call.metric;
      if (verdict.bound && verdict.unit == "s" && comparison->call.metric.starts_with("p")) {
        one["bound_ms"] = brief_number(*verdict.bound * 1e3);
      }
    }
    out.push_back(std::move(one));
  }
  return out;
}

/// The subject to show first: the one that the first failed expectation is about.
std::size_t first_subject(const json& expectations, const std::vector<SubjectChart>& charts) {
  for (const json& one : expectations) {
    if (one["outcome"] != "fail" || !one.contains("subject")) continue;
    for (std::size_t i = 0; i < charts.size(); ++i) {
      if (charts[i].name == one["subject"].get<std::string>()) return i;
    }
  }
  return 0;
}

/// Names are drawn as they stand, so nothing in them may hide or turn the text around.
void make_visible(json& value) {
  if (value.is_string()) value = visible_text(value.get_ref<const std::string&>());
  if (!value.is_structured()) return;
  for (json& part : value) make_visible(part);
}

}  // namespace

std::string chart_data(const Rehearsal& rehearsal) {
  const Record& record = rehearsal.record;
  const Record* twin = rehearsal.twin ? &*rehearsal.twin : nullptr;
  std::size_t left_out = 0;
  const std::vector<SubjectChart> charts = subject_charts(record, twin, left_out);
  const std::int64_t seconds = chart_seconds(record);
  json expectations = expectations_of(rehearsal);
  const std::size_t first = first_subject(expectations, charts);
  json data{{"start", record.start.seconds},
            {"seconds", seconds},
            {"step", chart_step(record, kChartPoints)},
            {"rate_step", chart_step(record, kRatePoints)},
            {"bands", bands_of(record)},
            {"expectations", std::move(expectations)},
            {"subjects", subjects_of(charts)},
            {"subjects_left_out", left_out},
            {"first_subject", first},
            {"rates", rates_of(record)},
            {"steps", steps_of(record)},
            {"lanes", lanes_of(record)}};
  make_visible(data);
  return script_safe(data.dump(-1, ' ', true));
}

}  // namespace leapday
