/// \file traffic_mirrors.cpp
/// Dark launches: what is copied, what users notice of it (nothing), and what shared parts do.
/// Why: a copy that delayed, failed or retried a request would be no dark launch.
#include "sim/model/mirror_path.hpp"
#include "tests/model/platform_lab.hpp"
#include "tests/model/traffic_lab.hpp"

BOOST_AUTO_TEST_SUITE(traffic_mirrors)

using namespace leapday;
using namespace leapday::model;
using leapday::model::Rehearsal;

namespace {

/// App "shop" with a load, and "shop-next" that gets copies.
std::string dark(const std::string& mirror,
                 const std::string& next = "instances: 2, service_time: 20ms",
                 const std::string& network = "", const std::string& faults = "") {
  return R"(
run: {duration: 100s, warmup: 5s}
topology: {zones: {a: {hosts: 3}, b: {hosts: 3}})" +
         network + R"(}
routers: {count: 2}
apps:
  shop: {instances: 4, zones: [a], service_time: {exponential: {mean: 10ms}}, concurrency: 4}
  shop-next: {concurrency: 4, )" +
         next + R"(}
load: {users: {to: shop, rate: 100/s, timeout: 1s}}
)" + faults +
         R"(
mirrors: {dark: {from: shop, to: shop-next)" +
         mirror + "}}\n";
}

std::string without_mirror(std::string yaml) { return yaml.substr(0, yaml.find("mirrors:")); }

const Counts& total(const Record& record, const std::string& subject) {
  const Series* series = record.find_series(subject);
  BOOST_REQUIRE(series != nullptr);
  return series->total;
}

/// Users saw the very same outcomes at the same times.
void check_unnoticed(const Record& with, const Record& without) {
  const Series& a = *with.find_series("users");
  const Series& b = *without.find_series("users");
  BOOST_TEST(a.total.injected == b.total.injected);
  BOOST_TEST(a.total.answered == b.total.answered);
  BOOST_TEST(a.total.failed == b.total.failed);
  BOOST_TEST(a.latency_sum_seconds == b.latency_sum_seconds);
  BOOST_TEST(a.retries == b.retries);
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_request_is_copied_once_when_no_share_is_stated) {
  const Rehearsal lab(dark(""));

  const Record record = lab.run();

  BOOST_TEST(record.mirrors.injected == record.requests.injected);
  BOOST_TEST(record.mirrors.answered > 9'000U);
  BOOST_TEST(record.mirrors.balanced());
  BOOST_TEST(total(record, "shop-next").injected == total(record, "shop").injected);
  BOOST_TEST(record.attempts.injected == 2 * record.requests.injected);
  check_unnoticed(record, Rehearsal(without_mirror(dark(""))).run());
}

BOOST_AUTO_TEST_CASE(a_share_of_the_requests_is_copied_and_none_at_an_explicit_zero) {
  const Record tenth = Rehearsal(dark(", share: 10%")).run();
  const Record none = Rehearsal(dark(", share: 0%")).run();

  const auto sent = static_cast<double>(tenth.requests.injected);
  check_share("copied", static_cast<double>(tenth.mirrors.injected) / sent, sent, 0.1);
  BOOST_TEST(none.mirrors.injected == 0U);
  check_unnoticed(tenth, none);
}

BOOST_AUTO_TEST_CASE(a_mirror_that_is_down_costs_failed_copies_and_nothing_else) {
  // The outage takes one of two routers along: users notice that, with a mirror or without.
  const std::string yaml = dark("", "instances: 2, service_time: 20ms, zones: [b]", "",
                                "faults: {dies: {at: 20s, kind: zone.outage, target: b}}");

  const Record record = Rehearsal(yaml).run();

  BOOST_TEST(record.mirrors.failed_total() > 3'000U);
  BOOST_TEST(record.mirrors.balanced());
  check_unnoticed(record, Rehearsal(without_mirror(yaml)).run());
}

BOOST_AUTO_TEST_CASE(a_mirror_without_instances_fails_its_copies_at_once) {
  const std::string yaml = dark("", "instances: 0, service_time: 20ms");

  const Record record = Rehearsal(yaml).run();

  BOOST_TEST(record.mirrors.injected == record.requests.injected);
  BOOST_TEST(record.mirrors.failed[static_cast<std::size_t>(FailureReason::unroutable)] ==
             record.mirrors.injected);
  check_unnoticed(record, Rehearsal(without_mirror(yaml)).run());
}

BOOST_AUTO_TEST_CASE(a_slow_mirror_delays_nobody) {
  const std::string yaml = dark("", "instances: 2, service_time: 30s");

  const Record record = Rehearsal(yaml).run();

  BOOST_TEST(record.mirrors.answered < 100U);
  check_unnoticed(record, Rehearsal(without_mirror(yaml)).run());
}

BOOST_AUTO_TEST_CASE(copies_of_copies_are_not_made) {
  Scenario scenario = shop(2, Distribution::deterministic(5ms), 50, 100s);
  for (const char* name : {"next", "after-next"}) {
    scenario.apps[name].service_time = Distribution::deterministic(5ms);
    scenario.apps[name].instances = 2;
  }
  scenario.loads["fans"].to = "next";
  scenario.loads["fans"].rate = Rate{10};
  scenario.mirrors["first"] = {.from = "shop", .to = "next"};
  scenario.mirrors["second"] = {.from = "next", .to = "after-next"};
  TrafficLab lab(scenario);
  lab.traffic.mirrors().turn(0, true);
  lab.traffic.mirrors().turn(1, true);

  const Record record = lab.finish();

  BOOST_TEST(record.mirrors.injected == record.requests.injected);  // once for each of either load
  BOOST_TEST(total(record, "after-next").injected == total(record, "fans").injected);
}

BOOST_AUTO_TEST_CASE(a_user_who_tries_again_is_copied_again) {
  Scenario scenario = shop(2, Distribution::deterministic(5ms), 50, 100s);
  scenario.apps["shop"].error_rate = Ratio{1, 5};
  scenario.apps["next"].service_time = Distribution::deterministic(5ms);
  scenario.loads["users"].policy.retry = Retry{.max_retries = 2};
  scenario.mirrors["dark"] = {.from = "shop", .to = "next"};
  TrafficLab lab(scenario);
  lab.traffic.mirrors().turn(0, true);

  const Record record = lab.finish();

  BOOST_TEST(record.find_series("users")->retries > 500U);
  BOOST_TEST(record.mirrors.injected * 2 == record.attempts.injected);
}

BOOST_AUTO_TEST_CASE(a_shared_database_serves_both) {
  // M/M/1 at 0.4 from the live app alone; copies double it to 0.8: mean 1/(100-40) s and
  // 1/(100-80) s, which the live app's users wait for as well.
  LEAPDAY_LONG_TEST();
  Scenario scenario = shop(1, Distribution::deterministic(0s), 40, 3000s);
  scenario.dependencies["db"] = {.kind = DependencyKind::database,
                                 .service_time = Distribution::exponential(10ms),
                                 .connections = 1};
  for (const char* name : {"shop", "next"}) {
    scenario.apps[name].service_time = Distribution::deterministic(0s);
    scenario.apps[name].concurrency = 0;
    scenario.apps[name].calls = {{.to = "db"}};
  }
  const Record alone = run(scenario);
  scenario.mirrors["dark"] = {.from = "shop", .to = "next"};
  scenario.apps["next"].service_time = Distribution::exponential(30s);  // as if independent
  TrafficLab lab(scenario);
  lab.traffic.mirrors().turn(0, true);
  const Record both = lab.finish();

  check_near("alone", mean_latency(alone), 1.0 / 60, 0.03);
  check_near("with its mirror", mean_latency(both), 1.0 / 20, 0.10);
  check_near("calls", static_cast<double>(total(both, "db").injected),
             2.0 * static_cast<double>(total(alone, "db").injected), 0.02);
}

BOOST_AUTO_TEST_CASE(a_network_and_the_direct_path_change_nothing_of_that) {
  const std::string far = ", network: {same_zone: 200us, same_region: 2ms}";
  for (const std::string& network : {std::string(), far}) {
    const Rehearsal lab(dark(", share: 30%", "instances: 2, service_time: 20ms", network));
    const auto run = [&lab](bool fast) {
      Run one(lab.scenario, lab.registry, {.seed = 3, .fast_path = fast});
      one.run_until(one.end());
      return one.finish();
    };
    const Record fast = run(true), slow = run(false);
    BOOST_TEST(fast.trace_hash == slow.trace_hash);
    BOOST_TEST(fast.mirrors.injected == slow.mirrors.injected);
    BOOST_TEST(fast.mirrors.answered == slow.mirrors.answered);
    BOOST_TEST(fast.mirrors.injected > 2'000U);
  }
}

BOOST_AUTO_TEST_CASE(a_mirror_begins_and_ends_as_planned_and_says_so) {
  const Record record = Rehearsal(dark(", at: 20s, for: 30s")).run();

  const Span* span = record.find_span("dark");
  BOOST_REQUIRE(span != nullptr);
  BOOST_TEST((span->kind == Span::Kind::mirror));
  BOOST_TEST(seconds(span->begin) == 20);
  BOOST_TEST(seconds(span->end) == 50);
  BOOST_TEST(first(record, "mirror.begin", "dark") == 20);
  BOOST_TEST(first(record, "mirror.end", "dark") == 50);
  const auto& seconds_of = record.find_series("shop-next")->by_send;
  BOOST_REQUIRE(seconds_of.size() >= 50U);
  for (std::size_t s = 0; s < seconds_of.size(); ++s) {
    BOOST_TEST((seconds_of[s].sent > 0) == (s >= 20 && s < 50), "second " << s);
  }
}

BOOST_AUTO_TEST_CASE(a_lasting_mirror_counts_in_what_its_app_is_offered) {
  const Record record =
      Rehearsal(dark("", "instances: 2, service_time: 90ms")).run();  // 9 of 8 servers

  const auto found = std::find_if(record.stability.begin(), record.stability.end(),
                                  [](const Stability& s) { return s.app == "shop-next"; });
  BOOST_REQUIRE(found != record.stability.end());
  check_near("offered", found->offered_load, 9.0 / 8, 0.05);
  BOOST_TEST(!found->stable);
}

BOOST_AUTO_TEST_SUITE_END()
