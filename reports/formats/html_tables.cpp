/// \file html_tables.cpp
/// The lower part of the HTML report: counts, the twin, the seeds, assumptions, events, replay.
/// Why: a verdict is worth what it rests on, so the page says all of it.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <vector>

#include "leapday/run_directory.hpp"
#include "reports/formats/html_page.hpp"

namespace leapday {
namespace {

using Raw = HtmlWriter::Raw;
constexpr std::size_t kRunRows = 500;
constexpr std::size_t kProvenanceRows = 2000;
constexpr std::size_t kEventRows = 400;
constexpr std::size_t kEventsOfOneKind = 60;

std::string location_text(const SourceLocation& at) {
  if (at.file.empty()) return "";
  return at.line > 0 ? at.file + ":" + std::to_string(at.line) : at.file;
}

std::string percent_of(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "";
  return value_text(static_cast<double>(part) / static_cast<double>(whole), "%");
}

void write_count_row(HtmlWriter& page, std::string_view label, std::string_view tone,
                     const std::vector<const Counts*>& columns,
                     const std::function<std::uint64_t(const Counts&)>& value) {
  page.add("<tr class=\"{}\"><th scope=\"row\">{}</th>", {tone, label});
  for (const Counts* counts : columns) {
    const std::uint64_t n = value(*counts);
    page.add("<td class=\"number\">{}</td><td class=\"number muted\">{}</td>",
             {n, n == 0 ? std::string() : percent_of(n, counts->injected)});
  }
  page.add("</tr>\n");
}

/// A count of the run beside the twin's.
void write_twin_count(HtmlWriter& page, std::string_view label, std::uint64_t run,
                      std::uint64_t twin) {
  const double difference = static_cast<double>(run) - static_cast<double>(twin);
  page.add(
      "<td>{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td>"
      "<td class=\"number\">{}{}</td></tr>\n",
      {label, run, twin, difference > 0 ? "+" : "", value_text(difference, "")});
}

void write_twin_latency(HtmlWriter& page, std::string_view label, const Series& run,
                        const Series& twin, double q) {
  const double a = static_cast<double>(run.latency_total.quantile(q).count()) * 1e-9;
  const double b = static_cast<double>(twin.latency_total.quantile(q).count()) * 1e-9;
  page.add(
      "<tr><td>{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td>"
      "<td class=\"number\">{}{}</td></tr>\n",
      {label, span_text(a), span_text(b), a > b ? "+" : "", span_text(a - b)});
}

void write_cells(HtmlWriter& page, const Rehearsal& rehearsal) {
  page.add(
      "<table><thead><tr><th>Verdict</th><th>Cell</th><th class=\"number\">Passed</th>"
      "<th class=\"number\">Failed</th><th class=\"number\">Inconclusive</th>"
      "<th class=\"number\">Share "
      "passed</th><th>Interval</th><th>Reason</th></tr></thead>\n<tbody>");
  for (const CellVerdict& cell : rehearsal.cells) {
    page.add("<tr><td>");
    write_badge(page, cell.outcome);
    page.add(
        "</td><td>{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td>"
        "<td class=\"number\">{}</td><td class=\"number\">{}</td><td>{} to "
        "{}</td><td>{}</td></tr>\n",
        {cell.cell.empty() ? std::string("the scenario") : cell.cell, cell.passed, cell.failed,
         cell.inconclusive, value_text(cell.share, "%"), value_text(cell.low, "%"),
         value_text(cell.high, "%"), cell.reason});
  }
  page.add("</tbody></table>\n");
}

/// The first expectation that did not pass, by name.
std::string first_broken(const Verdict& verdict) {
  for (const ExpectationVerdict& one : verdict.expectations) {
    if (one.outcome == Outcome::fail) return one.name;
  }
  for (const ExpectationVerdict& one : verdict.expectations) {
    if (one.outcome == Outcome::inconclusive) return one.name;
  }
  return "";
}

/// Runs to list: all of them, or those that did not pass before those that did.
std::vector<std::size_t> listed_runs(const std::vector<RunSummary>& runs) {
  std::vector<std::size_t> order(runs.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  if (order.size() <= kRunRows) return order;
  std::stable_partition(order.begin(), order.end(),
                        [&](std::size_t i) { return runs[i].verdict.outcome != Outcome::pass; });
  order.resize(kRunRows);
  std::sort(order.begin(), order.end());
  return order;
}

void write_runs(HtmlWriter& page, const Rehearsal& rehearsal) {
  page.add(
      "<table id=\"runs\"><thead><tr><th>Verdict</th><th>Cell</th><th class=\"number\">Seed</th>"
      "<th class=\"number\">Requests</th><th class=\"number\">Failed</th><th>First broken</th>"
      "<th>Trace hash</th></tr></thead>\n<tbody>");
  for (const std::size_t i : listed_runs(rehearsal.runs)) {
    const RunSummary& run = rehearsal.runs[i];
    page.add("<tr{}><td>", {Raw{i == rehearsal.shown ? " class=\"shown\"" : ""}});
    write_badge(page, run.verdict.outcome);
    page.add(
        "</td><td>{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td>"
        "<td class=\"number\">{}</td><td>{}</td><td><code>{}</code>{}</td></tr>\n",
        {rehearsal.file->cells[run.cell].cell, std::to_string(run.seed), run.requests.injected,
         run.requests.failed_total(), first_broken(run.verdict), hex_text(run.trace_hash),
         i == rehearsal.shown ? " shown on this page" : ""});
  }
  page.add("</tbody></table>\n");
  if (rehearsal.runs.size() > kRunRows) {
    page.add("<p class=\"empty\">{} runs that passed are not listed here; result.json has all.</p>",
             {rehearsal.runs.size() - kRunRows});
  }
}

/// Assumed values first, then what was defaulted; stated ones need no word.
std::vector<const Provenance*> unstated(const Scenario& scenario) {
  std::vector<const Provenance*> rows;
  for (const Origin origin : {Origin::assumed, Origin::defaulted}) {
    for (const Provenance& one : scenario.provenance) {
      if (one.origin == origin) rows.push_back(&one);
    }
  }
  return rows;
}

void write_constants(HtmlWriter& page, const PlatformProfile& platform) {
  std::vector<const ConstantSource*> doubtful;
  for (const ConstantSource& one : platform.sources) {
    if (one.status != "verified") doubtful.push_back(&one);
  }
  if (doubtful.empty()) return;
  page.add("<details><summary>Platform {}: {} of {} constants not verified</summary>\n<div>",
           {platform.name, doubtful.size(), platform.sources.size()});
  page.add(
      "<table><thead><tr><th>Constant</th><th>Value</th><th>Status</th><th>Source</th></tr></thead>"
      "\n<tbody>");
  for (const ConstantSource* one : doubtful) {
    page.add("<tr><td><code>{}</code></td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
             {one->key, one->value, one->status, one->source});
  }
  page.add("</tbody></table></div></details>\n");
}

/// A long warning shows its beginning, and the rest on demand.
void write_warning(HtmlWriter& page, const std::string& line) {
  constexpr std::size_t kShort = 220;
  const std::size_t colon = line.find(": ");
  if (line.size() <= kShort || colon == std::string::npos || colon > kShort) {
    page.add("<li>{}</li>\n", {line});
    return;
  }
  page.add("<li><details><summary>{}</summary>{}</details></li>\n",
           {line.substr(0, colon), line.substr(colon + 2)});
}

/// Events in order of time, at most so many of a kind, so that crashes do not hide among requests.
std::vector<const RecordedEvent*> events_of_note(const Record& record) {
  std::map<std::string, std::size_t> seen;
  std::vector<const RecordedEvent*> events;
  for (const RecordedEvent& event : record.events) {
    if (++seen[event.kind] <= kEventsOfOneKind) events.push_back(&event);
    if (events.size() == kEventRows) break;
  }
  return events;
}

}  // namespace

void write_warnings(HtmlWriter& page, const Rehearsal& rehearsal) {
  std::vector<std::string> lines = rehearsal.scenario().warnings;
  const Record& record = rehearsal.record;
  for (const Stability& one : record.stability) {
    if (one.stable) continue;
    lines.push_back(one.app + " was offered " +
                    value_text(std::round(one.offered_load * 1e3) / 1e3, "%") +
                    " of what it can serve: its queue has no steady state");
  }
  if (!record.cut_short.empty()) {
    lines.push_back("The run was cut short at " + elapsed_text(record.ended) + ": " +
                    record.cut_short);
  }
  if (rehearsal.cancelled) lines.push_back("The rehearsal was interrupted before its last run");
  if (lines.empty()) return;
  page.add("<section id=\"warnings\" class=\"warnings\"><h2>Warnings</h2>\n<ul>\n");
  for (const std::string& line : lines) write_warning(page, line);
  page.add("</ul></section>\n");
}

void write_outcomes(HtmlWriter& page, const Rehearsal& rehearsal) {
  const Record& record = rehearsal.record;
  std::vector<const Counts*> columns{&record.requests, &record.attempts, &record.calls};
  if (record.mirrors.injected > 0) columns.push_back(&record.mirrors);
  page.add(
      "<section id=\"outcomes\"><h2>Requests by outcome</h2>\n<table class=\"counts\"><thead><tr>"
      "<td></td><th colspan=\"2\" scope=\"col\" class=\"number\">Requests of users</th>"
      "<th colspan=\"2\" scope=\"col\" class=\"number\">Attempts at apps</th>"
      "<th colspan=\"2\" scope=\"col\" class=\"number\">Calls between parts</th>{}</tr></thead>\n"
      "<tbody>\n",
      {record.mirrors.injected > 0
           ? HtmlWriter::
                 Raw{"<th colspan=\"2\" scope=\"col\" class=\"number\">Mirrored copies</th>"}
           : HtmlWriter::Raw{""}});
  write_count_row(page, "Injected", "total", columns, [](const Counts& c) { return c.injected; });
  write_count_row(page, "Answered", "good", columns, [](const Counts& c) { return c.answered; });
  for (std::size_t r = 0; r < kFailureReasons; ++r) {
    const auto failed = [r](const Counts& c) { return c.failed[r]; };
    if (std::all_of(columns.begin(), columns.end(),
                    [&](const Counts* c) { return failed(*c) == 0; })) {
      continue;
    }
    std::string label = "Failed: " + std::string(to_string(static_cast<FailureReason>(r)));
    std::replace(label.begin(), label.end(), '_', ' ');
    write_count_row(page, label, "bad", columns, failed);
  }
  write_count_row(page, "In flight at the end", "", columns,
                  [](const Counts& c) { return c.in_flight; });
  if (record.attempts.abandoned > 0) {
    write_count_row(page, "Abandoned by the caller, still worked on", "", columns,
                    [](const Counts& c) { return c.abandoned; });
  }
  page.add(
      "</tbody></table>\n<p class=\"note\">Warm-up included. {}</p></section>\n",
      {std::all_of(columns.begin(), columns.end(), [](const Counts* c) { return c->balanced(); })
           ? "Each column balances: injected = answered + failed + in flight."
           : "The columns do not balance: this is a fault of the simulator, not of yours."});
}

void write_twin(HtmlWriter& page, const Rehearsal& rehearsal) {
  if (!rehearsal.twin) return;
  page.add(
      "<section id=\"twin\"><h2>With and without the faults</h2>\n<table><thead><tr><th>Load</th>"
      "<th>Measure</th><th class=\"number\">This run</th><th class=\"number\">Twin without "
      "faults</th><th class=\"number\">Difference</th></tr></thead>\n<tbody>\n");
  for (const Series& series : rehearsal.record.series) {
    const Series* twin = rehearsal.twin->find_series(series.subject);
    if (series.kind != Series::Kind::load || twin == nullptr) continue;
    page.add("<tr><th scope=\"rowgroup\" rowspan=\"5\">{}</th>", {series.subject});
    write_twin_count(page, "sent", series.total.injected, twin->total.injected);
    page.add("<tr>");
    write_twin_count(page, "failed", series.total.failed_total(), twin->total.failed_total());
    page.add("<tr>");
    write_twin_count(page, "retries", series.retries, twin->retries);
    write_twin_latency(page, "latency p50", series, *twin, 0.5);
    write_twin_latency(page, "latency p99", series, *twin, 0.99);
  }
  page.add("</tbody></table></section>\n");
}

void write_seeds(HtmlWriter& page, const Rehearsal& rehearsal) {
  if (rehearsal.runs.size() < 2) return;
  page.add("<section id=\"seeds\"><h2>All {} runs</h2>\n<div class=\"scrolls\">",
           {rehearsal.runs.size()});
  write_cells(page, rehearsal);
  page.add("</div>\n<details{}><summary>Every run</summary>\n<div>",
           {Raw{rehearsal.runs.size() <= 30 ? " open" : ""}});
  write_runs(page, rehearsal);
  page.add("</div></details></section>\n");
}

void write_assumptions(HtmlWriter& page, const Rehearsal& rehearsal) {
  const Scenario& scenario = rehearsal.scenario();
  const std::vector<const Provenance*> rows = unstated(scenario);
  const auto assumed =
      static_cast<std::uint64_t>(std::count_if(rows.begin(), rows.end(), [](const Provenance* one) {
        return one->origin == Origin::assumed;
      }));
  page.add("<section id=\"assumptions\"><h2>What this rests on</h2>\n");
  if (rows.empty()) {
    page.add("<p class=\"empty\">Every value was stated: nothing assumed, nothing defaulted.</p>");
  } else {
    page.add(
        "<details{}><summary>{} assumed, {} left at their defaults</summary>\n<div>",
        {Raw{assumed > 0 && rows.size() <= 12 ? " open" : ""}, assumed, rows.size() - assumed});
    page.add(
        "<table><thead><tr><th>Origin</th><th>Key</th><th>Value</th><th>Where</th></tr></thead>\n"
        "<tbody>");
    for (std::size_t i = 0; i < std::min(rows.size(), kProvenanceRows); ++i) {
      const Provenance& one = *rows[i];
      page.add(
          "<tr class=\"{}\"><td>{}</td><td><code>{}</code></td><td>{}{}</td><td>{}</td></tr>\n",
          {to_string(one.origin), to_string(one.origin), one.path, one.value,
           one.vary ? ", may vary by " + value_text(one.vary->value(), "%") : std::string(),
           location_text(one.at)});
    }
    page.add("</tbody></table></div></details>\n");
  }
  write_constants(page, scenario.platform);
  page.add("</section>\n");
}

void write_events(HtmlWriter& page, const Rehearsal& rehearsal) {
  const Record& record = rehearsal.record;
  if (record.events.empty()) return;
  const std::vector<const RecordedEvent*> events = events_of_note(record);
  page.add("<section id=\"events\"><h2>Events of note</h2>\n<details><summary>");
  if (events.size() == record.events.size()) {
    page.add("{} events", {events.size()});
  } else {
    page.add("{} of {} events; result.json has all", {events.size(), record.events.size()});
  }
  page.add(
      "</summary>\n<div><table><thead><tr><th class=\"number\">Time</th><th>Event</th><th>Of</th>"
      "<th>Detail</th></tr></thead>\n<tbody>");
  for (const RecordedEvent* event : events) {
    page.add("<tr><td class=\"number\">");
    write_time(page, record, event->at);
    page.add("</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
             {event->kind, event->subject, event->detail});
  }
  page.add("</tbody></table></div></details></section>\n");
}

void write_replay(HtmlWriter& page, const Rehearsal& rehearsal, const FormatOptions& options) {
  const std::string command =
      options.replay_command.empty() ? replay_command(rehearsal, {}) : options.replay_command;
  page.add(
      "<section id=\"replay\"><h2>Run it again</h2>\n<p class=\"command\"><code "
      "id=\"command\">{}</code> <button type=\"button\" id=\"copy\">Copy</button></p>\n",
      {command});
  page.add(
      "<p class=\"note\">Scenario <code>{}</code>, digest <code>{}</code>. The same scenario "
      "and seed give the same trace hash on every machine.</p></section>\n",
      {rehearsal.scenario().file, rehearsal.scenario().digest});
}

}  // namespace leapday
