/// \file terminal.cpp
/// The summary that a person reads in ten seconds: verdict first, then what broke it and why.
/// Why: most rehearsals are looked at once, in a terminal, by somebody in a hurry.
#include <fmt/format.h>

#include <algorithm>

#include "leapday/cost.hpp"
#include "leapday/registry.hpp"
#include "reports/formats/summary.hpp"
#include "reports/formats/text.hpp"

namespace leapday {
namespace {

using text::left;
using text::right;

/// Lines of one report, cut to the width, with colour where it is wanted.
class Page {
 public:
  explicit Page(const FormatOptions& options)
      : colour_(options.colour),
        width_(static_cast<std::size_t>(std::clamp(options.width, 40, 400))) {}

  void line(std::string_view content = {}) {
    std::string cut = text::cut(text::clean(content), width_);
    cut.erase(cut.find_last_not_of(' ') + 1);
    out_ += cut + "\n";
  }
  /// A line whose first occurrence of `part` is painted.
  void painted(std::string_view content, std::string_view part, Outcome outcome) {
    const std::size_t before = out_.size();
    line(content);
    const std::size_t at = out_.find(part, before);
    if (!colour_ || at == std::string::npos) return;
    out_.insert(at + part.size(), "\x1b[0m");
    out_.insert(at, code(outcome));
  }
  /// Wrapped at spaces; continued lines are indented alike. What exceeds `most` lines is left out.
  void paragraph(std::string_view content, std::size_t indent, std::size_t most = 20) {
    const std::string clean = text::clean(content);
    const std::string margin(indent, ' ');
    std::string row;
    std::string_view rest = clean;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find(' '), rest.size());
      const std::string_view word = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (word.empty()) continue;
      if (!row.empty() && indent + text::columns(row) + 1 + text::columns(word) > width_) {
        if (--most == 0) row += " \xE2\x80\xA6";
        line(margin + row);
        if (most == 0) return;
        row.clear();
      }
      row += (row.empty() ? "" : " ") + std::string(word);
    }
    if (!row.empty()) line(margin + row);
  }
  std::string take() { return std::move(out_); }

 private:
  static std::string_view code(Outcome outcome) {
    switch (outcome) {
      case Outcome::pass:
        return "\x1b[1;32m";
      case Outcome::fail:
        return "\x1b[1;31m";
      case Outcome::inconclusive:
        return "\x1b[1;33m";
    }
    return "";
  }
  bool colour_;
  std::size_t width_;
  std::string out_;
};

std::string_view shout(Outcome outcome) {
  switch (outcome) {
    case Outcome::pass:
      return "PASS";
    case Outcome::fail:
      return "FAIL";
    case Outcome::inconclusive:
      return "INCONCLUSIVE";
  }
  return "";
}

/// Columns as wide as their widest cell; the first is flush left, figures flush right.
void table(Page& page, const std::vector<std::vector<std::string>>& rows, std::size_t flush_left) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t c = 0; c < row.size(); ++c) {
      widths[c] = std::max(widths[c], std::min<std::size_t>(text::columns(row[c]), 40));
    }
  }
  for (const auto& row : rows) {
    std::string content = " ";
    for (std::size_t c = 0; c < row.size(); ++c) {
      const bool last = c + 1 == row.size();
      const std::string cell = last ? row[c] : text::cut(row[c], widths[c]);
      const bool flush = c < flush_left || (last && !cell.empty() && cell[0] > '9');
      content += " " + (flush ? left(cell, widths[c]) : right(cell, widths[c])) + " ";
    }
    page.line(content);
  }
}

std::string optional_text(const std::optional<double>& value, std::string_view unit) {
  return value ? text::quantity(*value, unit) : "-";
}

/// ">= 99.9 %" of a comparison, "within 2min" of eventually, the plain bound otherwise.
std::string bound_text(const Scenario& scenario, const ExpectationVerdict& e) {
  if (!e.bound) return "";
  const std::string bound = text::quantity(*e.bound, e.unit);
  const Expectation* expectation = scenario.expectations.find(e.name);
  if (expectation == nullptr) return bound;
  if (expectation->kind == Expectation::Kind::eventually) return "within " + bound;
  const bool plain = expectation->kind == Expectation::Kind::comparison;
  if (expectation->kind == Expectation::Kind::never &&
      expectation->condition.kind == Condition::Kind::call) {
    return "never";
  }
  if (!plain && expectation->condition.kind != Condition::Kind::comparison) return bound;
  const Comparison& comparison =
      plain ? expectation->comparison : expectation->condition.comparison;
  const bool never = expectation->kind == Expectation::Kind::never;
  return fmt::format("{}{} {}", never ? "never " : "", text::sign_of(comparison.op), bound);
}

