/// \file backing_cache.cpp
/// Hit ratios of keys that expire, stampedes, and what prevents them.
/// Why: the hit ratio of a TTL cache has a closed form; a stampede is a number of calls.
#include "tests/model/backing_lab.hpp"

BOOST_AUTO_TEST_SUITE(backing_cache)

using namespace leapday;
using namespace leapday::model;

namespace {

Dependency& add_cache(Scenario& scenario, std::int64_t keys, Duration ttl, Duration fetch) {
  Dependency& cache =
      add_service(scenario, "cache", DependencyKind::cache, Distribution::deterministic(0s));
  cache.keys = keys;
  cache.ttl = ttl;
  cache.backed_by = "db";
  add_service(scenario, "db", DependencyKind::database, Distribution::deterministic(fetch));
  return scenario.dependencies["cache"];
}

/// Poisson calls of so many keys, each held for a second and fetched in no time.
double hit_ratio(std::int64_t keys, double zipf, double per_second,
                 std::chrono::duration<double> duration) {
  Scenario scenario;
  scenario.run.duration = std::chrono::duration_cast<Duration>(duration);
  add_callers(scenario, "shop", per_second, {.to = "cache"});
  add_cache(scenario, keys, 1s, 0s).zipf = zipf;
  const Record record = run(scenario);
  const auto hits = static_cast<double>(counted(record, "hits", "cache"));
  const auto misses = static_cast<double>(counted(record, "misses", "cache"));
  BOOST_TEST(static_cast<double>(record.find_series("db")->total.injected) == misses);
  return hits / (hits + misses);
}

/// One key that a hundred calls a second ask for and that takes a second to fetch, from cold.
Scenario popular() {
  Scenario scenario = front_of(10ms, 6000, {{.to = "cache"}});
  scenario.run.boot = Boot::cold;
  add_cache(scenario, 1, 10s, 1s);
  return scenario;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_hit_ratio_of_a_key_is_that_of_a_ttl_cache) {
  LEAPDAY_LONG_TEST();
  // A key that is fetched is held for T, in which lambda T calls hit it on average.
  for (const double per_key : {0.25, 1.0, 4.0}) {
    check_near("lambda T / (1 + lambda T), lambda T = " + std::to_string(per_key),
               hit_ratio(100, 0, per_key * 100, 1000s / per_key), per_key / (1 + per_key), 0.03);
  }
}

BOOST_AUTO_TEST_CASE(popular_keys_are_hit_more_often_by_zipfs_law) {
  LEAPDAY_LONG_TEST();
  double total = 0;
  for (int k = 1; k <= 1000; ++k) total += 1.0 / k;
  double expected = 0;
  for (int k = 1; k <= 1000; ++k) {
    const double share = 1.0 / k / total;
    expected += share * (500 * share) / (1 + 500 * share);
  }
  check_near("sum over keys", hit_ratio(1000, 1, 500, 200s), expected, 0.01);
}

BOOST_AUTO_TEST_CASE(when_a_popular_key_expires_everybody_asks_the_database) {
  const Record record = run(popular());
  // Fetches of the first second end one after another, and with each the key is stored anew: the
  // last at 1.99 s. It expires at 11.99 s, and so on every 11.99 s; five of the last calls miss.
  BOOST_TEST(most(record, "open", "db") >= 99.0);
  BOOST_TEST(most(record, "open", "db") <= 101.0);
  BOOST_TEST(counted(record, "misses", "cache") >= 500U);
  BOOST_TEST(counted(record, "misses", "cache") <= 515U);
  BOOST_TEST(record.find_series("db")->total.injected == counted(record, "misses", "cache"));
}

BOOST_AUTO_TEST_CASE(one_fetch_at_a_time_is_enough_for_all_who_wait) {
  Scenario scenario = popular();
  scenario.dependencies["cache"].coalesce = true;
  const Record record = run(scenario);
  BOOST_TEST(most(record, "open", "db") == 1.0);
  BOOST_TEST(record.find_series("db")->total.injected == 6U);
  BOOST_TEST(counted(record, "misses", "cache") ==
             counted(record, "coalesced", "cache") + record.find_series("db")->total.injected);
  BOOST_TEST(std::abs(quantile(record, 1.0) - 1.0) < 0.01);
}

BOOST_AUTO_TEST_CASE(a_fetch_that_fails_fails_all_who_waited_for_it) {
  Scenario scenario = popular();
  scenario.dependencies["cache"].coalesce = true;
  scenario.dependencies["db"].error_rate = Ratio{1, 1};
  const Record record = run(scenario);
  BOOST_TEST(record.requests.answered == 0U);
  const std::uint64_t fetches = record.find_series("db")->total.injected;
  BOOST_TEST(fetches >= 59U);  // one a second
  BOOST_TEST(fetches <= 61U);
}

BOOST_AUTO_TEST_CASE(fetching_early_at_random_spreads_a_stampede) {
  LEAPDAY_LONG_TEST();
  Scenario scenario = popular();
  scenario.dependencies["cache"].early_refresh = 1;
  const Record record = run(scenario);
  // With r calls a second and fetches of D, the first early one comes about D ln(r D) ahead, and
  // while it is under way so do a few more: rD (1 - 1/e) e^(1 - ln(rD)) is 1.7. From cold there is
  // nothing to be early with.
  const GaugeSeries* open = record.find_gauge("open", "db");
  const float later = *std::max_element(open->max.begin() + 3, open->max.end());
  BOOST_TEST_MESSAGE("fetches at once: " << later);
  BOOST_TEST(later >= 1.0F);
  BOOST_TEST(later <= 12.0F);
  for (std::size_t s = 3; s < 60; ++s) {  // and nobody waits for what is still held
    const SparseHistogram& second = record.find_series("users")->latency[s];
    BOOST_TEST(second.exact.sum_seconds() <= 12.0);
  }
}

BOOST_AUTO_TEST_CASE(a_flush_makes_every_key_a_miss) {
  Scenario scenario = front_of(1ms, 20'000, {{.to = "cache"}});
  add_cache(scenario, 1000, 1h, 1ms).ttl.reset();
  TrafficLab lab(scenario);
  lab.run_until(10s);
  BOOST_TEST(counted(lab.world.recorder.live(), "misses", "cache") == 0U);  // a warm start
  BOOST_TEST(lab.traffic.flush(DependencyId{0}) == 1000U);
  BOOST_TEST(lab.traffic.flush(DependencyId{0}) == 0U);
  const Record record = lab.finish();
  // Each key once, and once more where a second call came within the fetch's millisecond.
  BOOST_TEST(counted(record, "misses", "cache") >= 995U);
  BOOST_TEST(counted(record, "misses", "cache") <= 1050U);
}

BOOST_AUTO_TEST_CASE(a_cache_that_was_down_is_cold) {
  Scenario scenario = front_of(1ms, 20'000, {{.to = "cache", .optional = true}});
  Dependency& cache = add_cache(scenario, 100, 1h, 0ms);
  cache.ttl.reset();
  cache.coalesce = true;
  TrafficLab lab(scenario);
  lab.run_until(5s);
  const std::uint32_t down = lab.traffic.push(DependencyId{0}, {.down = true});
  lab.run_until(6s);
  lab.traffic.pop(down);
  const Record record = lab.finish();
  BOOST_TEST(counted(record, "misses", "cache") == 100U);
}

BOOST_AUTO_TEST_CASE(a_retry_asks_for_the_same_key) {
  Scenario scenario = front_of(100ms, 50, {{.to = "cache"}});
  scenario.run.boot = Boot::cold;
  add_cache(scenario, 1'000'000, 1h, 0ms);
  scenario.dependencies["db"].error_rate = Ratio{1, 2};
  scenario.apps["shop"].calls[0].policy.retry = Retry{.max_retries = 20};
  const Record record = run(scenario);
  // All keys differ, so every call misses until its key is stored, and never again.
  BOOST_TEST(record.requests.answered == 50U);
  BOOST_TEST(record.find_series("db")->total.answered == 50U);
}

BOOST_AUTO_TEST_CASE(a_share_of_hits_is_counted_too) {
  Scenario scenario = front_of(1ms, 10'000, {{.to = "cache"}});
  Dependency& cache =
      add_service(scenario, "cache", DependencyKind::cache, Distribution::deterministic(0s));
  cache.hit_rate = Ratio{9, 10};
  cache.warm_up = 10s;
  cache.backed_by = "db";
  add_database(scenario);
  TrafficLab lab(scenario);
  lab.run_until(5s);
  check_share("warm",
              static_cast<double>(counted(lab.world.recorder.live(), "misses", "cache")) / 5000,
              5000, 0.1);
  BOOST_TEST(lab.traffic.flush(DependencyId{0}) == 1U);
  const Record record = lab.finish();
  // The hit rate rises from 0 to .45 in the five seconds that are left.
  check_near("after a flush", static_cast<double>(record.find_series("db")->total.injected),
             5000 * 0.1 + 5000 * (1 - 0.225), 0.03);
}

BOOST_AUTO_TEST_SUITE_END()
