/// \file backing_nodes.cpp
/// Servers that contend, and the connections that their callers keep to them.
/// Why: the universal scalability law and the arithmetic of pools are exact; so is the test.
#include "tests/model/backing_lab.hpp"

BOOST_AUTO_TEST_SUITE(backing_nodes)

using namespace leapday;
using namespace leapday::model;

namespace {

constexpr double kContention = 0.05;
constexpr double kCoherency = 0.001;

/// Answers per second of a database that is never idle, for so many callers.
double throughput(std::int64_t callers, std::int64_t connections = 0) {
  Scenario scenario;
  scenario.run.duration = 300s;
  add_callers(scenario, "shop", 0, {.to = "db"});
  Load& load = scenario.loads["of-shop"];
  load.rate.reset();
  load.closed =
      ClosedLoop{.clients = callers, .think_time = Distribution::deterministic(Duration{0})};
  Dependency& db =
      add_service(scenario, "db", DependencyKind::database, Distribution::exponential(10ms));
  db.contention = kContention;
  db.coherency = kCoherency;
  db.connections = connections;
  return static_cast<double>(run(scenario).find_series("db")->total.answered) / 300;
}

double law(double n) { return 100 * n / (1 + kContention * (n - 1) + kCoherency * n * (n - 1)); }

/// Requests one after another, each a second at the database.
Scenario pooled(std::int64_t instances, std::int64_t pool, std::int64_t connections, Duration gap,
                int count) {
  Scenario scenario = front_of(gap, count, {{.to = "db"}});
  scenario.apps["shop"].instances = instances;
  Dependency& db = add_database(scenario, 1s);
  db.pool = pool;
  db.connections = connections;
  return scenario;
}

}  // namespace

BOOST_AUTO_TEST_CASE(throughput_follows_the_universal_scalability_law) {
  LEAPDAY_LONG_TEST();
  for (const std::int64_t n : {1, 4, 16, 64}) {
    check_near("X(" + std::to_string(n) + ")", throughput(n), law(static_cast<double>(n)), 0.02);
  }
}

BOOST_AUTO_TEST_CASE(it_peaks_where_the_law_says_and_a_smaller_pool_does_more_than_a_large_one) {
  LEAPDAY_LONG_TEST();
  const double peak = std::sqrt((1 - kContention) / kCoherency);  // 30.8
  const auto at = static_cast<std::int64_t>(std::lround(peak));
  const double best = throughput(at);
  check_near("X(N*)", best, law(peak), 0.02);
  BOOST_TEST(best > 1.04 * throughput(at / 2));
  BOOST_TEST(best > 1.04 * throughput(at * 2));
  // 124 callers who share 31 connections are served as fast as 31 callers.
  check_near("X(4 N*) through N* connections", throughput(4 * at, at), law(peak), 0.02);
}

BOOST_AUTO_TEST_CASE(a_server_that_does_not_contend_takes_its_time_whatever_else_it_does) {
  Scenario scenario = front_of(0ms, 10, {{.to = "db"}});
  add_database(scenario, 1s).contention = 1;  // one after another in all but name
  BOOST_TEST(std::abs(mean_latency(run(scenario)) - 10.0) < 1e-6);
  scenario.dependencies["db"].contention = 0;
  BOOST_TEST(std::abs(mean_latency(run(scenario)) - 1.0) < 1e-9);
}

BOOST_AUTO_TEST_CASE(more_instances_times_pool_than_the_server_takes_is_refused) {
  // Four instances ask in turn, long after the last answer: three keep the connection they opened,
  // so that there is none for the fourth, ever.
  const Record record = run(pooled(4, 1, 3, 2s, 40));
  BOOST_TEST(failures(record, FailureReason::overloaded, "db") == 10U);
  BOOST_TEST(counted(record, "refused_connections") == 10U);
  BOOST_TEST(record.requests.answered == 30U);
  BOOST_TEST(most(record, "connections", "db") == 3.0);
}

BOOST_AUTO_TEST_CASE(who_has_connections_waits_for_one_of_them) {
  // Instance 0 opens two, instance 1 the last one; the other three calls wait their turn.
  const Record record = run(pooled(2, 2, 3, 0s, 6));
  BOOST_TEST(record.requests.answered == 6U);
  BOOST_TEST(counted(record, "refused_connections") == 2U);
  BOOST_TEST(std::abs(mean_latency(record) - (1 + 1 + 2 + 1 + 2 + 3) / 6.0) < 1e-9);
}

BOOST_AUTO_TEST_CASE(a_full_pool_turns_away_what_may_not_wait) {
  Scenario scenario = pooled(1, 2, 0, 0s, 6);
  scenario.dependencies["db"].queue_limit = 1;
  const Record record = run(scenario);
  BOOST_TEST(record.requests.answered == 3U);
  BOOST_TEST(failures(record, FailureReason::rejected, "db") == 3U);
}

BOOST_AUTO_TEST_CASE(callers_that_give_up_leave_the_line_for_a_connection) {
  Scenario scenario = pooled(1, 1, 0, 0s, 10);
  scenario.apps["shop"].calls[0].policy.timeout = 1500ms;
  const Record record = run(scenario);
  // The first is served; the second begins at 1 s and gives up while the server works on it.
  BOOST_TEST(record.find_series("db")->total.answered == 1U);
  BOOST_TEST(failures(record, FailureReason::timeout, "db") == 9U);
  BOOST_TEST(gauged(record, "open", "db", 3, 50) == 0.0);
}

BOOST_AUTO_TEST_CASE(an_instance_that_goes_gives_its_connections_back) {
  Scenario scenario = pooled(4, 1, 3, 2s, 40);
  TrafficLab lab(scenario);
  lab.run_until(39s);
  lab.traffic.route_remove({0}, {0});
  lab.traffic.instance_gone({0}, Departure::stopped);
  const Record record = lab.finish();
  BOOST_TEST(failures(record, FailureReason::overloaded, "db") == 5U);  // none since
  BOOST_TEST(most(record, "connections", "db") == 3.0);
}

BOOST_AUTO_TEST_CASE(calls_that_wait_in_an_instance_go_with_it) {
  Scenario scenario = pooled(1, 1, 0, 0s, 5);
  TrafficLab lab(scenario);
  lab.run_until(500ms);
  lab.traffic.instance_gone({0}, Departure::crash);
  const Record record = lab.finish();
  BOOST_TEST(record.requests.failed_total() == 5U);
  BOOST_TEST(record.find_series("db")->total.answered == 1U);  // unheard
  BOOST_TEST(failures(record, FailureReason::reset, "db") == 4U);
}

BOOST_AUTO_TEST_CASE(pools_may_be_opened_before_the_first_call) {
  Scenario scenario = pooled(3, 4, 5, 1s, 1);
  scenario.dependencies["db"].pool_min = 2;
  const Record record = run(scenario);
  BOOST_TEST(gauged(record, "connections", "db", 2, 10) == 5.0);
  BOOST_TEST(counted(record, "refused_connections") == 1U);  // of the third instance's two
}

BOOST_AUTO_TEST_CASE(a_connection_is_opened_once) {
  Scenario scenario = pooled(1, 4, 0, 5s, 10);
  scenario.dependencies["db"].connect_time = Distribution::deterministic(500ms);
  BOOST_TEST(std::abs(mean_latency(run(scenario)) - 1.05) < 1e-9);
}

BOOST_AUTO_TEST_SUITE_END()
