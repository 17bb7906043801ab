/// \file json.cpp
/// One JSON document with everything that other programs want to know of a rehearsal.
/// Why: pipelines decide on verdicts; they read fields, not tables. Times are seconds since t=0,
/// shares are 0..1.
#include <nlohmann/json.hpp>

#include "leapday/cost.hpp"
#include "leapday/registry.hpp"
#include "leapday/version.hpp"
#include "reports/formats/summary.hpp"
#include "reports/formats/text.hpp"

namespace leapday {
namespace {

using Json = nlohmann::ordered_json;

Json seconds(SimTime at) { return static_cast<double>(at.time_since_epoch().count()) / 1e9; }
Json seconds(Duration length) { return static_cast<double>(length.count()) / 1e9; }
Json optional_number(const std::optional<double>& value) { return value ? Json(*value) : Json(); }
Json utf8(std::string_view text) { return text::clean(text); }

Json counts_json(const Counts& counts) {
  Json failed = Json::object();
  for (std::size_t r = 0; r < kFailureReasons; ++r) {
    failed[std::string(to_string(static_cast<FailureReason>(r)))] = counts.failed[r];
  }
  return {{"injected", counts.injected},
          {"answered", counts.answered},
          {"failed", failed},
          {"in_flight", counts.in_flight}};
}

Json location_json(const SourceLocation& at) {
  if (at.line == 0) return {};
  return {{"file", utf8(at.file)}, {"line", at.line}, {"column", at.column}};
}

Json window_json(const std::optional<JudgedWindow>& window, WallTime start) {
  if (!window) return {};
  return {{"from", seconds(window->from)},
          {"to", seconds(window->to)},
          {"wall", text::wall(start, window->from)},
          {"value", window->value}};
}

Json event_json(const Record& record, std::uint32_t index) {
  const RecordedEvent& event = record.events[index];
  Json json = {{"id", index},
               {"at", seconds(event.at)},
               {"wall", text::wall(record.start, event.at)},
               {"kind", utf8(event.kind)},
               {"subject", utf8(event.subject)},
               {"detail", utf8(event.detail)}};
  json["cause"] = event.cause.valid() ? Json(event.cause.index) : Json();
  return json;
}

Json expectation_json(const Record& record, const ExpectationVerdict& e) {
  Json json;
  json["name"] = utf8(e.name);
  json["text"] = utf8(e.text);
  json["at"] = location_json(e.at);
  json["verdict"] = to_string(e.outcome);
  json["reason"] = utf8(e.reason);
  json["first_violation"] = window_json(e.first_violation, record.start);
  json["worst"] = e.worst ? Json(e.worst->value) : Json();
  json["worst_window"] = window_json(e.worst, record.start);
  json["bound"] = optional_number(e.bound);
  json["margin"] = optional_number(e.margin);
  json["unit"] = e.unit == "%" ? "share" : e.unit;
  json["windows"] = e.windows;
  json["violations"] = e.violations;
  json["chain"] = Json::array();
  for (const EventId id : e.chain) json["chain"].push_back(event_json(record, id.index));
  return json;
}

Json incident_json(const Incident& incident) {
  Json published = Json::object(), assumed = Json::array();
  for (const auto& one : incident.published) published[one.name] = utf8(one.value);
  for (const std::string& one : incident.assumed) assumed.push_back(utf8(one));
  return {{"date", text::wall(incident.date)},
          {"source", utf8(incident.source)},
          {"published", std::move(published)},
          {"assumed", std::move(assumed)},
          {"instead", utf8(incident.instead)}};
}

Json latency_json(const summary::Latency& row) {
  Json json = {{"kind", summary::name_of(row.kind)}, {"unit", "s"}, {"count", row.count}};
  json["mean"] = optional_number(row.mean);
  for (std::size_t i = 0; i < summary::kPercentiles.size(); ++i) {
    json[summary::kPercentiles[i].name] = optional_number(row.percentiles[i]);
  }
  json["max"] = optional_number(row.max);
  if (!row.unstable.empty()) json["unstable"] = utf8(row.unstable);
  return json;
}

Json latencies_json(const Scenario& scenario, const Record& record) {
  Json json = Json::object();
  for (const summary::Latency& row : summary::latencies(scenario, record)) {
    json[text::clean(row.subject)] = latency_json(row);
  }
  return json;
}

Json subjects_json(const Record& record) {
  Json json = Json::object();
  for (const Series& series : record.series) {
    if (series.total.injected == 0) continue;
    Json row = {{"kind", summary::name_of(series.kind)}};
    row.update(counts_json(series.total));
    row["retries"] = series.retries;
    json[text::clean(series.subject)] = std::move(row);
  }
  return json;
}

Json spans_json(const Record& record) {
  Json json = Json::array();
  for (const Span& span : record.spans) {
    static constexpr std::array<std::string_view, 5> kKinds{"phase", "deployment", "fault",
                                                            "mirror", "flag"};
    json.push_back({{"name", utf8(span.name)},
                    {"kind", kKinds[static_cast<std::size_t>(span.kind)]},
                    {"begin", seconds(span.begin)},
                    {"end", seconds(span.end)},
                    {"open", span.open},
                    {"occurrence", span.occurrence},
                    {"touched", span.touched}});
  }
  return json;
}

Json events_json(const Record& record) {
  // Those of note, and what led to them: causes come before what they cause.
  std::vector<bool> told(record.events.size());
  for (std::size_t i = record.events.size(); i-- > 0;) {
    told[i] = told[i] || summary::of_note(record.events[i]);
    if (told[i] && record.events[i].cause.valid()) told[record.events[i].cause.index] = true;
  }
  Json json = Json::array();
  for (std::uint32_t i = 0; i < record.events.size(); ++i) {
    if (told[i]) json.push_back(event_json(record, i));
  }
  return json;
}

Json provenance_json(const std::vector<const Provenance*>& values) {
  Json json = Json::array();
  for (const Provenance* value : values) {
    Json one = {{"path", utf8(value->path)}, {"value", utf8(value->value)}};
    if (value->vary) one["vary"] = value->vary->value();
    if (value->at.line > 0) one["at"] = location_json(value->at);
    json.push_back(std::move(one));
  }
  return json;
}

Json platform_json(const Scenario& scenario, const summary::Assumptions& found) {
  Json json = {{"profile", utf8(scenario.platform.name)}};
  json["unverified"] = Json::array();
  for (const ConstantSource* constant : found.unverified) {
    json["unverified"].push_back({{"key", utf8(constant->key)},
                                  {"value", utf8(constant->value)},
                                  {"status", utf8(constant->status)},
                                  {"source", utf8(constant->source)}});
  }
  return json;
}

Json runs_json(const Rehearsal& rehearsal) {
  Json json = Json::array();
  for (const RunSummary& run : rehearsal.runs) {
    Json failed = Json::array();
    for (const ExpectationVerdict& e : run.verdict.expectations) {
      if (e.outcome != Outcome::pass)
        failed.push_back({{"name", utf8(e.name)}, {"verdict", to_string(e.outcome)}});
    }
    json.push_back({{"cell", run.cell},
                    {"seed", run.seed},
                    {"trace_hash", summary::hash_text(run.trace_hash)},
                    {"verdict", to_string(run.verdict.outcome)},
                    {"reason", utf8(run.verdict.reason)},
                    {"not_passed", std::move(failed)},
                    {"requests", counts_json(run.requests)}});
  }
  return json;
}

Json cells_json(const Rehearsal& rehearsal) {
  Json json = Json::array();
  for (const CellVerdict& cell : rehearsal.cells) {
    json.push_back({{"cell", utf8(cell.cell)},
                    {"verdict", to_string(cell.outcome)},
                    {"passed", cell.passed},
                    {"failed", cell.failed},
                    {"inconclusive", cell.inconclusive},
                    {"share", cell.share},
                    {"low", cell.low},
                    {"high", cell.high},
                    {"reason", utf8(cell.reason)}});
  }
  return json;
}

Json stability_json(const Record& record) {
  Json json = Json::array();
  for (const Stability& one : record.stability) {
    json.push_back(
        {{"app", utf8(one.app)}, {"offered_load", one.offered_load}, {"stable", one.stable}});
  }
  return json;
}

Json cost_json(const Scenario& scenario, const Record& record) {
  Json json = {{"currency", utf8(scenario.topology.currency)}, {"total", 0.0}};
  json["clouds"] = Json::object();
  double total = 0;
  for (const CloudUsage& row : usage_by_cloud(scenario, record)) {
    const Usage& u = row.usage;
    total += u.cost();
    json["clouds"][text::clean(row.cloud)] = {{"cost", u.cost()},
                                              {"hosts", u.hosts_cost},
                                              {"instances", u.instances_cost},
                                              {"traffic", u.traffic_cost},
                                              {"host_hours", u.host_hours},
                                              {"instance_hours", u.instance_hours},
                                              {"egress_gb", u.egress_gb},
                                              {"region_gb", u.region_gb},
                                              {"zone_gb", u.zone_gb}};
  }
  json["total"] = total;
  return json;
}

Json twin_json(const Rehearsal& rehearsal) {
  if (!rehearsal.twin) return {};
  Json json = {{"trace_hash", summary::hash_text(rehearsal.twin->trace_hash)},
               {"requests", counts_json(rehearsal.twin->requests)},
               {"latency", latencies_json(rehearsal.scenario(), *rehearsal.twin)}};
  json["difference"] = Json::object();
  for (const summary::Difference& d : summary::differences(rehearsal)) {
    Json one = {{"run", optional_number(d.run)}, {"twin", optional_number(d.twin)}};
    one["difference"] = d.run && d.twin ? Json(*d.run - *d.twin) : Json();
    json["difference"][text::clean(d.subject)][d.figure] = std::move(one);
  }
  return json;
}

class JsonFormat final : public Format {
 public:
  std::string_view file_name() const override { return "result.json"; }
  std::string write(const Rehearsal& rehearsal, const FormatOptions&) const override {
    const Scenario& scenario = rehearsal.scenario();
    const Record& record = rehearsal.record;
    const RunSummary& shown = rehearsal.runs[rehearsal.shown];
    const summary::Assumptions found = summary::assumptions(scenario);
    Json json;
    json["leapday"] = kVersion;
    json["scenario"] = {{"name", utf8(scenario.name)},
                        {"file", utf8(scenario.file)},
                        {"digest", utf8(scenario.digest)},
                        {"cell", utf8(scenario.cell)}};
    if (scenario.incident) json["incident"] = incident_json(*scenario.incident);
    json["verdict"] = to_string(rehearsal.outcome);
    json["reason"] = utf8(rehearsal.reason());
    json["cancelled"] = rehearsal.cancelled;
    json["seed"] = shown.seed;
    json["trace_hash"] = summary::hash_text(shown.trace_hash);
    json["start"] = text::wall(record.start);
    json["warmup"] = seconds(record.warmup);
    json["duration"] = seconds(record.duration);
    json["ended"] = seconds(record.ended);
    json["cut_short"] = utf8(record.cut_short);
    if (record.step > std::chrono::seconds{1}) json["series_step"] = seconds(record.step);
    json["expectations"] = Json::array();
    for (const ExpectationVerdict& e : shown.verdict.expectations) {
      json["expectations"].push_back(expectation_json(record, e));
    }
    json["requests"] = counts_json(record.requests);
    json["attempts"] = counts_json(record.attempts);
    json["attempts"]["abandoned"] = record.attempts.abandoned;
    json["calls"] = counts_json(record.calls);
    json["mirrors"] = counts_json(record.mirrors);
    json["subjects"] = subjects_json(record);
    json["latency"] = latencies_json(scenario, record);
    json["stability"] = stability_json(record);
    if (has_prices(scenario.topology)) json["cost"] = cost_json(scenario, record);
    json["twin"] = twin_json(rehearsal);
    json["spans"] = spans_json(record);
    json["events"] = events_json(record);
    json["runs"] = runs_json(rehearsal);
    json["cells"] = cells_json(rehearsal);
    json["assumptions"] = {{"assumed", provenance_json(found.assumed)},
                           {"defaulted", provenance_json(found.defaulted)}};
    json["platform"] = platform_json(scenario, found);
    json["warnings"] = Json::array();
    for (const std::string& warning : scenario.warnings) json["warnings"].push_back(utf8(warning));
    json["events_processed"] = record.events_processed;
    return json.dump(2) + "\n";
  }
};

}  // namespace

std::unique_ptr<Format> make_json_format() { return std::make_unique<JsonFormat>(); }

}  // namespace leapday
