/// \file rehearse_test.cpp
/// Whole files through rehearse(): seeds, cells, threads, twins, cancelling.
/// Why: which thread ran what must not show, and a cancelled rehearsal must not claim a verdict.
#include "leapday/rehearse.hpp"

#include <boost/test/unit_test.hpp>
#include <memory>

#include "leapday/load.hpp"
#include "tests/reports/lab.hpp"

namespace leapday::reports_test {
namespace {

std::shared_ptr<const ScenarioFile> file_of(const std::string& expect,
                                            const std::string& more = ", seed: 3") {
  const std::string text =
      "leapday: 1\n"
      "name: small\n"
      "vars: {peak: 50/s}\n"
      "run: {duration: 20s" +
      more + "}\n" +
      "apps:\n"
      "  shop: {instances: 2, memory: 64MiB, service_time: {exponential: {mean: 5ms}}}\n"
      "load:\n"
      "  users: {to: shop, rate: $peak, timeout: 1s}\n"
      "faults:\n"
      "  slow: {at: 5s, kind: instance.hang, target: 1 of instances of shop, for: 5s}\n"
      "expect:\n"
      "  it: " +
      expect + "\n";
  const Result<ScenarioFile> file = load_text(text, "small.yaml", "", builtin_registry());
  if (!file) throw std::logic_error(to_string(file.problems().front()));
  return std::make_shared<const ScenarioFile>(*file);
}

std::vector<std::uint64_t> hashes(const Rehearsal& rehearsal) {
  std::vector<std::uint64_t> out;
  for (const RunSummary& run : rehearsal.runs) out.push_back(run.trace_hash);
  return out;
}

const std::string kHeld = "requests(users) > 0";
const std::string kBroken = "requests(users) < 1";

}  // namespace

BOOST_AUTO_TEST_SUITE(rehearsing)

BOOST_AUTO_TEST_CASE(figures_say_what_was_lost_and_how_long_it_took) {
  Record record;
  record.ended = kSimStart + 60s;
  Series users{.subject = "users", .kind = Series::Kind::load};
  users.by_send.resize(60);
  for (SecondCounts& second : users.by_send) second.sent = 100;
  for (std::size_t s = 22; s < 35; ++s) users.by_send[s].failed[0] = 10;
  users.total.injected = 6000;
  users.total.failed[0] = 130;
  record.series.push_back(users);
  record.spans.push_back({.name = "evening", .kind = Span::Kind::phase, .begin = kSimStart});
  record.spans.push_back({.name = "dies",
                          .kind = Span::Kind::fault,
                          .begin = kSimStart + 21s,
                          .end = kSimStart + 60s});
  record.steps.push_back({"instances", "shop", {{kSimStart, 2}, {kSimStart + 30s, 4}}});
  record.steps.push_back({"instances", "cart", {{kSimStart, 1}, {kSimStart + 30s, 0}}});

  const Figures found = figures(Scenario{}, record);

  BOOST_TEST(found.requests == 6000U);
  BOOST_TEST(found.failed == 130U);
  BOOST_TEST(found.disturbed);
  BOOST_REQUIRE(found.recovery.has_value());
  BOOST_TEST(found.recovery->count() == Duration(19s).count());  // bad windows end at 40 s
  BOOST_TEST(found.peak_instances == 4);
  BOOST_TEST(found.instance_hours * 3600 == 30 * 3 + 30 * 4);
}

BOOST_AUTO_TEST_CASE(what_still_fails_at_the_end_has_not_recovered) {
  Record record;
  record.ended = kSimStart + 60s;
  Series users{.subject = "users", .kind = Series::Kind::load};
  users.by_send.resize(60);
  for (SecondCounts& second : users.by_send) second.sent = 100;
  record.series.push_back(users);
  BOOST_TEST(!figures(Scenario{}, record).disturbed);
  record.spans.push_back({.name = "roll", .kind = Span::Kind::deployment, .begin = kSimStart + 5s});
  BOOST_TEST(figures(Scenario{}, record).recovery->count() == 0);

  record.series[0].by_send[55].failed[0] = 10;

  BOOST_TEST(figures(Scenario{}, record).disturbed);
  BOOST_TEST(!figures(Scenario{}, record).recovery.has_value());
}

BOOST_AUTO_TEST_CASE(threads_do_not_show_in_the_result) {
  const Registry registry = builtin_registry();
  const auto file = file_of("p50(users) < 7ms", ", matrix: {seed: 1..6, peak: [50/s, 80/s]}");

  const Rehearsal one = rehearse(file, registry, {.jobs = 1});
  const Rehearsal three = rehearse(file, registry, {.jobs = 3});

  BOOST_REQUIRE(one.runs.size() == 12u);
  BOOST_TEST(hashes(one) == hashes(three), boost::test_tools::per_element());
  BOOST_TEST(one.shown == three.shown);
  BOOST_TEST(one.record.trace_hash == three.record.trace_hash);
  BOOST_TEST(one.record.trace_hash == one.runs[one.shown].trace_hash);
  BOOST_TEST(one.outcome == three.outcome);
  BOOST_REQUIRE(one.cells.size() == 2u);
  BOOST_TEST(one.cells[0].passed == three.cells[0].passed);
  BOOST_TEST(one.runs[0].cell == 0u);
  BOOST_TEST(one.runs[6].cell == 1u);
  BOOST_TEST(one.runs[7].seed == 2u);
}

BOOST_AUTO_TEST_CASE(the_seed_and_their_number_can_be_replaced) {
  const Registry registry = builtin_registry();
  const auto file = file_of(kHeld);
  BOOST_TEST(rehearse(file, registry, {}).runs[0].seed == 3u);
  BOOST_TEST(rehearse(file, registry, {.seed = 9}).runs[0].seed == 9u);
  const Rehearsal several = rehearse(file, registry, {.jobs = 2, .seed = 9, .reps = 3});
  BOOST_REQUIRE(several.runs.size() == 3u);
  BOOST_TEST(several.runs[2].seed == 11u);
  BOOST_TEST(several.cells[0].passed == 3u);
  BOOST_TEST(several.outcome == Outcome::pass);
}

BOOST_AUTO_TEST_CASE(a_broken_expectation_fails_the_file) {
  const Registry registry = builtin_registry();
  const Rehearsal rehearsal = rehearse(file_of(kBroken), registry, {});
  BOOST_TEST(rehearsal.outcome == Outcome::fail);
  BOOST_TEST(rehearsal.verdict().expectations[0].outcome == Outcome::fail);
  BOOST_TEST(rehearsal.runs[0].requests.balanced());
  BOOST_TEST(rehearsal.runs[0].requests.injected > 500u);
}

BOOST_AUTO_TEST_CASE(a_twin_runs_when_it_is_asked_for_or_needed) {
  const Registry registry = builtin_registry();
  BOOST_TEST(!rehearse(file_of(kHeld), registry, {}).twin.has_value());
  BOOST_TEST(rehearse(file_of(kHeld), registry, {.twin = true}).twin.has_value());
  const Rehearsal needed = rehearse(file_of("failed(users) <= twin + 1000"), registry, {});
  BOOST_REQUIRE(needed.twin.has_value());
  BOOST_TEST(needed.outcome == Outcome::pass);
  BOOST_TEST(needed.twin->find_span("slow") == nullptr);
  BOOST_TEST(needed.record.find_span("slow") != nullptr);
  BOOST_TEST(needed.twin->requests.injected == needed.record.requests.injected);
}

BOOST_AUTO_TEST_CASE(a_cancelled_rehearsal_claims_nothing) {
  const Registry registry = builtin_registry();
  const std::atomic<bool> cancel{true};
  const Rehearsal rehearsal = rehearse(file_of(kHeld), registry, {.reps = 5, .cancel = &cancel});
  BOOST_TEST(rehearsal.cancelled);
  BOOST_TEST(rehearsal.runs.size() == 1u);  // there is always a record to look at
  BOOST_TEST(!rehearsal.record.cut_short.empty());
  BOOST_TEST(rehearsal.outcome == Outcome::inconclusive);
}

BOOST_AUTO_TEST_CASE(progress_rises_to_one) {
  const Registry registry = builtin_registry();
  std::vector<double> told;
  rehearse(file_of(kHeld), registry,
           {.jobs = 2, .reps = 4, .progress = [&](double share) { told.push_back(share); }});
  BOOST_REQUIRE(!told.empty());
  BOOST_TEST(told.back() == 1.0);
  BOOST_TEST(std::is_sorted(told.begin(), told.end()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace leapday::reports_test
