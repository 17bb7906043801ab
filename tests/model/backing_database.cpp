/// \file backing_database.cpp
/// Replicas that lag, primaries that are lost, and what a failover costs.
/// Why: stale reads and lost writes have formulas; a rehearsal that does not meet them proves
/// nothing about a database.
#include "tests/model/backing_lab.hpp"

BOOST_AUTO_TEST_SUITE(backing_database)

using namespace leapday;
using namespace leapday::model;

namespace {

const CallSpec kRead{.to = "db", .access = Access::read};
const CallSpec kWrite{.to = "db", .access = Access::write};

/// Poisson readers and writers of a database with replicas.
Scenario store(double reads, double writes, Duration duration) {
  Scenario scenario;
  scenario.run.duration = duration;
  add_callers(scenario, "reader", reads, kRead);
  add_callers(scenario, "writer", writes, kWrite);
  add_database(scenario).replicas = 2;
  return scenario;
}

/// A write every 100 ms for a minute to a database with a replica.
Scenario writes() {
  Scenario scenario = front_of(100ms, 600, {kWrite});
  Dependency& db = add_database(scenario);
  db.replicas = 1;
  db.replication.lag = Distribution::deterministic(1s);
  db.failover = {.detection = 5s, .promotion = 3s};
  return scenario;
}

const DependencyModifier kPrimaryLost{.primary_lost = true};

/// Loses the primary between two writes, for so long.
Record lose_primary(Scenario scenario, Duration length = 1h) {
  TrafficLab lab(scenario);
  lab.run_until(10'050ms);
  const std::uint32_t handle = lab.traffic.push(DependencyId{0}, kPrimaryLost);
  if (length < 1h) {
    lab.run_until(10'050ms + length);
    lab.traffic.pop(handle);
  }
  return lab.finish();
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_read_is_stale_when_a_write_came_within_the_lag) {
  LEAPDAY_LONG_TEST();
  Scenario scenario = store(500, 50, 400s);
  Replication& rules = scenario.dependencies["db"].replication;
  rules.lag = Distribution::deterministic(20ms);
  const Record all = run(scenario);
  const auto reads = static_cast<double>(counted(all, "reads"));
  check_near("1 - exp(-w L)", static_cast<double>(counted(all, "stale_reads")) / reads,
             1 - std::exp(-50 * 0.02), 0.02);
  rules.rows = 10;  // each row is written a tenth as often
  const Record one = run(scenario);
  check_near("1 - exp(-w L / rows)", static_cast<double>(counted(one, "stale_reads")) / reads,
             1 - std::exp(-50 * 0.02 / 10), 0.04);
}

BOOST_AUTO_TEST_CASE(reads_that_must_be_fresh_go_to_the_primary) {
  Scenario scenario = store(500, 50, 20s);
  scenario.dependencies["db"].replication.lag = Distribution::deterministic(20ms);
  scenario.apps["reader"].calls[0].consistency = Consistency::primary;
  const Record record = run(scenario);
  BOOST_TEST(counted(record, "reads") > 9000U);
  BOOST_TEST(counted(record, "stale_reads") == 0U);
}

BOOST_AUTO_TEST_CASE(replicas_share_the_reads_and_the_primary_has_the_writes) {
  // Each node serves one call at a time: 90 % of 300/s on three replicas with 9 ms each, and a
  // primary that does nothing but 20 writes a second.
  Scenario scenario = store(300, 20, 100s);
  Dependency& db = add_database(scenario, 9ms);
  db.replicas = 3;
  db.connections = 1;
  const Record record = run(scenario);
  const double rho = 300.0 / 3 * 0.009;
  check_near("M/D/1 at each replica", mean_latency(record, "reader"),
             0.009 + rho * 0.009 / (2 * (1 - rho)), 0.25);
  BOOST_TEST(mean_latency(record, "writer") < 0.011);
}

BOOST_AUTO_TEST_CASE(a_replica_that_applies_one_write_after_another_lags_as_a_queue_does) {
  LEAPDAY_LONG_TEST();
  Scenario scenario = store(1, 50, 2000s);
  Dependency& db = scenario.dependencies["db"];
  db.replicas = 1;
  db.replication.lag = Distribution::deterministic(30ms);
  db.replication.apply = 10ms;
  const double rho = 0.5;
  check_near("lag + apply + M/D/1 wait", gauged(run(scenario), "replication_lag", "db", 1, 2000),
             0.030 + 0.010 + rho * 0.010 / (2 * (1 - rho)), 0.03);
}

BOOST_AUTO_TEST_CASE(writes_fail_from_the_loss_until_a_replica_is_promoted) {
  const Record record = lose_primary(writes());
  // 10.1 s to 18.0 s: 5 s to notice, 3 s to promote.
  BOOST_TEST(failures(record, FailureReason::refused, "db") == 80U);
  BOOST_TEST(record.requests.answered == 520U);
  BOOST_TEST(happened(record, "database.primary_lost") == 1U);
  BOOST_TEST(happened(record, "database.promoted") == 1U);
}

BOOST_AUTO_TEST_CASE(what_no_replica_had_received_is_lost) {
  // Committed at 9.1 to 10.0 s, of which the replica hears a second later.
  BOOST_TEST(counted(lose_primary(writes()), "lost_writes") == 10U);
}

BOOST_AUTO_TEST_CASE(synchronous_replication_loses_nothing_and_waits_for_the_replica) {
  Scenario scenario = writes();
  scenario.dependencies["db"].replication.mode = ReplicationMode::sync;
  const Record record = lose_primary(scenario);
  BOOST_TEST(counted(record, "lost_writes") == 0U);
  BOOST_TEST(failures(record, FailureReason::reset, "db") == 10U);  // not answered, so not lost
  // After the failover there is no replica to wait for.
  const Series* users = record.find_series("users");
  BOOST_TEST(std::abs(users->latency_sum_seconds - 91.0) < 1e-6);  // of 0.0 to 9.0 s
}

BOOST_AUTO_TEST_CASE(a_proxy_may_hold_calls_until_there_is_a_primary) {
  Scenario scenario = writes();
  scenario.dependencies["db"].failover.calls = Unavailable::wait;
  const Record record = lose_primary(scenario);
  BOOST_TEST(record.requests.answered == 600U);
  BOOST_TEST(std::abs(quantile(record, 1.0) - 7.95) < 0.1);
  BOOST_TEST(std::abs(record.find_series("users")->latency_sum_seconds - 80 * 4.0) < 1e-6);
}

BOOST_AUTO_TEST_CASE(replicas_answer_reads_meanwhile) {
  Scenario scenario = writes();
  scenario.apps["shop"].calls = {kRead};
  BOOST_TEST(lose_primary(scenario).requests.answered == 600U);
  scenario.apps["shop"].calls[0].consistency = Consistency::primary;
  BOOST_TEST(lose_primary(scenario).requests.answered == 520U);
}

BOOST_AUTO_TEST_CASE(a_primary_that_is_back_before_its_loss_is_noticed_stays_the_primary) {
  const Record record = lose_primary(writes(), 2s);
  BOOST_TEST(failures(record, FailureReason::refused, "db") == 20U);
  BOOST_TEST(happened(record, "database.promoted") == 0U);
  BOOST_TEST(counted(record, "lost_writes") == 0U);
  BOOST_TEST(happened(record, "database.recovered") == 1U);
}

BOOST_AUTO_TEST_CASE(one_that_is_back_too_late_becomes_a_replica_and_may_take_over_again) {
  Scenario scenario = writes();
  TrafficLab lab(scenario);
  lab.run_until(10'050ms);
  const std::uint32_t first = lab.traffic.push(DependencyId{0}, kPrimaryLost);
  lab.run_until(16s);  // noticed at 15.05 s
  lab.traffic.pop(first);
  lab.run_until(30'050ms);
  lab.traffic.push(DependencyId{0}, kPrimaryLost);
  const Record record = lab.finish();
  BOOST_TEST(happened(record, "database.promoted") == 2U);
  BOOST_TEST(failures(record, FailureReason::refused, "db") == 160U);
  BOOST_TEST(counted(record, "lost_writes") == 20U);
}

BOOST_AUTO_TEST_CASE(without_a_replica_the_database_is_down_until_its_primary_is_back) {
  Scenario scenario = writes();
  scenario.dependencies["db"].replicas = 0;
  const Record plain = lose_primary(scenario, 20s);
  BOOST_TEST(failures(plain, FailureReason::refused, "db") == 200U);
  scenario.dependencies["db"].pool = 2;
  const Record pooled = lose_primary(scenario, 20s);
  BOOST_TEST(failures(pooled, FailureReason::refused, "db") == 200U);
}

BOOST_AUTO_TEST_CASE(a_failover_takes_longer_when_the_replica_has_much_to_apply) {
  Scenario scenario = writes();
  Replication& rules = scenario.dependencies["db"].replication;
  rules.lag = Distribution::deterministic(0s);
  rules.apply = 200ms;  // ten writes a second take two
  const Record record = lose_primary(scenario);
  // 101 writes, received by 10.0 s, are applied at 20.2 s.
  const std::uint64_t refused = failures(record, FailureReason::refused, "db");
  BOOST_TEST(refused >= 101U);
  BOOST_TEST(refused <= 102U);
  BOOST_TEST(counted(record, "lost_writes") == 0U);
}

BOOST_AUTO_TEST_CASE(everybody_connects_again_after_a_failover) {
  Scenario scenario = writes();
  Dependency& db = scenario.dependencies["db"];
  db.service_time = Distribution::deterministic(50ms);
  db.pool = 5;
  db.connect_time = Distribution::deterministic(250ms);
  const Record record = lose_primary(scenario);
  // At first calls overlap until four connections are open, and the same once more.
  const Series* series = record.find_series("db");
  const double before = series->latency[0].exact.sum_seconds();
  const double after = series->latency[18].exact.sum_seconds();
  BOOST_TEST(before > 10 * 0.05 + 0.24);
  BOOST_TEST(after > 9 * 0.05 + 0.24);
  BOOST_TEST(std::abs(series->latency[5].exact.sum_seconds() - 10 * 0.05) < 1e-6);
  BOOST_TEST(failures(record, FailureReason::reset, "db") <= 1U);
}

BOOST_AUTO_TEST_SUITE_END()
