/// \file traces.cpp
/// Rows from CSV columns and from log lines. Why: see traces.hpp.
#include "scenarios/load/traces.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <unordered_map>

#include "scenarios/load/csv.hpp"
#include "scenarios/load/limits.hpp"
#include "scenarios/load/scalars.hpp"
#include "scenarios/load/text.hpp"

namespace leapday::loading {
namespace {

/// One load's trace while it is read.
struct TraceInput {
  TraceSpec& spec;
  const App& app;
  const SourceFile& file;
  SourceLocation at;  ///< Where the scenario names the file.
  std::string path;
  Problems& problems;
  std::vector<std::string>& warnings;
};

Duration from_seconds(double seconds) {
  return Duration{static_cast<std::int64_t>(std::llround(seconds * 1e9))};
}

constexpr double kLongestSeconds = 1.1e9;

struct TraceColumns {
  std::size_t time = 0;
  std::optional<std::size_t> service, instance, endpoint;
  double time_unit = 1, service_unit = 1;
};

std::optional<TraceColumns> find_columns(CsvReader& csv, const TraceInput& in) {
  TraceColumns columns;
  const auto wanted = [&](const std::string& name, std::optional<std::size_t>& index) {
    if (name.empty()) return true;
    index = csv.column(name, in.at);
    return index.has_value();
  };
  std::optional<std::size_t> time;
  if (!wanted(in.spec.time_column, time) || !wanted(in.spec.service_column, columns.service) ||
      !wanted(in.spec.instance_column, columns.instance) ||
      !wanted(in.spec.endpoint_column, columns.endpoint)) {
    return std::nullopt;
  }
  columns.time = *time;
  columns.time_unit = column_unit(in.spec.time_column).value_or(1);
  columns.service_unit = column_unit(in.spec.service_column).value_or(1);
  return columns;
}

/// A time or service time; a problem when it is negative or absurd.
std::optional<Duration> read_time(CsvReader& csv, std::size_t column, double unit, TraceInput& in) {
  const std::optional<double> value = csv.number(column);
  if (!value) return std::nullopt;
  if (*value < 0 || *value * unit > kLongestSeconds) {
    in.problems.add(csv.location(), in.path, fmt::format("{} is out of range", csv.field(column)),
                    "times count from t=0, up to 36 years");
    return std::nullopt;
  }
  return from_seconds(*value * unit);
}

/// One row; false after a problem.
bool read_row(CsvReader& csv, const TraceColumns& columns, TraceInput& in,
              const std::unordered_map<std::string_view, std::int32_t>& endpoints) {
  TraceRow row;
  const auto at = read_time(csv, columns.time, columns.time_unit / in.spec.speed_up, in);
  if (!at) return false;
  row.at = *at;
  if (columns.service) {
    row.service_time = read_time(csv, *columns.service, columns.service_unit, in);
    if (!row.service_time) return false;
  }
  if (columns.instance) {
    const Scalar<std::int64_t> index = parse_integer(csv.field(*columns.instance));
    if (!index || *index < 0 || *index > 2'000'000) {
      in.problems.add(csv.location(), in.path,
                      fmt::format("{} is not an instance", quoted(csv.field(*columns.instance))),
                      "instances count from 0");
      return false;
    }
    row.instance = static_cast<std::int32_t>(*index);
  }
  if (columns.endpoint) {
    const auto found = endpoints.find(csv.field(*columns.endpoint));
    if (found == endpoints.end()) {
      std::vector<std::string> known;
      for (const auto& endpoint : in.app.endpoints) known.push_back(endpoint.name);
      in.problems.add(
          csv.location(), in.path,
          fmt::format("the app has no endpoint {}", quoted(csv.field(*columns.endpoint))),
          suggestion(csv.field(*columns.endpoint), known, "add it to the app's endpoints"));
      return false;
    }
    row.endpoint = found->second;
  }
  in.spec.rows.push_back(row);
  return true;
}

void read_csv(TraceInput& in) {
  CsvReader csv(in.file.text, in.file.path, in.path, in.problems);
  const std::optional<TraceColumns> columns = find_columns(csv, in);
  if (!columns) return;
  std::unordered_map<std::string_view, std::int32_t> endpoints;
  for (std::size_t i = 0; i < in.app.endpoints.size(); ++i) {
    endpoints.emplace(in.app.endpoints.entries[i].name, static_cast<std::int32_t>(i));
  }
  while (csv.next()) {
    if (in.spec.rows.size() >= kMaxTraceRows) {
      in.problems.add(csv.location(), in.path, fmt::format("more than {} rows", kMaxTraceRows),
                      "cut the trace");
      return;
    }
    if (!read_row(csv, *columns, in, endpoints)) return;
  }
}

/// Logs have whole seconds only: the requests of one second are spread evenly over it, so that the
/// clock's resolution does not turn into bursts.
void spread_within_seconds(std::vector<std::pair<std::int64_t, TraceRow>>& lines, TraceSpec& spec) {
  std::stable_sort(lines.begin(), lines.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (std::size_t i = 0; i < lines.size();) {
    std::size_t next = i;
    while (next < lines.size() && lines[next].first == lines[i].first) ++next;
    for (std::size_t k = i; k < next; ++k) {
      const double within = static_cast<double>(k - i) / static_cast<double>(next - i);
      const auto second = static_cast<double>(lines[i].first - lines.front().first);
      lines[k].second.at = from_seconds((second + within) / spec.speed_up);
      spec.rows.push_back(lines[k].second);
    }
    i = next;
  }
}

void read_log(TraceInput& in) {
  std::vector<std::pair<std::int64_t, TraceRow>> lines;
  std::size_t malformed = 0, unmatched = 0, first_malformed = 0, number = 0;
  std::string_view text = in.file.text;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.empty()) continue;
    LogLine parsed;
    if (!parse_log_line(line, parsed)) {
      if (malformed++ == 0) first_malformed = number;
      continue;
    }
    if (lines.size() >= kMaxTraceRows) {
      in.problems.add(in.at, in.path, fmt::format("more than {} lines", kMaxTraceRows),
                      "cut the log");
      return;
    }
    TraceRow row;
    row.endpoint = match_endpoint(in.app.endpoints, parsed.method, parsed.path);
    if (row.endpoint < 0 && !in.app.endpoints.empty()) ++unmatched;
    lines.emplace_back(parsed.second, row);
  }
  if (lines.empty() && malformed > 0) {
    in.problems.add({in.file.path, static_cast<int>(first_malformed), 1}, in.path,
                    "no line is in common or combined log format",
                    "give the log the format host ident user [time] \"request\" status bytes");
    return;
  }
  if (malformed > 0) {
    in.warnings.push_back(
        fmt::format("{}: {} of {} lines are malformed and left out, the first in line {}",
                    in.file.path, malformed, malformed + lines.size(), first_malformed));
  }
  if (unmatched > 0) {
    in.warnings.push_back(fmt::format("{}: {} of {} requests match no endpoint of the app",
                                      in.file.path, unmatched, lines.size()));
  }
  spread_within_seconds(lines, in.spec);
}

void finish(TraceInput& in, Duration duration) {
  std::vector<TraceRow>& rows = in.spec.rows;
  if (rows.empty()) {
    in.problems.add(in.at, in.path, "the trace has no requests", "name a file that has some");
    return;
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const TraceRow& a, const TraceRow& b) { return a.at < b.at; });
  if (duration > Duration{0} && rows.back().at >= duration) {
    const auto late = std::count_if(rows.begin(), rows.end(),
                                    [&](const TraceRow& row) { return row.at >= duration; });
    in.warnings.push_back(fmt::format("{}: {} of {} requests come after the end of the run",
                                      in.file.path, late, rows.size()));
  }
}

}  // namespace

void read_traces(Scenario& scenario, const Document& sections, Files& files, Problems& problems) {
  const Document* section = sections.find("load");
  for (std::size_t i = 0; i < scenario.loads.size(); ++i) {
    auto& load = scenario.loads.entries[i];
    if (!load.value.trace || load.value.trace->file.empty()) continue;
    const App* app = scenario.apps.find(load.value.to);
    if (app == nullptr) continue;
    const Document* trace = section->entries[i].value.find("trace");
    const Document* named = trace != nullptr ? trace->find("file") : nullptr;
    const SourceLocation at = named != nullptr ? named->at : load.at;
    const std::string path = fmt::format("load.{}.trace.file", load.name);
    const auto file = files.read(load.value.trace->file, at, path, kMaxDataBytes);
    if (!file) {
      problems.add(file.problems());
      continue;
    }
    TraceInput in{*load.value.trace, *app, **file, at, path, problems, scenario.warnings};
    const std::size_t before = problems.attempts();
    if (load.value.trace->file.ends_with(".log")) {
      read_log(in);
    } else {
      read_csv(in);
    }
    if (problems.attempts() == before) finish(in, scenario.run.duration);
  }
}

}  // namespace leapday::loading