/// To the millisecond, which is enough to read by.
std::string event_time(const RecordedEvent& event) {
  const Duration since = event.at.time_since_epoch();
  return text::instant(kSimStart + std::chrono::floor<std::chrono::milliseconds>(since));
}

void write_chain(Page& page, const Record& record, const std::vector<EventId>& chain) {
  if (chain.empty()) return;
  page.line("      because");
  std::size_t time_width = 0;
  std::size_t kind_width = 0;
  std::size_t subject_width = 0;
  for (const EventId id : chain) {
    time_width = std::max(time_width, event_time(record.events[id.index]).size());
    kind_width = std::max(kind_width, text::columns(record.events[id.index].kind));
    subject_width = std::max(subject_width, text::columns(record.events[id.index].subject));
  }
  for (const EventId id : chain) {
    const RecordedEvent& event = record.events[id.index];
    page.line(fmt::format("      {}  {}  {}  {}", right(event_time(event), time_width),
                          left(event.kind, kind_width), left(event.subject, subject_width),
                          event.detail));
  }
}

/// "at 0:10:03" of a second or less, "from 0:10:00 to 0:15:00" of a window.
std::string when_text(const Record& record, const JudgedWindow& window) {
  const std::string wall = text::wall(record.start, window.from);
  if (window.to - window.from <= Duration{1s}) {
    return fmt::format("first at {} ({})", text::instant(window.from), wall);
  }
  return fmt::format("first from {} ({}) to {}", text::instant(window.from), wall,
                     text::instant(window.to));
}

void write_expectations(Page& page, const Rehearsal& rehearsal) {
  const Scenario& scenario = rehearsal.scenario();
  const Verdict& verdict = rehearsal.verdict();
  std::size_t name_width = 11;
  std::size_t bound_width = 5;
  for (const ExpectationVerdict& e : verdict.expectations) {
    name_width = std::clamp(text::columns(text::clean(e.name)), name_width, std::size_t{28});
    bound_width = std::max(bound_width, text::columns(bound_text(scenario, e)));
  }
  if (verdict.expectations.empty()) return;
  page.line();
  page.line(fmt::format("  {}  {}  {}  {}  margin", left("expectation", name_width),
                        left("verdict", 12), right("worst", 10), left("bound", bound_width)));
  for (const ExpectationVerdict& e : verdict.expectations) {
    const std::string worst = e.worst ? text::quantity(e.worst->value, e.unit) : "-";
    const std::string margin = e.margin ? text::signed_quantity(*e.margin, e.unit) : "-";
    const std::string name = text::cut(text::clean(e.name), name_width);
    page.painted(
        fmt::format("  {}  {}  {}  {}  {}", left(name, name_width), left(shout(e.outcome), 12),
                    right(worst, 10), left(bound_text(scenario, e), bound_width), margin),
        shout(e.outcome), e.outcome);
    if (e.outcome == Outcome::pass) continue;
    page.paragraph(e.text, 6);
    page.paragraph(e.reason, 6);
    if (e.first_violation) page.paragraph(when_text(rehearsal.record, *e.first_violation), 6);
    write_chain(page, rehearsal.record, e.chain);
  }
}

void write_seeds(Page& page, const Rehearsal& rehearsal) {
  if (rehearsal.runs.size() < 2 && rehearsal.cells.size() < 2) return;
  page.line();
  page.line(fmt::format("  {} runs", text::count(rehearsal.runs.size())));
  std::size_t width = 0;
  for (const CellVerdict& cell : rehearsal.cells) {
    width = std::max(width, text::columns(text::clean(cell.cell)));
  }
  for (const CellVerdict& cell : rehearsal.cells) {
    const std::string name = left(text::clean(cell.cell), width) + (width > 0 ? "  " : "");
    page.painted(fmt::format("  {}{}  {}", name, left(shout(cell.outcome), 12), cell.reason),
                 shout(cell.outcome), cell.outcome);
  }
  const RunSummary& shown = rehearsal.runs[rehearsal.shown];
  const std::string& cell = rehearsal.cells[shown.cell].cell;
  page.paragraph(fmt::format("shown here: {}seed {}: {}", cell.empty() ? "" : cell + ", ",
                             shown.seed, shown.verdict.reason),
                 2);
}

