/// \file html_page.cpp
/// The top of the HTML report: the verdict, the figures, the expectations and what led there.
/// Why: a reader must know within ten seconds whether it held, and if not, when and why.
#include "reports/formats/html_page.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "leapday/version.hpp"
#include "reports/formats/text.hpp"

namespace leapday {
namespace {

using Raw = HtmlWriter::Raw;
constexpr std::string_view kDash = "\xE2\x80\x94";
/// Of a longer chain of events the middle is left out.
constexpr std::size_t kChainEnds = 20;
/// A detail that lists forty hosts would hide the chain; the rest shows on hover.
constexpr std::size_t kDetailColumns = 150;

/// What users asked and got, after warm-up.
struct UserView {
  Counts counts;
  Histogram latency;
};

UserView user_view(const Record& record) {
  UserView view;
  for (const Series& series : record.series) {
    if (series.kind != Series::Kind::load) continue;
    view.counts.injected += series.total.injected;
    view.counts.answered += series.total.answered;
    view.counts.in_flight += series.total.in_flight;
    for (std::size_t r = 0; r < kFailureReasons; ++r) {
      view.counts.failed[r] += series.total.failed[r];
    }
    view.latency.merge(series.latency_total);
  }
  return view;
}

void write_tile(HtmlWriter& page, std::string_view label, std::string_view value,
                std::string_view note, std::string_view tone = {}) {
  page.add("<div class=\"tile {}\"><dt>{}</dt><dd><b>{}</b><span>{}</span></dd></div>\n",
           {tone, label, value, note});
}

double seconds_of(Duration d) { return static_cast<double>(d.count()) * 1e-9; }

std::string share_text(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return std::string(kDash);
  // Rounded towards the bad side: 99.9996 % is not 100 %.
  const double share = static_cast<double>(part) / static_cast<double>(whole);
  return value_text(std::floor(share * 1e5) / 1e5, "%");
}

std::string main_reason(const Counts& counts) {
  const auto most = std::max_element(counts.failed.begin(), counts.failed.end());
  if (*most == 0) return "none for any reason";
  const auto reason = static_cast<FailureReason>(most - counts.failed.begin());
  std::string text = "mostly " + std::string(to_string(reason));
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

std::string signed_text(double value, std::string_view unit) {
  return (value > 0 ? "+" : "") + value_text(value, unit);
}

void write_window(HtmlWriter& page, const Record& record, const JudgedWindow& window) {
  write_time(page, record, window.from);
  if (window.to > window.from) {
    page.add(" to ");
    write_time(page, record, window.to);
  }
}

void write_expectation(HtmlWriter& page, const Record& record, const ExpectationVerdict& one,
                       std::size_t index) {
  page.add("<tr class=\"{}\"><td data-label=\"Verdict\">", {to_string(one.outcome)});
  write_badge(page, one.outcome);
  page.add("</td><th scope=\"row\"><span class=\"name\">{}</span><code>{}</code>",
           {one.name, one.text});
  if (!one.reason.empty()) page.add("<p>{}</p>", {one.reason});
  if (!one.chain.empty()) {
    page.add("<a href=\"#why-{}\">What led there</a>", {index + 1});
  }
  const auto cell = [&](const char* label, const std::string& text) {
    page.add("<td class=\"number\" data-label=\"{}\">{}</td>", {label, text});
  };
  const std::string none(kDash);
  page.add("</th>");
  cell("Worst", one.worst ? text::quantity(one.worst->value, one.unit) : none);
  cell("Bound", one.bound ? text::quantity(*one.bound, one.unit) : none);
  cell("Margin", one.margin ? text::signed_quantity(*one.margin, one.unit) : none);
  page.add("<td data-label=\"First violation\">");
  if (one.first_violation) {
    write_window(page, record, *one.first_violation);
    page.add("<small>{} there</small>", {text::quantity(one.first_violation->value, one.unit)});
  } else {
    page.add("{}", {none});
  }
  if (one.windows > 1 && one.violations == 0) {
    page.add("<small>in none of {} windows</small>", {one.windows});
  } else if (one.windows > 1) {
    page.add("<small>in {} of {} windows</small>", {one.violations, one.windows});
  }
  page.add("</td></tr>\n");
}

void write_event(HtmlWriter& page, const Record& record, EventId id) {
  if (id.index >= record.events.size()) return;
  const RecordedEvent& event = record.events[id.index];
  page.add("<li>");
  write_time(page, record, event.at);
  page.add(" <b>{}</b> <span class=\"subject\">{}</span>", {event.kind, event.subject});
  if (!event.detail.empty()) {
    const std::string brief = text::cut(event.detail, kDetailColumns);
    page.add(" <span class=\"detail\" title=\"{}\">{}</span>",
             {brief == event.detail ? std::string() : event.detail, brief});
  }
  page.add("</li>\n");
}

void write_chain(HtmlWriter& page, const Record& record, const std::vector<EventId>& chain) {
  page.add("<ol class=\"chain\">\n");
  const bool cut = chain.size() > 2 * kChainEnds;
  for (std::size_t i = 0; i < chain.size(); ++i) {
    if (cut && i == kChainEnds) {
      page.add("<li class=\"gap\">{} events between</li>\n", {chain.size() - 2 * kChainEnds});
      i = chain.size() - kChainEnds;
    }
    write_event(page, record, chain[i]);
  }
  page.add("</ol>\n");
}

bool same_chain(const ExpectationVerdict& a, const ExpectationVerdict& b) {
  return a.chain == b.chain;
}

}  // namespace

const Verdict& shown_verdict(const Rehearsal& rehearsal) {
  static const Verdict kNone{};
  return rehearsal.shown < rehearsal.runs.size() ? rehearsal.runs[rehearsal.shown].verdict : kNone;
}

void write_badge(HtmlWriter& page, Outcome outcome, std::string_view id) {
  const std::string_view word = outcome == Outcome::pass   ? "PASS"
                                : outcome == Outcome::fail ? "FAIL"
                                                           : "INCONCLUSIVE";
  const std::string_view sign = outcome == Outcome::pass   ? "\xE2\x9C\x93"
                                : outcome == Outcome::fail ? "\xE2\x9C\x95"
                                                           : "?";
  page.add("<span class=\"badge {}\"><i aria-hidden=\"true\">{}</i>", {to_string(outcome), sign});
  if (id.empty()) {
    page.add("{}</span>", {word});
  } else {
    page.add("<strong id=\"{}\">{}</strong></span>", {id, word});
  }
}

void write_time(HtmlWriter& page, const Record& record, SimTime at) {
  page.add("<time title=\"{}\">{}</time>", {utc_text(record.start, at), elapsed_text(at)});
}

void write_banner(HtmlWriter& page, const Rehearsal& rehearsal) {
  const Scenario& scenario = rehearsal.scenario();
  const Record& record = rehearsal.record;
  page.add("<header class=\"banner {}\">\n<p class=\"brand\">Leapday rehearsal</p>\n<h1>",
           {to_string(rehearsal.outcome)});
  write_badge(page, rehearsal.outcome, "verdict");
  page.add(" <span id=\"scenario\">{}</span></h1>\n", {scenario.name});
  std::string reason = shown_verdict(rehearsal).reason;
  if (rehearsal.runs.size() > 1) {
    for (const CellVerdict& cell : rehearsal.cells) {
      if (cell.outcome == rehearsal.outcome && !cell.reason.empty()) {
        reason = cell.cell.empty() ? cell.reason : cell.cell + ": " + cell.reason;
        break;
      }
    }
  }
  if (!reason.empty()) page.add("<p class=\"reason\">{}</p>\n", {reason});
  page.add("<p class=\"facts\"><span>{} from {}</span> <span>seed {}</span>",
           {span_text(seconds_of(record.duration)), utc_text(record.start, kSimStart),
            std::to_string(record.seed)});
  if (!record.cell.empty()) page.add(" <span>cell {}</span>", {record.cell});
  if (!scenario.platform.name.empty()) {
    page.add(" <span>platform {}</span>", {scenario.platform.name});
  }
  page.add(" <span>trace hash <code>{}</code></span> <span>leapday {}</span></p>\n",
           {hex_text(record.trace_hash), kVersion});
  if (record.step > std::chrono::seconds{1}) {
    page.add("<p class=\"facts\">Figures over time are kept by {}</p>\n",
             {span_text(seconds_of(record.step))});
  }
  if (rehearsal.runs.size() > 1) {
    page.add("<p class=\"facts\">Of {} runs this page shows in full the one with seed {}: {}</p>\n",
             {rehearsal.runs.size(), std::to_string(record.seed), shown_verdict(rehearsal).reason});
  }
  page.add("</header>\n");
}

void write_tiles(HtmlWriter& page, const Rehearsal& rehearsal) {
  const UserView view = user_view(rehearsal.record);
  const std::uint64_t failed = view.counts.failed_total();
  const std::uint64_t settled = view.counts.answered + failed;
  page.add("<dl class=\"tiles\">\n");
  const double seconds = seconds_of(rehearsal.record.ended.time_since_epoch());
  write_tile(page, "Requests", count_text(view.counts.injected),
             seconds > 0 ? value_text(static_cast<double>(view.counts.injected) / seconds, "/s") +
                               " on average, by users"
                         : "by users");
  write_tile(page, "Succeeded", share_text(view.counts.answered, settled),
             "of " + count_text(settled) + " settled");
  write_tile(page, "Failed", count_text(failed), main_reason(view.counts), failed > 0 ? "bad" : "");
  if (view.latency.count() > 0) {
    write_tile(page, "Latency p99", span_text(seconds_of(view.latency.quantile(0.99))),
               "p50 " + span_text(seconds_of(view.latency.quantile(0.5))) + ", p90 " +
                   span_text(seconds_of(view.latency.quantile(0.9))));
  }
  if (rehearsal.twin) {
    const UserView twin = user_view(*rehearsal.twin);
    const auto extra =
        static_cast<std::int64_t>(failed) - static_cast<std::int64_t>(twin.counts.failed_total());
    write_tile(page, "Cost of the faults", signed_text(static_cast<double>(extra), ""),
               "failed requests, against the run without faults");
  }
  if (rehearsal.runs.size() > 1) {
    const auto passed = static_cast<std::uint64_t>(
        std::count_if(rehearsal.runs.begin(), rehearsal.runs.end(),
                      [](const RunSummary& run) { return run.verdict.outcome == Outcome::pass; }));
    write_tile(page, "Runs passed", count_text(passed) + " of " + count_text(rehearsal.runs.size()),
               rehearsal.cells.size() > 1 ? count_text(rehearsal.cells.size()) + " cells"
                                          : "different seeds");
  }
  page.add("</dl>\n");
}

void write_expectations(HtmlWriter& page, const Rehearsal& rehearsal) {
  const Verdict& verdict = shown_verdict(rehearsal);
  page.add("<section id=\"expectations\"><h2>Expectations</h2>\n");
  if (verdict.expectations.empty()) {
    page.add("<p class=\"empty\">The scenario states none, so there is nothing to judge.</p>");
  } else {
    page.add(
        "<table class=\"stacks\"><thead><tr><th scope=\"col\">Verdict</th>"
        "<th scope=\"col\">Expectation</th><th scope=\"col\" class=\"number\">Worst</th>"
        "<th scope=\"col\" class=\"number\">Bound</th>"
        "<th scope=\"col\" class=\"number\">Margin</th>"
        "<th scope=\"col\">First violation</th></tr></thead>\n<tbody>\n");
    for (std::size_t i = 0; i < verdict.expectations.size(); ++i) {
      write_expectation(page, rehearsal.record, verdict.expectations[i], i);
    }
    page.add("</tbody></table>\n");
  }
  page.add("</section>\n");
}

void write_chains(HtmlWriter& page, const Rehearsal& rehearsal) {
  const std::vector<ExpectationVerdict>& all = shown_verdict(rehearsal).expectations;
  const auto has_chain = [](const ExpectationVerdict& one) { return !one.chain.empty(); };
  if (std::none_of(all.begin(), all.end(), has_chain)) return;
  page.add("<section id=\"cause\"><h2>What led there</h2>\n");
  std::vector<bool> told(all.size(), false);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (told[i] || all[i].chain.empty()) continue;
    page.add("<div class=\"cause\"><h3>");
    for (std::size_t k = i; k < all.size(); ++k) {
      if (!same_chain(all[i], all[k])) continue;
      page.add("{}<span id=\"why-{}\">{}</span>", {k == i ? "" : ", ", k + 1, all[k].name});
      told[k] = true;
    }
    page.add("</h3>\n");
    write_chain(page, rehearsal.record, all[i].chain);
    page.add("</div>\n");
  }
  page.add("</section>\n");
}

}  // namespace leapday
