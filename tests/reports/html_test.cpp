/// \file html_test.cpp
/// The HTML report as text: what it holds, that it is safe, and that it stays small.
/// Why: whether it looks right takes a browser (tests/browser); whether it is right does not.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>
#include <regex>
#include <string>

#include "leapday/format.hpp"
#include "reports/formats/html_series.hpp"
#include "reports/formats/html_text.hpp"
#include "tests/reports/html_fixture.hpp"

namespace leapday {
std::unique_ptr<Format> make_html_format();
}

namespace {

using namespace leapday;
using namespace leapday::html_test;
using nlohmann::json;

std::string report_of(const Rehearsal& rehearsal) {
  return make_html_format()->write(rehearsal, {});
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

/// The text between two marks, the first of each.
std::string between(const std::string& text, const std::string& from, const std::string& to) {
  const std::size_t begin = text.find(from);
  if (begin == std::string::npos) return {};
  const std::size_t start = begin + from.size();
  return text.substr(start, text.find(to, start) - start);
}

json data_of(const std::string& page) {
  return json::parse(between(page, "<script type=\"application/json\" id=\"data\">", "</script>"));
}

Rehearsal small() { return make_rehearsal(120, 2, 1, false); }

}  // namespace

BOOST_AUTO_TEST_SUITE(html_report)

BOOST_AUTO_TEST_CASE(states_the_verdict_and_every_expectation_with_its_figures) {
  const std::string page = report_of(make_rehearsal(3000, 3));
  const std::string table = between(page, "<section id=\"expectations\">", "</section>");

  BOOST_TEST(page.find("<strong id=\"verdict\">FAIL</strong>") != std::string::npos);
  BOOST_TEST(page.find("<title>fail: Roll out v2 while a cell dies on leap day</title>") !=
             std::string::npos);
  BOOST_TEST(count_of(table, "<tr class=\"") == 5U);
  BOOST_TEST(count_of(table, "badge fail") == 2U);
  BOOST_TEST(table.find("success(shoppers) &gt;= 99.9% in every 5min") != std::string::npos);
  BOOST_TEST(table.find("98.03 %") != std::string::npos);
  BOOST_TEST(table.find("in none of") == std::string::npos);
  BOOST_TEST(table.find("in 2 of 24 windows") != std::string::npos);
  BOOST_TEST(table.find("title=\"2012-02-29 00:10:00Z\">40:00</time>") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(tells_the_chain_once_for_expectations_that_share_it) {
  const std::string page = report_of(make_rehearsal(3000, 3));
  const std::string cause = between(page, "<section id=\"cause\">", "</section>");

  BOOST_TEST(count_of(cause, "<ol") == 1U);
  BOOST_TEST(count_of(cause, "<li>") == 4U);
  BOOST_TEST(cause.find("id=\"why-1\">served") < cause.find("id=\"why-2\">fast"));
  BOOST_TEST(cause.find("host.crashed") < cause.find("router.connect_timeout"));
}

BOOST_AUTO_TEST_CASE(shows_other_outcomes_as_what_they_are) {
  Rehearsal rehearsal = small();
  rehearsal.outcome = Outcome::pass;
  rehearsal.runs[0].verdict = {Outcome::pass, "every expectation held", {}};
  const std::string page = report_of(rehearsal);

  BOOST_TEST(page.find("<strong id=\"verdict\">PASS</strong>") != std::string::npos);
  BOOST_TEST(page.find("id=\"cause\"") == std::string::npos);
  BOOST_TEST(page.find("states none, so there is nothing to judge") != std::string::npos);
  BOOST_TEST(page.find("id=\"twin\"") == std::string::npos);
  BOOST_TEST(page.find("id=\"seeds\"") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(lists_assumptions_constants_and_the_command_that_repeats_the_run) {
  const std::string page = report_of(make_rehearsal(300, 2));

  BOOST_TEST(page.find("2 assumed, 2 left at their defaults") != std::string::npos);
  BOOST_TEST(page.find("rollout_host_dies.yaml:36") != std::string::npos);
  BOOST_TEST(page.find("apps.shop.release</code>") == std::string::npos);  // It was stated.
  BOOST_TEST(page.find("2 of 3 constants not verified") != std::string::npos);
  BOOST_TEST(between(page, "<code id=\"command\">", "</code>") ==
             "leapday run scenarios/library/rollout_host_dies.yaml --seed 7 --twin");
}

BOOST_AUTO_TEST_CASE(shows_the_command_that_the_caller_gives) {
  FormatOptions options;
  options.replay_command = "leapday replay 'a<b'";

  const std::string page = make_html_format()->write(small(), options);

  BOOST_TEST(between(page, "<code id=\"command\">", "</code>") ==
             "leapday replay &#39;a&lt;b&#39;");
}

BOOST_AUTO_TEST_CASE(folds_long_warnings_and_names_unstable_apps) {
  Rehearsal rehearsal = small();
  Scenario scenario = make_scenario();
  scenario.warnings = {"constants are not verified: " + std::string(300, 'x'), "short"};
  auto file = std::make_shared<ScenarioFile>(*rehearsal.file);
  file->cells = {scenario};
  rehearsal.file = file;
  rehearsal.record.stability = {{"shop", 1.25, false}, {"catalogue", 0.5, true}};
  const std::string page = report_of(rehearsal);
  const std::string warnings = between(page, "<section id=\"warnings\"", "</section>");

  BOOST_TEST(warnings.find("<summary>constants are not verified</summary>x") != std::string::npos);
  BOOST_TEST(warnings.find("<li>short</li>") != std::string::npos);
  BOOST_TEST(warnings.find("shop was offered 125 %") != std::string::npos);
  BOOST_TEST(warnings.find("catalogue") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(lists_every_seed_and_says_which_one_is_shown) {
  const std::string page = report_of(make_rehearsal(120, 2, 20));
  const std::string runs = between(page, "<table id=\"runs\">", "</table>");

  BOOST_TEST(count_of(runs, "<tr") == 21U);
  BOOST_TEST(count_of(runs, "shown on this page") == 1U);
  BOOST_TEST(page.find("7 of 20") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(never_lets_a_name_become_markup) {
  const std::string evil = "</script><img src=x onerror=alert(1)>\"'&\xE2\x80\xA8\xE2\x80\xAEx\xFF";
  Rehearsal rehearsal = small();
  Scenario scenario = make_scenario();
  scenario.name = scenario.file = scenario.platform.name = scenario.digest = evil;
  scenario.warnings = {evil};
  scenario.provenance = {{evil, evil, Origin::assumed, {evil, 3, 1}, {}}};
  scenario.platform.sources = {{evil, evil, evil, evil}};
  auto file = std::make_shared<ScenarioFile>(*rehearsal.file);
  file->cells = {scenario};
  file->file = evil;
  rehearsal.file = file;
  Record& record = rehearsal.record;
  record.cell = record.cut_short = evil;
  for (Series& series : record.series) series.subject = evil + series.subject;
  for (Span& span : record.spans) span.name = evil;
  for (Lane& lane : record.lanes) lane = {evil, evil, {{SimTime{}, evil}}};
  for (RecordedEvent& event : record.events) event.kind = event.subject = event.detail = evil;
  record.steps = {{evil, evil, {{SimTime{}, 1}, {at_second(3), 2}}}};
  record.stability = {{evil, 2, false}};
  rehearsal.twin = record;
  rehearsal.runs.push_back(rehearsal.runs[0]);
  for (ExpectationVerdict& one : rehearsal.runs[0].verdict.expectations) {
    one.name = one.text = one.reason = one.unit = evil;
  }
  rehearsal.runs[0].verdict.reason = rehearsal.cells[0].reason = rehearsal.cells[0].cell = evil;

  const std::string page = report_of(rehearsal);
  std::ofstream(LEAPDAY_BINARY_DIR "/hostile.html") << page;  // For the browser test to open.

  BOOST_TEST(page.find("<img") == std::string::npos);
  BOOST_TEST(count_of(page, "</script") == 3U);
  BOOST_TEST(count_of(page, "<script") == 3U);
  BOOST_TEST(page.find("\xE2\x80\xA8") == std::string::npos);  // U+2028 would end a script's line.
  BOOST_TEST(page.find("\xE2\x80\xAE") == std::string::npos);  // U+202E would turn the text round.
  BOOST_TEST(page.find('\xFF') == std::string::npos);
  const json data = data_of(page);
  BOOST_TEST(data["bands"][0]["name"].get<std::string>() ==
             "</script><img src=x onerror=alert(1)>\"'&\xE2\x9F\xA8U+2028\xE2\x9F\xA9"
             "\xE2\x9F\xA8U+202E\xE2\x9F\xA9x\xEF\xBF\xBD");
}

BOOST_AUTO_TEST_CASE(needs_nothing_but_itself) {
  const std::string page = report_of(make_rehearsal(300, 3));
  const std::regex outside(R"((\s(src|srcset|action|poster|data)\s*=\s*["'])|@import|url\s*\()",
                           std::regex::icase);
  const std::regex links(R"re(href\s*=\s*"([^"]*)")re");

  BOOST_TEST(!std::regex_search(page, outside));
  for (std::sregex_iterator it(page.begin(), page.end(), links), end; it != end; ++it) {
    const std::string target = (*it)[1];
    BOOST_TEST((target.starts_with("#") || target == "data:,"), target);
  }
  BOOST_TEST(count_of(page, "://") == 1U);  // The address in uPlot's licence banner, a comment.
  BOOST_TEST(page.find("/*! https://github.com/leeoniya/uPlot") != std::string::npos);
  BOOST_TEST(page.find("default-src 'none'") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(is_the_same_text_every_time) {
  BOOST_TEST((report_of(make_rehearsal(600, 3)) == report_of(make_rehearsal(600, 3))));
}

BOOST_AUTO_TEST_CASE(stays_small_for_a_long_and_busy_run) {
  constexpr int kSeconds = 2 * 86400;
  Rehearsal rehearsal = make_rehearsal(120, 2, 700, false);
  Record& record = rehearsal.record;
  record.duration = std::chrono::seconds{kSeconds};
  record.ended = at_second(kSeconds);
  for (Series& series : record.series) {
    series.by_send.resize(kSeconds, SecondCounts{.sent = 3, .answered = 3});
    if (series.kind != Series::Kind::instance) {
      series.latency.resize(kSeconds, SparseHistogram{{{2000, 1}, {2100, 1}, {2500, 1}}, {}});
    }
  }
  for (int i = 0; i < 30; ++i) {
    record.series.push_back({.subject = "load" + std::to_string(i)});
    record.series.back().total.injected = 1;
  }
  StepSeries steps{"ready", "shop", {}};
  Lane lane{"shop/0", "shop", {}};
  for (int i = 0; i < 40000; ++i) {
    steps.steps.emplace_back(at_second(i * 4), i % 7);
    lane.states.emplace_back(at_second(i * 4), i % 2 == 0 ? "ready" : "down");
    record.events.push_back({at_second(i * 4), {}, "instance.crashed", "shop/0", "again"});
    record.spans.push_back({"flap", Span::Kind::fault, at_second(i * 4), at_second(i * 4 + 1)});
  }
  record.steps.assign(40, steps);
  record.lanes.assign(900, lane);

  const std::string page = report_of(rehearsal);
  const json data = data_of(page);

  BOOST_TEST(page.size() < 4'000'000U);
  BOOST_TEST(data["subjects"].size() == kChartSubjects);
  BOOST_TEST(data["subjects_left_out"].get<int>() > 0);
  for (const json& subject : data["subjects"]) {
    BOOST_TEST(subject["p99"].size() <= kChartPoints);
    BOOST_TEST(subject["heat"]["columns"].size() <= kHeatColumns);
  }
  BOOST_TEST(data["steps"].size() <= kStepLines);
  BOOST_TEST(data["steps"][0]["at"].size() <= kChartPoints + 1);
  BOOST_TEST(data["lanes"]["lanes"].size() == kLanes);
  BOOST_TEST(data["lanes"]["left_out"].get<std::size_t>() == 900 - kLanes);
  BOOST_TEST(data["lanes"]["lanes"][0]["at"].size() <= kLaneSegments + 1);
  BOOST_TEST(page.find("200 runs that passed are not listed") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(html_series)

BOOST_AUTO_TEST_CASE(steps_are_whole_and_round) {
  BOOST_TEST(chart_step(1, 1200) == 1);
  BOOST_TEST(chart_step(1200, 1200) == 1);
  BOOST_TEST(chart_step(1201, 1200) == 2);
  BOOST_TEST(chart_step(7200, 1200) == 10);
  BOOST_TEST(chart_step(30 * 86400, 1200) == 3600);
  BOOST_TEST(chart_step(std::int64_t{36} * 365 * 86400, 1200) == 11 * 86400);
}

BOOST_AUTO_TEST_CASE(no_request_is_lost_or_counted_twice_on_the_way_to_a_chart) {
  const Record record = make_record(4000, 2, true);
  std::size_t left_out = 0;
  const std::vector<SubjectChart> charts = subject_charts(record, nullptr, left_out);
  const auto step = chart_step(4000, kChartPoints);
  const SubjectChart& users = charts.at(0);
  const Counts& total = record.series[0].total;

  const double sent = std::accumulate(users.sent.begin(), users.sent.end(), 0.0);
  std::uint64_t in_heat = 0;
  for (const auto& column : users.heat.columns) {
    for (const auto& cell : column) in_heat += cell.second;
  }
  double failed = 0;
  for (const auto& [reason, values] : users.failed) {
    failed += std::accumulate(values.begin(), values.end(), 0.0);
  }

  BOOST_TEST(4000 % step == 0);  // Else the last, shorter step would need its own factor.
  BOOST_TEST(sent * static_cast<double>(step) == static_cast<double>(total.injected),
             boost::test_tools::tolerance(1e-9));
  BOOST_TEST(failed * static_cast<double>(step) == static_cast<double>(total.failed_total()),
             boost::test_tools::tolerance(1e-9));
  BOOST_TEST(in_heat == total.answered);
}

BOOST_AUTO_TEST_CASE(percentiles_of_a_step_come_from_all_its_requests) {
  // Two seconds share a step: 99 fast requests in one, 1 slow one in the other. Their p99 values
  // are 10 ms and 900 ms; the step's is 10 ms, and no average of the two.
  Record record;
  record.duration = std::chrono::seconds{2 * kChartPoints};
  record.ended = at_second(2.0 * kChartPoints);
  Series series{.subject = "shoppers"};
  series.latency.resize(2);
  series.latency[0].add(10'000'000, 99);
  series.latency[1].add(900'000'000);
  series.by_send = {{.sent = 99, .answered = 99}, {.sent = 1, .answered = 1}};
  series.total.injected = 100;
  record.series = {series};
  std::size_t left_out = 0;

  const SubjectChart chart = subject_charts(record, nullptr, left_out).at(0);

  BOOST_TEST(chart.p99.size() == kChartPoints);
  BOOST_TEST(chart.p99[0] == 10.0, boost::test_tools::tolerance(0.004));
  BOOST_TEST(std::isnan(chart.p99[1]));
  BOOST_TEST(chart.sent[0] == 50.0);
}

BOOST_AUTO_TEST_CASE(what_came_after_a_run_was_cut_short_is_unknown_not_zero) {
  Record record = make_record(100, 1, false);
  record.cut_short = "cancelled";
  record.ended = at_second(40);
  std::size_t left_out = 0;

  const SubjectChart chart = subject_charts(record, nullptr, left_out).at(0);

  BOOST_TEST(chart.sent[39] > 0);
  BOOST_TEST(std::isnan(chart.sent[40]));
}

BOOST_AUTO_TEST_CASE(many_instances_become_the_busiest_the_median_and_the_quietest) {
  const Record few = make_record(60, static_cast<int>(kInstanceLines), false);
  const Record many = make_record(60, static_cast<int>(kInstanceLines) + 1, false);

  const AppRates lines = app_rates(few).at(0);
  const AppRates envelope = app_rates(many).at(0);

  BOOST_TEST(lines.lines.size() == kInstanceLines);
  BOOST_TEST(!lines.envelope);
  BOOST_TEST(envelope.envelope);
  BOOST_TEST(envelope.instances == kInstanceLines + 1);
  BOOST_REQUIRE(envelope.lines.size() == 3U);
  for (std::size_t i = 0; i < envelope.lines[0].values.size(); ++i) {
    BOOST_TEST(envelope.lines[0].values[i] >= envelope.lines[1].values[i]);
    BOOST_TEST(envelope.lines[1].values[i] >= envelope.lines[2].values[i]);
  }
}

BOOST_AUTO_TEST_CASE(an_instance_and_its_replacement_of_the_same_name_are_one_line) {
  Record record = make_record(60, 2, false);
  Series later = record.series.back();
  const std::string name = later.subject;
  Series& earlier = record.series.back();
  for (std::size_t s = 0; s < 60; ++s) (s < 30 ? later : earlier).by_send[s] = {};
  record.series.push_back(later);

  const AppRates rates = app_rates(record).at(0);

  BOOST_REQUIRE(rates.lines.size() == 2U);
  BOOST_TEST(rates.lines[1].name == name);
  BOOST_TEST(rates.lines[1].values[10] + rates.lines[1].values[20] > 0);
  BOOST_TEST(rates.lines[1].values[40] + rates.lines[1].values[50] > 0);
}

BOOST_AUTO_TEST_CASE(the_heat_map_keeps_its_fast_tail_in_its_lowest_row) {
  Record record = make_record(60, 1, false);
  Series& users = record.series[0];
  users.latency[5].add(20);
  users.latency_total.add(20);
  std::size_t left_out = 0;

  const HeatMap heat = subject_charts(record, nullptr, left_out).at(0).heat;

  BOOST_TEST(heat.open_below);
  BOOST_TEST(heat.edges.front() > 0.5);  // Milliseconds: one request in 20 ns stretches nothing.
  BOOST_REQUIRE(!heat.columns[5].empty());
  BOOST_TEST(heat.columns[5].front().first == 0U);
}

BOOST_AUTO_TEST_CASE(lanes_begin_at_the_start_and_keep_their_changes) {
  Record record = make_record(7200, 2, true);
  std::size_t left_out = 0;

  const std::vector<LaneChart> lanes = lane_charts(record, left_out);

  BOOST_TEST(left_out == 0U);
  BOOST_REQUIRE(lanes.size() == record.lanes.size());
  BOOST_TEST(lanes[1].entity == "shop/1");
  BOOST_TEST(lanes[1].states.front().first == 0.0);  // The warm-up is before the axis.
  BOOST_TEST(lanes[1].states.size() == record.lanes[1].states.size());
}

BOOST_AUTO_TEST_CASE(steps_that_stayed_at_zero_are_left_out_and_changes_come_first) {
  Record record;
  record.duration = std::chrono::seconds{60};
  record.steps = {{"hosts_faulty", "z1", {{at_second(0), 0}}},
                  {"hosts_up", "z1", {{at_second(0), 4}}},
                  {"ready", "shop", {{at_second(-9), 0}, {at_second(-5), 3}, {at_second(9), 2}}}};

  const std::vector<StepLine> lines = step_lines(record);

  BOOST_REQUIRE(lines.size() == 2U);
  BOOST_TEST(lines[0].metric == "ready");
  BOOST_REQUIRE(lines[0].points.size() == 2U);
  BOOST_TEST(lines[0].points[0].second == 3.0);  // What held when the axis begins.
  BOOST_TEST(lines[1].metric == "hosts_up");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(html_text)

BOOST_AUTO_TEST_CASE(text_is_escaped_and_deceptive_characters_are_shown) {
  BOOST_TEST(html_escape("a<b>&\"'") == "a&lt;b&gt;&amp;&quot;&#39;");
  BOOST_TEST(html_escape("Z\xC3\xBCrich \xE6\x9D\xB1") == "Z\xC3\xBCrich \xE6\x9D\xB1");
  BOOST_TEST(html_escape("a\xE2\x80\xAE"
                         "b") ==
             "a\xE2\x9F\xA8U+202E\xE2\x9F\xA9"
             "b");
  BOOST_TEST(html_escape(std::string_view("\0", 1)) == "\xE2\x9F\xA8U+0000\xE2\x9F\xA9");
  BOOST_TEST(html_escape("\xC3") == "\xEF\xBF\xBD");                  // Cut short.
  BOOST_TEST(html_escape("\xC0\xBC") == "\xEF\xBF\xBD\xEF\xBF\xBD");  // An overlong '<'.
  BOOST_TEST(script_safe("{\"a\":\"</script>&\"}") == "{\"a\":\"\\u003c/script\\u003e\\u0026\"}");
}

BOOST_AUTO_TEST_CASE(values_read_as_a_person_writes_them) {
  BOOST_TEST(count_text(1234567) == "1,234,567");
  BOOST_TEST(count_text(999) == "999");
  BOOST_TEST(elapsed_text(at_second(75)) == "1:15");
  BOOST_TEST(elapsed_text(at_second(4505.25)) == "1:15:05.250");
  BOOST_TEST(elapsed_text(at_second(-30)) == "-0:30");
  BOOST_TEST(utc_text({1330471800, 0}, at_second(1800)) == "2012-02-29 00:00:00Z");
  BOOST_TEST(utc_text({-1, 0}, SimTime{}) == "1969-12-31 23:59:59Z");
  BOOST_TEST(span_text(0.0125) == "12.5 ms");
  BOOST_TEST(span_text(2700) == "45 min");
  BOOST_TEST(span_text(7500) == "2 h 5 min");
  BOOST_TEST(value_text(0.99885, "%") == "99.885 %");
  BOOST_TEST(value_text(-3, "") == "-3");
  BOOST_TEST(value_text(3 << 20, "B") == "3 MiB");
}

BOOST_AUTO_TEST_CASE(a_pattern_and_its_pieces_must_agree) {
  HtmlWriter page;
  BOOST_CHECK_THROW(page.add("<b>{}</b>"), std::logic_error);
  BOOST_CHECK_THROW(page.add("<b></b>", {"a"}), std::logic_error);
  page.add("<b>{}</b>", {HtmlWriter::Raw{"<i>"}});
  BOOST_TEST(page.take().ends_with("<b><i></b>"));
}

BOOST_AUTO_TEST_SUITE_END()