void write_requests(Page& page, const Record& record) {
  std::vector<std::vector<std::string>> rows{
      {"requests", "sent", "answered", "failed", "in flight", ""}};
  for (const Series& series : record.series) {
    if (series.kind != Series::Kind::load) continue;
    const std::uint64_t settled = series.total.answered + series.total.failed_total();
    const std::string share = settled == 0
                                  ? "-"
                                  : text::share(static_cast<double>(series.total.answered) /
                                                static_cast<double>(settled));
    rows.push_back({text::clean(series.subject), text::count(series.total.injected), share,
                    text::count(series.total.failed_total()), text::count(series.total.in_flight),
                    summary::reasons(series.total)});
  }
  if (rows.size() == 1) return;
  page.line();
  table(page, rows, 1);
}

void write_latencies(Page& page, const Scenario& scenario, const Record& record) {
  std::vector<std::vector<std::string>> rows{{"latency", "mean"}};
  for (const summary::Percentile& p : summary::kPercentiles) rows[0].push_back(p.name);
  rows[0].push_back("max");
  for (const summary::Latency& row : summary::latencies(scenario, record)) {
    const bool endpoint =
        row.kind == Series::Kind::load_endpoint || row.kind == Series::Kind::app_endpoint;
    if (endpoint || row.count == 0) continue;
    std::vector<std::string> cells{text::clean(row.subject)};
    if (!row.unstable.empty()) {
      cells.push_back(row.unstable);
    } else {
      cells.push_back(optional_text(row.mean, "s"));
      for (const auto& p : row.percentiles) cells.push_back(optional_text(p, "s"));
      cells.push_back(optional_text(row.max, "s"));
    }
    rows.push_back(std::move(cells));
  }
  if (rows.size() == 1) return;
  // A row that says "unstable" must not widen the column of means.
  std::vector<std::vector<std::string>> stable;
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(stable),
               [](const auto& row) { return row.size() != 2; });
  page.line();
  table(page, stable, 1);
  for (const auto& row : rows) {
    if (row.size() == 2) page.line("  " + row[0] + "  " + row[1]);
  }
}

/// Hours, gigabytes and money, by cloud.
void write_cost(Page& page, const Scenario& scenario, const Record& record) {
  if (!has_prices(scenario.topology)) return;
  std::vector<std::vector<std::string>> rows{{"cost in " + text::clean(scenario.topology.currency),
                                              "total", "hosts", "instances", "traffic",
                                              "host hours", "egress GB"}};
  for (const CloudUsage& row : usage_by_cloud(scenario, record)) {
    const Usage& u = row.usage;
    rows.push_back({row.cloud.empty() ? "all hosts" : text::clean(row.cloud),
                    fmt::format("{:.2f}", u.cost()), fmt::format("{:.2f}", u.hosts_cost),
                    fmt::format("{:.2f}", u.instances_cost), fmt::format("{:.2f}", u.traffic_cost),
                    fmt::format("{:.2f}", u.host_hours), fmt::format("{:.3f}", u.egress_gb)});
  }
  page.line();
  table(page, rows, 1);
}

void write_twin(Page& page, const Rehearsal& rehearsal) {
  const std::vector<summary::Difference> differences = summary::differences(rehearsal);
  if (differences.empty()) return;
  std::vector<std::vector<std::string>> rows{
      {"what the faults cost", "", "this run", "twin", "difference"}};
  std::string last;
  for (const summary::Difference& d : differences) {
    const std::string difference =
        d.run && d.twin ? text::signed_quantity(*d.run - *d.twin, d.unit) : "-";
    rows.push_back({d.subject == last ? "" : text::clean(d.subject), d.figure,
                    optional_text(d.run, d.unit), optional_text(d.twin, d.unit), difference});
    last = d.subject;
  }
  page.line();
  table(page, rows, 2);
}

