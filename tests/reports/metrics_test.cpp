/// \file metrics_test.cpp
/// Every metric against a record small enough to work out by hand, and that all are documented.
/// Why: an expectation is only as good as the number it compares.
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <iterator>
#include <set>

#include "tests/reports/lab.hpp"

namespace leapday::reports_test {
namespace {

/// The value over [from, to), which must be known.
double value(Lab& lab, const std::string& call, double from = 0, double to = 600,
             bool live = false) {
  const Measurement m = lab.measure(call, from, to, live);
  BOOST_TEST_CONTEXT(call << ": " << m.why) BOOST_TEST(m.known);
  return m.value;
}

std::string why(Lab& lab, const std::string& call, double from = 0, double to = 600) {
  const Measurement m = lab.measure(call, from, to);
  BOOST_TEST_CONTEXT(call) BOOST_TEST(!m.known);
  return m.why;
}

const auto kNear = boost::test_tools::tolerance(1e-9);
const auto kBucket = boost::test_tools::tolerance(1.0 / 128);

GaugeSeries gauge(const std::string& metric, const std::string& subject) {
  GaugeSeries series{metric, subject, {}, {}};
  for (int k = 0; k < 600; ++k) {
    series.mean.push_back(k < 300 ? 2 : 4);
    series.max.push_back(k == 450 ? 9 : 5);
  }
  return series;
}

CounterSeries counter(const std::string& metric, const std::string& subject,
                      std::uint32_t per_second) {
  CounterSeries series{metric, subject, std::vector<std::uint32_t>(600, per_second)};
  series.total = 600 * std::uint64_t{per_second};
  return series;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(metrics)

BOOST_AUTO_TEST_CASE(counts_and_shares_add_up_what_was_sent_in_the_window) {
  Lab lab;
  lab.fails("shoppers", 100, 110, 10, FailureReason::refused);
  lab.fails("shoppers", 100, 110, 5, FailureReason::timeout);
  BOOST_TEST(value(lab, "success(shoppers)", 100, 110) == 0.85, kNear);
  BOOST_TEST(value(lab, "error_rate(shoppers)", 100, 110) == 0.15, kNear);
  BOOST_TEST(value(lab, "failed(shoppers)") == 150.0);
  BOOST_TEST(value(lab, "refused(shoppers)") == 100.0);
  BOOST_TEST(value(lab, "timeout(shoppers)", 105, 600) == 25.0);
  BOOST_TEST(value(lab, "reset(shoppers)") == 0.0);
  BOOST_TEST(value(lab, "answered(shoppers)", 100, 110) == 850.0);
  BOOST_TEST(value(lab, "requests(shoppers)", 100, 110) == 1000.0);
  BOOST_TEST(value(lab, "rate(shoppers)", 100, 110) == 100.0);
  BOOST_TEST(value(lab, "throughput(shoppers)", 100, 110) == 85.0);
}

BOOST_AUTO_TEST_CASE(what_backing_services_count_adds_up_over_the_window) {
  Lab lab;
  lab.scenario.dependencies["cache"].kind = DependencyKind::cache;
  lab.scenario.dependencies["db"].kind = DependencyKind::database;
  lab.record.counters = {counter("hits", "cache", 30), counter("misses", "cache", 10),
                         counter("reads", "db", 50), counter("stale_reads", "db", 5)};
  BOOST_TEST(value(lab, "hits(cache)") == 18'000.0);
  BOOST_TEST(value(lab, "misses(cache)", 100, 110) == 100.0);
  BOOST_TEST(value(lab, "hit_rate(cache)", 100, 110) == 0.75, kNear);
  BOOST_TEST(value(lab, "stale_reads(db)", 0, 60, true) == 300.0);
  BOOST_TEST(value(lab, "stale_share(db)") == 0.1, kNear);
  BOOST_TEST(why(lab, "coalesced(cache)") == "nothing was recorded of coalesced(cache)");
  lab.record.counters[0].rows.assign(600, 0);
  lab.record.counters[1].rows.assign(600, 0);
  BOOST_TEST(value(lab, "hits(cache)") == 0.0);
  BOOST_TEST(why(lab, "hit_rate(cache)") == "there was none to take a share of");
}

BOOST_AUTO_TEST_CASE(every_failure_reason_is_a_metric) {
  Lab lab;
  for (std::size_t r = 0; r < kFailureReasons; ++r) {
    const auto reason = static_cast<FailureReason>(r);
    lab.fails("shoppers", static_cast<double>(r), static_cast<double>(r) + 1,
              static_cast<std::uint32_t>(r) + 1, reason);
    BOOST_TEST(value(lab, std::string(to_string(reason)) + "(shoppers)") ==
               static_cast<double>(r) + 1);
  }
}

BOOST_AUTO_TEST_CASE(what_has_not_settled_is_in_no_share) {
  Lab lab;
  lab.hangs("shoppers", 0, 10, 40);
  BOOST_TEST(value(lab, "success(shoppers)", 0, 10) == 1.0);
  lab.fails("shoppers", 0, 10, 30);
  BOOST_TEST(value(lab, "success(shoppers)", 0, 10) == 0.5);
  lab.hangs("shoppers", 0, 10, 11);
  BOOST_TEST(why(lab, "success(shoppers)", 0, 10) ==
             "510 of 1000 requests had not settled when the run ended");
}

BOOST_AUTO_TEST_CASE(percentiles_are_nearest_ranks_over_added_histograms) {
  Lab lab(100);
  lab.sends("shop", 0, 99, 10, 20ms);
  lab.sends("shop", 99, 100, 10, 500ms);  // 990 at 20 ms, 10 at 500 ms
  BOOST_TEST(value(lab, "p50(shop)", 0, 100) == 0.020, kBucket);
  BOOST_TEST(value(lab, "p99(shop)", 0, 100) == 0.020, kBucket);
  BOOST_TEST(value(lab, "p99.1(shop)", 0, 100) == 0.500, kBucket);
  BOOST_TEST(value(lab, "p0(shop)", 0, 100) == 0.020, kBucket);
  BOOST_TEST(value(lab, "p100(shop)", 0, 100) == 0.500, kBucket);
  BOOST_TEST(value(lab, "max(shop)", 0, 100) == 0.500, kBucket);
  BOOST_TEST(value(lab, "mean(shop)", 0, 100) == 0.0248, kNear);
  BOOST_TEST(value(lab, "mean(shop)", 99, 100) == 0.5, kNear);
}

BOOST_AUTO_TEST_CASE(percentiles_need_enough_requests_to_have_one_above) {
  Lab lab(100);
  lab.sends("shop", 0, 100, 0);
  lab.sends("shop", 0, 10, 100);
  // 1 / (1 - q), exactly: 1000 answers are enough for p99.9, and just so.
  BOOST_TEST(lab.measure("p99.9(shop)", 0, 100).known);
  BOOST_TEST(why(lab, "p99.99(shop)", 0, 100) ==
             "1000 answered requests are too few for p99.99 (10000 needed)");
  lab.hangs("shop", 0, 1, 1);
  BOOST_TEST(why(lab, "p99.9(shop)", 0, 100) ==
             "999 answered requests are too few for p99.9 (1000 needed)");
  BOOST_TEST(lab.measure("p50(shop)", 20, 100).samples == 0u);
  BOOST_TEST(why(lab, "p50(shop)", 20, 100) == "no answered requests");
}

BOOST_AUTO_TEST_CASE(constant_latencies_are_exact) {
  Lab lab;
  lab.sends("shop", 0, 600, 100, 10ms);  // the middle of its bucket is 9.99424 ms
  for (const char* figure : {"p0", "p1", "p50", "p99", "p99.9", "p100", "mean", "max"}) {
    BOOST_TEST(value(lab, std::string(figure) + "(shop)") == 0.010);
    BOOST_TEST(value(lab, std::string(figure) + "(shop)", 17, 40) == 0.010);
  }
  BOOST_TEST(lab.outcome("p50(shop) >= 10ms") == Outcome::pass);
  BOOST_TEST(lab.outcome("p99(shop) < 10ms") == Outcome::fail);
  BOOST_TEST(lab.outcome("p99(shop) <= 10ms in every 1min") == Outcome::pass);
  BOOST_TEST(lab.outcome("always max(shop) == 10ms over 30s") == Outcome::pass);
}

BOOST_AUTO_TEST_CASE(two_values_are_exact_at_both_ends_and_in_windows_that_hold_one) {
  Lab lab(100);
  lab.sends("shop", 0, 90, 10, 10ms);
  lab.sends("shop", 90, 100, 10, 33'333'333ns);
  BOOST_TEST(value(lab, "p0(shop)", 0, 100) == 0.010);
  BOOST_TEST(value(lab, "p99(shop)", 0, 100) == 0.033333333);
  BOOST_TEST(value(lab, "max(shop)", 0, 100) == 0.033333333);
  BOOST_TEST(value(lab, "mean(shop)", 0, 100) == (0.9 * 10 + 0.1 * 33.333333) / 1e3, kNear);
  // The largest value of the bucket of 10 ms: at least half took no longer.
  BOOST_TEST(value(lab, "p50(shop)", 0, 100) == 0.010027007);
  BOOST_TEST(lab.outcome("p50(shop) < 10ms") == Outcome::fail);
  // Windows that hold one value forget the other, whichever way they moved.
  BOOST_TEST(value(lab, "p50(shop)", 20, 90) == 0.010);
  BOOST_TEST(value(lab, "max(shop)", 20, 90) == 0.010);
  BOOST_TEST(value(lab, "p50(shop)", 90, 100) == 0.033333333);
  BOOST_TEST(value(lab, "p0(shop)", 90, 100) == 0.033333333);
  BOOST_TEST(lab.outcome("always max(shop) <= 10ms over 5s until 90s") == Outcome::pass);
  BOOST_TEST(lab.outcome("always p50(shop) == 33333333ns over 5s after 90s") == Outcome::pass);
}

BOOST_AUTO_TEST_CASE(the_mean_never_lies_outside_what_was_seen) {
  Lab lab(60);
  std::uint64_t state = 7;
  for (int k = 0; k < 60; ++k) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    lab.sends("shop", k, k + 1, 1 + state % 7, Duration{static_cast<std::int64_t>(state >> 34)});
    const double mean = value(lab, "mean(shop)", k, k + 1);
    BOOST_TEST(mean <= value(lab, "max(shop)", k, k + 1));
    BOOST_TEST(mean >= value(lab, "p0(shop)", k, k + 1));
    BOOST_TEST(value(lab, "mean(shop)", 0, k + 1) <= value(lab, "max(shop)", 0, k + 1));
  }
}

BOOST_AUTO_TEST_CASE(parts_of_a_window_are_measured_together) {
  Lab lab;
  lab.sends("shop", 200, 300, 100, 80ms);
  lab.settle(lab.record);
  Entity shop;
  shop.name = "shop";
  const std::vector<TimeRange> pieces{{at_second(0), at_second(100)},
                                      {at_second(200), at_second(300)}};
  const MetricQuery query{.scenario = lab.scenario,
                          .record = lab.record,
                          .entity = shop,
                          .from = at_second(0),
                          .to = at_second(600),
                          .pieces = pieces};
  BOOST_TEST(lab.registry.metric("requests")->measure("requests", query).value == 20000.0);
  BOOST_TEST(lab.registry.metric("rate")->measure("rate", query).value == 100.0);
  BOOST_TEST(lab.registry.metric("mean")->measure("mean", query).value == 0.05, kNear);
}

BOOST_AUTO_TEST_CASE(live_values_go_by_settlement) {
  Lab lab;
  Series& shop = lab.of("shop");
  shop.by_settle.resize(600);
  shop.by_settle[10] = {.sent = 8, .answered = 6, .failed = {2}};
  shop.settle_latency.resize(600);
  shop.settle_latency[10].add(1'000'000, 6);
  lab.record.ended = {};  // under way
  BOOST_TEST(value(lab, "success(shop)", 10, 11, true) == 0.75);
  BOOST_TEST(value(lab, "failed(shop)", 0, 20, true) == 2.0);
  BOOST_TEST(value(lab, "p50(shop)", 0, 20, true) == 0.001);
  BOOST_TEST(!lab.measure("success(shop)", 11, 12, true).known);
  BOOST_TEST(lab.measure("success(shoppers)", 0, 12, true).why ==
             "no live counts are kept of shoppers");
}

BOOST_AUTO_TEST_CASE(retries_and_what_they_multiply) {
  Lab lab;
  lab.of("shoppers").retries = 30000;
  lab.sends("shop", 0, 600, 150);
  BOOST_TEST(value(lab, "retries(shoppers)") == 30000.0);
  BOOST_TEST(value(lab, "load_factor(shoppers)") == 1.5);
  BOOST_TEST(value(lab, "load_factor(shop)", 60, 120) == 1.5);
  BOOST_TEST(why(lab, "retries(shoppers)", 60, 120) ==
             "retries are counted over the whole run only");
  lab.scenario.apps["front"].calls.push_back({.to = "shop"});
  BOOST_TEST(why(lab, "load_factor(shop)") ==
             "other apps call shop, so its attempts are not its users'");
}

BOOST_AUTO_TEST_CASE(states_hold_from_their_step_on) {
  Lab lab;
  lab.steps("ready", "shop", {{-60, 2}, {100, 3}});
  lab.steps("instances", "shop", {{0, 4}});
  lab.steps("hosts_up", "hosts", {{0, 20}, {50, 19}});
  lab.steps("hosts_faulty", "z1", {{0, 0}, {4500, 1}});
  BOOST_TEST(value(lab, "ready(shop)", 0, 99.999) == 2.0);
  BOOST_TEST(value(lab, "ready(shop)", 0, 100) == 3.0);
  BOOST_TEST(value(lab, "instances(shop)", 0, 5) == 4.0);
  BOOST_TEST(value(lab, "hosts_up(hosts)") == 19.0);
  BOOST_TEST(value(lab, "hosts_faulty(z1)") == 0.0);
  BOOST_TEST(why(lab, "hosts_up(z9)") == "nothing was recorded of hosts_up(z9)");
}

BOOST_AUTO_TEST_CASE(gauges_have_a_mean_and_a_maximum) {
  Lab lab;
  for (const char* name : {"queue", "open", "cpu", "memory"}) {
    lab.record.gauges.push_back(gauge(name, "shop"));
    BOOST_TEST(value(lab, std::string(name) + "(shop)") == 3.0);
    BOOST_TEST(value(lab, std::string(name) + "(shop)", 0, 300) == 2.0);
    BOOST_TEST(value(lab, "max_" + std::string(name) + "(shop)") == 9.0);
    BOOST_TEST(value(lab, "max_" + std::string(name) + "(shop)", 0, 450) == 5.0);
  }
  BOOST_TEST(why(lab, "queue(nobody)") == "nothing was recorded of queue(nobody)");
}

BOOST_AUTO_TEST_CASE(backlogs_come_from_gauges_or_exactly_from_steps) {
  Lab lab;
  lab.record.gauges.push_back(gauge("backlog", "receipts"));
  BOOST_TEST(value(lab, "backlog(receipts)") == 3.0);
  BOOST_TEST(value(lab, "max_backlog(receipts)") == 9.0);
  lab.steps("backlog", "letters", {{0, 0}, {10.5, 40}, {11, 0}});
  BOOST_TEST(value(lab, "max_backlog(letters)", 0, 100) == 40.0);
  BOOST_TEST(value(lab, "backlog(letters)", 0, 100) == 0.2, kNear);
  BOOST_TEST(value(lab, "max_backlog(letters)", 11, 100) == 0.0);
  BOOST_TEST(value(lab, "max_backlog(letters)", 10.75, 100) == 40.0);
}

BOOST_AUTO_TEST_CASE(crashes_and_restarts_are_counted_from_events) {
  Lab lab;
  lab.event(0, "instance.started", "shop/0");
  lab.event(10, "instance.crashed", "shop/0");
  lab.event(15, "instance.started", "shop/0");
  lab.event(20, "instance.crashed", "shop/1");
  lab.event(25, "instance.started", "shop/1");
  lab.event(30, "instance.started", "shop/2");
  lab.event(35, "instance.crashed", "shopping/0");  // another app
  BOOST_TEST(value(lab, "crashes(shop)") == 2.0);
  BOOST_TEST(value(lab, "crashes(shop/1)") == 1.0);
  BOOST_TEST(value(lab, "crashes(shop)", 0, 20) == 1.0);
  BOOST_TEST(value(lab, "restarts(shop)") == 2.0);
  BOOST_TEST(value(lab, "restarts(shop)", 20, 100) == 1.0);
}

BOOST_AUTO_TEST_CASE(deployments_complete_or_roll_back) {
  Lab lab;
  lab.record.anchors.push_back({"rollout", "done", 0.5, 5, at_second(100)});
  lab.record.anchors.push_back({"rollout", "done", 1, 10, at_second(200)});
  BOOST_TEST(value(lab, "completed(rollout)", 0, 199) == 0.0);
  BOOST_TEST(value(lab, "completed(rollout)", 0, 200) == 1.0);
  BOOST_TEST(value(lab, "done(rollout)", 0, 150) == 0.5);
  BOOST_TEST(value(lab, "rolled_back(rollout)") == 0.0);
  lab.event(300, "deployment.rolled_back", "rollout");
  BOOST_TEST(value(lab, "rolled_back(rollout)", 0, 299) == 0.0);
  BOOST_TEST(value(lab, "rolled_back(rollout)", 0, 300) == 1.0);
  BOOST_TEST(value(lab, "completed(rollout)") == 0.0);
}

BOOST_AUTO_TEST_CASE(objectives_burn_their_budget) {
  Lab lab;
  Objective& browsing = lab.scenario.objectives["browsing"];
  browsing.of.name = "shoppers";
  browsing.good.latency = 300ms;
  browsing.target = Ratio{999, 1000};
  browsing.period = std::chrono::hours{24 * 30};
  lab.fails("shoppers", 100, 160, 1);           // 60 bad of 6000
  lab.sends("shoppers", 160, 161, 100, 400ms);  // 100 too slow
  BOOST_TEST(value(lab, "good(browsing)", 100, 160) == 0.99, kNear);
  BOOST_TEST(value(lab, "burn_rate(browsing)", 100, 160) == 10.0, kNear);
  BOOST_TEST(value(lab, "burn_rate(browsing)", 160, 161) == 1000.0, kNear);
  BOOST_TEST(value(lab, "burn_rate(browsing)", 200, 300) == 0.0);
  // 160 of 60,000 are bad: a burn rate of 2.6667 for 600 of 2,592,000 seconds.
  BOOST_TEST(value(lab, "budget_used(browsing)") == 160.0 / 60 * 600 / 2592000, kNear);
  browsing.target = Ratio{1, 1};
  BOOST_TEST(why(lab, "burn_rate(browsing)") == "a target of 100 % leaves no budget to burn");
}

BOOST_AUTO_TEST_CASE(a_limit_on_latency_includes_it_only_where_it_says_so) {
  Lab lab;
  Objective& paying = lab.scenario.objectives["paying"];
  paying.of.name = "shoppers";
  paying.good.latency = 20ms;
  BOOST_TEST(value(lab, "good(paying)") == 0.0);
  paying.good.inclusive = true;
  BOOST_TEST(value(lab, "good(paying)") == 1.0);
}

BOOST_AUTO_TEST_CASE(single_instances_keep_counts_but_no_latencies) {
  Lab lab;
  lab.add("shop/0", Series::Kind::instance);
  lab.of("shop/0").latency.clear();
  BOOST_TEST(value(lab, "success(shop/0)") == 1.0);
  BOOST_TEST(why(lab, "p50(shop/0)") == "latencies of shop/0 are not recorded by second");
}

BOOST_AUTO_TEST_CASE(names_are_unique_and_their_subjects_are_known) {
  const Lab lab;
  const std::set<std::string> kinds{"load",       "app",      "endpoint", "instance", "release",
                                    "dependency", "database", "cache",    "queue",    "deployment",
                                    "objective",  "zone",     "region",   "cloud",    "total",
                                    "hosts",      "renewer",  "monitor"};
  std::set<std::string_view> names;
  for (const auto& metric : lab.registry.metrics()) {
    BOOST_TEST(names.insert(metric->name()).second, metric->name() << " is there twice");
    BOOST_TEST(!metric->help().empty());
    std::string subjects(metric->subjects());
    for (std::size_t at = 0; at <= subjects.size();) {
      const std::size_t end = std::min(subjects.find(' ', at), subjects.size());
      BOOST_TEST(kinds.count(subjects.substr(at, end - at)) == 1u, metric->name());
      at = end + 1;
    }
  }
  for (const char* written : {"success", "p99", "p99.9", "completed", "unroutable", "burn_rate",
                              "budget_used", "failed", "max_backlog", "ready", "hosts_faulty"}) {
    BOOST_TEST((lab.registry.metric(written) != nullptr), written);
  }
}

BOOST_AUTO_TEST_CASE(every_metric_is_in_the_manual) {
  const Lab lab;
  std::ifstream file(std::string(LEAPDAY_SOURCE_DIR) + "/docs/metrics.md");
  const std::string manual{std::istreambuf_iterator<char>(file), {}};
  for (const auto& metric : lab.registry.metrics()) {
    const std::string row = "| `" + std::string(metric->name()) + "` |";
    BOOST_TEST(manual.find(row) != std::string::npos, "docs/metrics.md lacks " << row);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace leapday::reports_test
