/// \file expected.cpp
/// Writes and compares .expected files.
#include "expected.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "rehearsal.hpp"

namespace leapday::cli {
namespace {

using Json = nlohmann::ordered_json;

/// How often each kind of event was recorded and when first, so that a change has a name.
Json events_of(const Record& record) {
  struct Seen {
    std::uint64_t count = 0;
    double first = 0;
  };
  std::map<std::string, Seen> seen;
  for (const RecordedEvent& event : record.events) {
    Seen& entry = seen[event.kind];
    if (entry.count++ == 0) entry.first = static_cast<double>(event.at.time_since_epoch().count());
  }
  Json events = Json::object();
  for (const auto& [kind, entry] : seen) {
    events[kind] = {{"count", entry.count}, {"first_seconds", entry.first / 1e9}};
  }
  return events;
}

Json describe(const Rehearsal& rehearsal) {
  const Counts& requests = rehearsal.record.requests;
  Json document;
  document["outcome"] = to_string(rehearsal.outcome);
  document["trace_hash"] = fmt::format("{:016x}", trace_hash(rehearsal));
  Json& expectations = document["expectations"] = Json::object();
  for (const ExpectationVerdict& verdict : rehearsal.verdict().expectations) {
    expectations[verdict.name] = to_string(verdict.outcome);
  }
  document["requests"] = {{"injected", requests.injected},
                          {"answered", requests.answered},
                          {"failed", requests.failed_total()},
                          {"in_flight", requests.in_flight}};
  document["events"] = events_of(rehearsal.record);
  return document;
}

/// Compares what `expected` states, in its order.
void compare(const Json& expected, const Json& actual, const std::string& path,
             std::vector<std::string>& lines) {
  if (!expected.is_object() || !actual.is_object()) {
    if (expected != actual) {
      lines.push_back(fmt::format("{}: expected {}, got {}", path, expected.dump(), actual.dump()));
    }
    return;
  }
  for (const auto& [key, value] : expected.items()) {
    const std::string name = path.empty() ? key : path + "." + key;
    const auto found = actual.find(key);
    if (found == actual.end()) {
      lines.push_back(fmt::format("{}: expected {}, there is none", name, value.dump()));
    } else {
      compare(value, *found, name, lines);
    }
  }
}

}  // namespace

std::string expected_path(const std::string& scenario_file) {
  return std::filesystem::path(scenario_file).replace_extension(".expected").string();
}

std::string expected_text(const Rehearsal& rehearsal) { return describe(rehearsal).dump(2) + "\n"; }

std::vector<std::string> differences(const std::string& expected, const Rehearsal& rehearsal) {
  const Json stated = Json::parse(expected, nullptr, false);
  if (!stated.is_object() || !stated.contains("outcome")) {
    return {"not a JSON object with an \"outcome\": write it with `leapday verify --bless`"};
  }
  std::vector<std::string> lines;
  compare(stated, describe(rehearsal), "", lines);
  return lines;
}

}  // namespace leapday::cli