/// What fits a page that is read in ten seconds.
std::string shortened(const std::string& text) {
  constexpr std::size_t kLongest = 240;
  if (text.size() <= kLongest) return text;
  return text.substr(0, text.rfind(' ', kLongest - 40)) + " ... (all of it in the JSON report)";
}

void write_assumptions(Page& page, const Scenario& scenario) {
  const summary::Assumptions found = summary::assumptions(scenario);
  page.line();
  std::string rests = fmt::format("rests on {} assumed and {} default values", found.assumed.size(),
                                  found.defaulted.size());
  if (!scenario.platform.name.empty()) {
    rests += fmt::format(", and on the platform profile {}", scenario.platform.name);
    if (!found.unverified.empty()) {
      rests += fmt::format(" with {} constants that are not verified", found.unverified.size());
    }
  }
  page.paragraph(rests, 2);
  constexpr std::size_t kShown = 5;
  for (std::size_t i = 0; i < std::min(kShown, found.assumed.size()); ++i) {
    const Provenance& value = *found.assumed[i];
    std::string vary;
    if (value.vary) vary = ", give or take " + text::share(value.vary->value());
    page.line(fmt::format("    assumed  {} = {}{}", value.path, value.value, vary));
  }
  if (found.assumed.size() > kShown) {
    page.line(fmt::format("    and {} more (see the JSON report)", found.assumed.size() - kShown));
  }
  for (const std::string& warning : scenario.warnings) {
    page.paragraph("note: " + shortened(warning), 2, 2);
  }
}

/// Of many runs the reason of the first cell that gave the outcome, of one run its own.
/// What was published beside what is asserted of it.
void write_incident(Page& page, const Scenario& scenario) {
  if (!scenario.incident) return;
  const Incident& incident = *scenario.incident;
  page.line();
  page.paragraph(fmt::format("{} {}: {}", incident.instead.empty() ? "replays" : "would have been",
                             text::wall(incident.date),
                             incident.instead.empty() ? incident.source : incident.instead),
                 2);
  for (const auto& published : incident.published) {
    page.paragraph(fmt::format("{}, published: {}", published.name, published.value), 4);
  }
  for (const std::string& assumed : incident.assumed) page.paragraph("assumed: " + assumed, 4);
}

std::string headline(const Rehearsal& rehearsal) {
  if (rehearsal.runs.size() > 1) {
    for (const CellVerdict& cell : rehearsal.cells) {
      if (cell.outcome == rehearsal.outcome) return cell.reason;
    }
  }
  return rehearsal.verdict().reason;
}

class Terminal final : public Format {
 public:
  std::string_view file_name() const override { return "summary.txt"; }
  std::string write(const Rehearsal& rehearsal, const FormatOptions& options) const override {
    Page page(options);
    const Scenario& scenario = rehearsal.scenario();
    const Record& record = rehearsal.record;
    const std::string_view word = shout(rehearsal.outcome);
    page.painted(fmt::format("{}  {}", word, scenario.name), word, rehearsal.outcome);
    const std::string indent(word.size() + 2, ' ');
    const std::string reason = headline(rehearsal);
    page.paragraph(reason, indent.size());
    page.line(fmt::format("{}{} from {}, seed {}{}", indent, text::duration(record.duration),
                          text::wall(record.start), record.seed,
                          record.cell.empty() ? "" : ", " + record.cell));
    if (!record.cut_short.empty() && reason.find("cut short") == std::string::npos) {
      page.paragraph(fmt::format("cut short at {} ({}): what follows is not the whole run",
                                 text::instant(record.ended), record.cut_short),
                     indent.size());
    }
    if (rehearsal.cancelled) page.line(indent + "cancelled: what follows is not the whole run");
    write_incident(page, scenario);
    write_seeds(page, rehearsal);
    write_expectations(page, rehearsal);
    write_requests(page, record);
    write_latencies(page, scenario, record);
    write_cost(page, scenario, record);
    write_twin(page, rehearsal);
    write_assumptions(page, scenario);
    page.line();
    page.line("  trace " + summary::hash_text(record.trace_hash));
    return page.take();
  }
};

}  // namespace

std::unique_ptr<Format> make_terminal_format() { return std::make_unique<Terminal>(); }

}  // namespace leapday
