/// \file formats_test.cpp
/// Text formats against checked-in outputs, and JUnit read back by an XML reader.
/// Why: people and programs read these; a change must be seen in a diff before it ships.
/// LEAPDAY_REBLESS=1 writes the files in tests/reports/golden anew.
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>

#include "leapday/rehearse.hpp"
#include "reports/formats/text.hpp"
#include "tests/reports/lab.hpp"

namespace leapday::reports_test {
namespace {

std::string written(const Rehearsal& rehearsal, const std::string& format,
                    const FormatOptions& options = {}) {
  Registry registry;
  register_formats(registry);
  return registry.formats.find(format)->make()->write(rehearsal, options);
}

void matches_golden(const std::string& text, const std::string& name) {
  const std::string path = std::string(LEAPDAY_SOURCE_DIR) + "/tests/reports/golden/" + name;
  if (std::getenv("LEAPDAY_REBLESS") != nullptr) std::ofstream(path) << text;
  std::ifstream file(path);
  const std::string golden{std::istreambuf_iterator<char>(file), {}};
  BOOST_TEST(text == golden, name << " differs; LEAPDAY_REBLESS=1 writes it anew\n" << text);
}

/// A rehearsal around what a lab holds, as rehearse() would put it together.
Rehearsal rehearsal_of(Lab& lab, std::uint64_t seed = 7) {
  Rehearsal rehearsal;
  const Verdict verdict = lab.judge();
  lab.record.seed = seed;
  lab.record.trace_hash = 0x9ae16a3b2f90404fU;
  ScenarioFile file;
  file.cells.push_back(lab.scenario);
  file.seeds = {seed};
  rehearsal.file = std::make_shared<const ScenarioFile>(std::move(file));
  rehearsal.record = lab.record;
  rehearsal.twin = lab.twin;
  rehearsal.runs.push_back({.cell = 0,
                            .seed = seed,
                            .trace_hash = lab.record.trace_hash,
                            .verdict = verdict,
                            .requests = lab.record.requests});
  const Outcome outcomes[] = {verdict.outcome};
  rehearsal.cells.push_back(fold(lab.scenario, outcomes));
  rehearsal.outcome = verdict.outcome;
  return rehearsal;
}

/// Twenty minutes in which a host dies during a release; one expectation of each outcome.
Lab bad_day() {
  Lab lab(1200);
  lab.scenario.name = "A cell dies while v2 rolls out";
  lab.scenario.file = "bad-day.yaml";
  lab.scenario.digest = "0011223344556677";
  lab.scenario.platform.name = "cf-diego";
  lab.scenario.platform.sources = {{"router_attempts", "3", "gorouter, config.go:12", "verified"},
                                   {"presence_ttl", "15s", "remembered", "recalled"}};
  lab.scenario.provenance = {
      {"apps.shop.service_time", "20ms", Origin::assumed, {"bad-day.yaml", 12, 5}, Ratio{1, 5}},
      {"apps.shop.queue_limit", "unlimited", Origin::defaulted, {}, {}},
      {"apps.shop.instances", "3", Origin::stated, {"bad-day.yaml", 10, 5}, {}}};
  lab.scenario.warnings = {"presence_ttl is recalled, not verified"};
  lab.scenario.deployments["rollout"].app = "shop";
  lab.twin = lab.record;
  lab.span("rollout", Span::Kind::deployment, 300, 900);
  lab.fault("cell-dies", 602.5, 900);
  lab.event(300, "deployment.begin", "rollout");
  const EventId fault = lab.event(602.5, "fault.begin", "cell-dies");
  const EventId host = lab.event(602.5, "host.crashed", "z1-0", fault);
  lab.record.events.back().detail = "power loss";
  lab.event(602.5, "instance.crashed", "shop/3", host);
  lab.event(640, "instance.started", "shop/3", host);
  lab.fails("shoppers", 603, 620, 40, FailureReason::connect_timeout);
  lab.fails("shoppers", 603, 606, 3, FailureReason::reset);
  lab.fails("shop", 603, 620, 60, FailureReason::connect_timeout);
  lab.hangs("shoppers", 1199, 1200, 2);
  lab.sends("shop", 620, 700, 100, 180ms);
  lab.sends("shoppers", 620, 700, 100, 181ms);
  lab.expect("served", "success(shoppers) >= 99% in every 5min");
  lab.expect("fast", "p99(shoppers) < 800ms");
  lab.expect(
      "recovered",
      "eventually success(shoppers) >= 99.9% over 10s for 1min within 2min after cell-dies.begin");
  lab.expect("fault-cost", "failed(shoppers) <= twin + 500");
  lab.expect("no-page", "never success(shoppers) < 50% over 10s");
  lab.expect("mail-flows", "max_backlog(receipts) < 1000 after cell-dies.end");
  return lab;
}

/// Three seeds of one cell: the second fails.
Rehearsal three_seeds() {
  Lab good;
  good.expect("served", "success(shoppers) >= 99%");
  Rehearsal rehearsal = rehearsal_of(good, 1);
  Lab bad;
  bad.expect("served", "success(shoppers) >= 99%");
  bad.fails("shoppers", 100, 200, 50);
  const Rehearsal failed = rehearsal_of(bad, 2);
  rehearsal.runs.push_back(failed.runs[0]);
  rehearsal.runs.push_back(rehearsal.runs[0]);
  rehearsal.runs[2].seed = 3;
  rehearsal.shown = 1;
  rehearsal.record = failed.record;
  const Outcome outcomes[] = {Outcome::pass, Outcome::fail, Outcome::pass};
  rehearsal.cells = {fold(good.scenario, outcomes)};
  rehearsal.outcome = rehearsal.cells[0].outcome;
  return rehearsal;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(texts)

BOOST_AUTO_TEST_CASE(durations_read_like_the_language_writes_them) {
  BOOST_TEST(text::duration(0.0) == "0 s");
  BOOST_TEST(text::duration(3e-9) == "3 ns");
  BOOST_TEST(text::duration(12.34e-6) == "12.34 us");
  BOOST_TEST(text::duration(0.8123) == "812.3 ms");
  BOOST_TEST(text::duration(0.8) == "800 ms");
  BOOST_TEST(text::duration(1.0) == "1 s");
  BOOST_TEST(text::duration(0.99999999) == "1 s");
  BOOST_TEST(text::duration(119.5) == "119.5 s");
  BOOST_TEST(text::duration(120.0) == "2min");
  BOOST_TEST(text::duration(125.0) == "2min5s");
  BOOST_TEST(text::duration(179.96) == "3min");
  BOOST_TEST(text::duration(7200.0) == "2h");
  BOOST_TEST(text::duration(7205.5) == "2h0min5.5s");
  BOOST_TEST(text::duration(-0.012) == "-12 ms");
}

BOOST_AUTO_TEST_CASE(shares_show_what_tells_them_from_their_bound) {
  BOOST_TEST(text::share(0.999) == "99.9 %");
  BOOST_TEST(text::share(0.998999) == "99.8999 %");
  BOOST_TEST(text::share(1.0) == "100 %");
  BOOST_TEST(text::signed_quantity(0.0005, "%") == "+0.05 %");
  BOOST_TEST(text::signed_quantity(-0.0005, "%") == "-0.05 %");
  BOOST_TEST(text::quantity(1536.0, "B") == "1.5 KiB");
  BOOST_TEST(text::quantity(400.0, "/s") == "400 /s");
  BOOST_TEST(text::quantity(1234567.0, "") == "1,234,567");
  BOOST_TEST(text::quantity(-1234.0, "") == "-1,234");
  BOOST_TEST(text::quantity(1.0944, "") == "1.094");
}

BOOST_AUTO_TEST_CASE(instants_are_since_the_start_and_walls_are_utc) {
  BOOST_TEST(text::instant(at_second(4500)) == "1:15:00");
  BOOST_TEST(text::instant(at_second(12.25)) == "0:00:12.25");
  BOOST_TEST(text::instant(at_second(-30)) == "-0:00:30");
  BOOST_TEST(text::wall({1330473600, 0}, at_second(4500)) == "2012-02-29T01:15:00Z");
  BOOST_TEST(text::wall({1330473600, 500'000'000}) == "2012-02-29T00:00:00.5Z");
  BOOST_TEST(text::wall({-1, 0}) == "1969-12-31T23:59:59Z");
  BOOST_TEST(text::wall({253402300799, 0}) == "9999-12-31T23:59:59Z");
}

BOOST_AUTO_TEST_CASE(no_name_breaks_a_terminal_or_a_code_point) {
  BOOST_TEST(text::clean("a\x1b[31mb\nc\x7f") == "a [31mb c ");
  BOOST_TEST(text::clean("\xC2\x9B[31m") == " [31m");  // C1 control sequence introducer
  BOOST_TEST(text::clean("a\u202eb\u200bc") == "a\\u202eb\\u200bc");  // seen by nobody, yet felt
  BOOST_TEST(text::clean("\xFF"
                         "caf\xC3\xA9\xC3") ==
             "\xEF\xBF\xBD"
             "caf\xC3\xA9\xEF\xBF\xBD");
  BOOST_TEST(text::cut("caf\xC3\xA9s", 4) == "caf\xE2\x80\xA6");
  BOOST_TEST(text::cut("\xC3\xA9\xC3\xA9\xC3\xA9", 2) == "\xC3\xA9\xE2\x80\xA6");
  BOOST_TEST(text::columns("caf\xC3\xA9") == 4u);
  BOOST_TEST(text::left("\xC3\xA9", 3) == "\xC3\xA9  ");
  BOOST_TEST(text::right("\xC3\xA9", 3) == "  \xC3\xA9");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(terminal)

BOOST_AUTO_TEST_CASE(a_bad_day_on_one_screen) {
  Lab lab = bad_day();
  matches_golden(written(rehearsal_of(lab), "terminal"), "bad_day.txt");
}

BOOST_AUTO_TEST_CASE(many_seeds_are_counted_and_the_failed_one_shown) {
  matches_golden(written(three_seeds(), "terminal"), "three_seeds.txt");
}

BOOST_AUTO_TEST_CASE(colour_only_where_it_is_wanted) {
  Lab lab = bad_day();
  const Rehearsal rehearsal = rehearsal_of(lab);
  const std::string plain = written(rehearsal, "terminal");
  std::string painted = written(rehearsal, "terminal", {.colour = true});
  BOOST_TEST(plain.find('\x1b') == std::string::npos);
  BOOST_TEST(painted.find("\x1b[1;31mFAIL\x1b[0m") != std::string::npos);
  for (std::size_t at; (at = painted.find('\x1b')) != std::string::npos;) {
    painted.erase(at, painted.find('m', at) - at + 1);
  }
  BOOST_TEST(painted == plain);
}

BOOST_AUTO_TEST_CASE(no_line_is_wider_than_the_terminal) {
  Lab lab = bad_day();
  const Rehearsal rehearsal = rehearsal_of(lab);
  for (const int width : {40, 72, 100}) {
    const std::string text = written(rehearsal, "terminal", {.width = width});
    std::size_t at = 0;
    while (at < text.size()) {
      const std::size_t end = text.find('\n', at);
      BOOST_TEST(text::columns(text.substr(at, end - at)) <= static_cast<std::size_t>(width));
      at = end + 1;
    }
  }
}

BOOST_AUTO_TEST_CASE(hostile_names_stay_on_their_line) {
  Lab lab;
  lab.scenario.name = "\x1b]0;owned\x07 name\nFAKE";
  lab.expect("served", "success(shoppers) >= 99%");
  const std::string text = written(rehearsal_of(lab), "terminal");
  BOOST_TEST(text.starts_with("PASS   ]0;owned  name FAKE\n"));
  BOOST_TEST(text.find('\x07') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_unstable_app_shows_no_mean) {
  Lab lab;
  lab.record.stability.push_back({"shop", 1.1, false});
  const std::string text = written(rehearsal_of(lab), "terminal");
  BOOST_TEST(text.find("unstable: offered load 1.10 >= 1") != std::string::npos);
  BOOST_TEST(text.find("20 ms") == std::string::npos);
  const auto json = nlohmann::json::parse(written(rehearsal_of(lab), "json"));
  BOOST_TEST(json["latency"]["shop"]["mean"].is_null());
  BOOST_TEST(json["latency"]["shoppers"]["p99"].is_null());
  BOOST_TEST(json["latency"]["shop"]["unstable"] == "unstable: offered load 1.10 >= 1");
  BOOST_TEST(json["latency"]["shop"]["count"] == 60000);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(json)

BOOST_AUTO_TEST_CASE(a_bad_day_as_one_document) {
  Lab lab = bad_day();
  const std::string text = written(rehearsal_of(lab), "json");
  matches_golden(text, "bad_day.json");

  const auto json = nlohmann::json::parse(text);
  BOOST_TEST(json["verdict"] == "fail");
  BOOST_TEST(json["trace_hash"] == "9ae16a3b2f90404f");
  BOOST_TEST(json["seed"] == 7);
  std::uint64_t settled = json["requests"]["answered"].get<std::uint64_t>() +
                          json["requests"]["in_flight"].get<std::uint64_t>();
  for (const auto& [reason, count] : json["requests"]["failed"].items()) {
    settled += count.get<std::uint64_t>();
  }
  BOOST_TEST(json["requests"]["injected"] == settled);
  BOOST_TEST(json["expectations"][0]["first_violation"]["from"] == 600.0);
}

BOOST_AUTO_TEST_CASE(every_run_and_cell_is_listed) {
  const auto json = nlohmann::json::parse(written(three_seeds(), "json"));
  BOOST_TEST(json["runs"].size() == 3u);
  BOOST_TEST(json["runs"][1]["not_passed"][0]["name"] == "served");
  BOOST_TEST(json["seed"] == 2);
  BOOST_TEST(json["cells"][0]["failed"] == 1);
  BOOST_TEST(json["verdict"] == "fail");
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_text_do_not_stop_the_report) {
  Lab lab;
  lab.scenario.name = "broken \xFF\xFE name";
  BOOST_TEST(nlohmann::json::parse(written(rehearsal_of(lab), "json"))["scenario"]["name"] ==
             "broken \xEF\xBF\xBD\xEF\xBF\xBD name");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(junit)

BOOST_AUTO_TEST_CASE(one_case_per_expectation) {
  Lab lab = bad_day();
  const std::string text = written(rehearsal_of(lab), "junit");
  matches_golden(text, "bad_day.xml");

  pugi::xml_document document;
  BOOST_REQUIRE(document.load_string(text.c_str()));
  const pugi::xml_node suite = document.child("testsuites").child("testsuite");
  BOOST_TEST(suite.attribute("tests").as_int() == 6);
  BOOST_TEST(suite.attribute("failures").as_int() == 2);
  BOOST_TEST(suite.attribute("skipped").as_int() == 1);
  BOOST_TEST(std::distance(suite.children("testcase").begin(), suite.children("testcase").end()) ==
             6);
  const pugi::xml_node served = suite.find_child_by_attribute("testcase", "name", "served");
  BOOST_TEST(served.attribute("line").as_int() == 7);
  BOOST_TEST(std::string(served.child("failure").text().get()).find("host.crashed z1-0") !=
             std::string::npos);
  const pugi::xml_node mail = suite.find_child_by_attribute("testcase", "name", "mail-flows");
  BOOST_TEST(mail.child("skipped").attribute("message").as_string() ==
             "nothing was recorded of backlog(receipts)");
  BOOST_TEST(suite.find_child_by_attribute("testcase", "name", "fast").first_child().empty());
}

BOOST_AUTO_TEST_CASE(a_seed_that_failed_fails_the_case_when_all_must_pass) {
  pugi::xml_document document;
  BOOST_REQUIRE(document.load_string(written(three_seeds(), "junit").c_str()));
  const pugi::xml_node suite = document.child("testsuites").child("testsuite");
  BOOST_TEST(suite.attribute("tests").as_int() == 2);  // served and the cell's verdict
  const pugi::xml_node served = suite.find_child_by_attribute("testcase", "name", "served");
  BOOST_TEST(std::string(served.child("failure").attribute("message").as_string()) ==
             "2 passed, 1 failed; seed 2: 91.6667 % against >= 99 %");
}

BOOST_AUTO_TEST_CASE(a_suite_without_expectations_is_not_green) {
  Lab lab;
  pugi::xml_document document;
  BOOST_REQUIRE(document.load_string(written(rehearsal_of(lab), "junit").c_str()));
  const pugi::xml_node suite = document.child("testsuites").child("testsuite");
  BOOST_TEST(suite.attribute("skipped").as_int() == 1);
  BOOST_TEST(std::string(suite.child("testcase").attribute("name").as_string()) == "verdict");
}

BOOST_AUTO_TEST_CASE(names_that_xml_cannot_hold_are_cleaned) {
  Lab lab;
  lab.scenario.name = "a < b & \"c\" \x01\x1b";
  pugi::xml_document document;
  BOOST_REQUIRE(document.load_string(written(rehearsal_of(lab), "junit").c_str()));
  BOOST_TEST(
      std::string(document.child("testsuites").child("testsuite").attribute("name").as_string()) ==
      "a < b & \"c\"   ");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(idle_faults)

/// Every expectation holds, and the fault hit nothing.
Rehearsal idle() {
  Lab lab;
  lab.expect("served", "success(shoppers) >= 99%");
  lab.fault("cell-dies", 100, 200, 0);
  return rehearsal_of(lab);
}

std::string verdict_case(const Rehearsal& rehearsal) {
  pugi::xml_document document;
  BOOST_REQUIRE(document.load_string(written(rehearsal, "junit").c_str()));
  const pugi::xml_node suite = document.child("testsuites").child("testsuite");
  return suite.find_child_by_attribute("testcase", "name", "verdict")
      .child("skipped")
      .attribute("message")
      .as_string();
}

const std::string kIdle = "every expectation held, but a fault touched nothing: cell-dies";

BOOST_AUTO_TEST_CASE(every_format_says_that_a_fault_touched_nothing) {
  const Rehearsal rehearsal = idle();
  BOOST_TEST(rehearsal.outcome == Outcome::inconclusive);
  BOOST_TEST(written(rehearsal, "terminal", {.width = 100}).find(kIdle) != std::string::npos);
  BOOST_TEST(nlohmann::json::parse(written(rehearsal, "json"))["reason"] == kIdle);
  BOOST_TEST(verdict_case(rehearsal) == kIdle);
  BOOST_TEST(written(rehearsal, "html").find("<p class=\"reason\">" + kIdle) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(of_many_seeds_the_one_shown_says_so) {
  Rehearsal rehearsal = idle();
  rehearsal.runs.insert(rehearsal.runs.begin(), rehearsal.runs[0]);
  rehearsal.runs[0].seed = 6;
  rehearsal.runs[0].verdict.outcome = Outcome::pass;
  rehearsal.shown = 1;
  const Outcome outcomes[] = {Outcome::pass, Outcome::inconclusive};
  rehearsal.cells = {fold(rehearsal.scenario(), outcomes)};
  BOOST_TEST(written(rehearsal, "terminal", {.width = 100}).find("seed 7: " + kIdle) !=
             std::string::npos);
  BOOST_TEST(nlohmann::json::parse(written(rehearsal, "json"))["runs"][1]["reason"] == kIdle);
  BOOST_TEST(verdict_case(rehearsal) == "1 passed, 0 failed, 1 inconclusive; seed 7: " + kIdle);
  BOOST_TEST(written(rehearsal, "html").find("with seed 7: " + kIdle) != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(csv)

BOOST_AUTO_TEST_CASE(every_second_of_every_subject) {
  Lab lab(3);
  lab.fails("shoppers", 1, 2, 4, FailureReason::refused);
  lab.sends("shop", 2, 3, 0);
  lab.add("shop/0", Series::Kind::instance, 50);
  lab.sends("shop/0", 1, 2, 0);
  lab.add("od,d \"name\"", Series::Kind::dependency, 1);
  matches_golden(written(rehearsal_of(lab), "csv"), "three_seconds.csv");
}

BOOST_AUTO_TEST_CASE(longer_rows_say_how_long_they_are) {
  Lab lab(3);
  lab.record.step = std::chrono::seconds{4};
  for (Series& series : lab.record.series) series.step = lab.record.step;
  lab.record.duration = lab.record.ended.time_since_epoch() * 4;
  lab.record.ended = kSimStart + lab.record.duration;
  const std::string text = written(rehearsal_of(lab), "csv");
  BOOST_TEST(text.find(",latency_s_p50,latency_s_p99,step_s\n") != std::string::npos);
  BOOST_TEST(text.find("\nshoppers,load,8,100,100,0,") != std::string::npos);
  BOOST_TEST(text.find("\nshoppers,load,12,") == std::string::npos);
  BOOST_TEST(text.ends_with(",0.020000000,0.020000000,4\n"));
  BOOST_TEST(nlohmann::json::parse(written(rehearsal_of(lab), "json"))["series_step"] == 4.0);
  BOOST_TEST(written(rehearsal_of(lab), "html").find("Figures over time are kept by 4 s") !=
             std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace leapday::reports_test
