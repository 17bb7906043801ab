/// \file traffic_calls.cpp
/// Downstream calls, backing services, queues, workers and jobs.
/// Why: a slow dependency becomes a full queue upstream, and a crashed worker's message comes back.
#include <algorithm>

#include "tests/model/traffic_lab.hpp"

BOOST_AUTO_TEST_SUITE(traffic_calls)

using namespace leapday;
using namespace leapday::model;

namespace {

void add_app(Scenario& scenario, const std::string& name, Duration service) {
  App& app = scenario.apps[name];
  app.service_time = Distribution::deterministic(service);
  app.concurrency = 0;
}

Dependency& add_dependency(Scenario& scenario, const std::string& name, DependencyKind kind,
                           Duration service) {
  Dependency& dependency = scenario.dependencies[name];
  dependency.kind = kind;
  dependency.service_time = Distribution::deterministic(service);
  return dependency;
}

double backlog_at(const Record& record, std::size_t second) {
  return record.find_gauge("backlog", "jobs")->mean.at(second);
}

}  // namespace

BOOST_AUTO_TEST_CASE(calls_of_a_list_run_in_sequence) {
  Scenario scenario = front_of(1s, 10, {{.to = "a"}, {.to = "b"}});
  add_app(scenario, "a", 30ms);
  add_app(scenario, "b", 50ms);
  const Record record = run(scenario);
  BOOST_TEST(std::abs(mean_latency(record) - 0.080) < 1e-9);
  BOOST_TEST(record.calls.answered == 20U);
  BOOST_TEST(record.attempts.answered == 30U);
}

BOOST_AUTO_TEST_CASE(members_of_a_group_run_at_once) {
  CallSpec group;
  group.parallel = {{.to = "a"}, {.to = "b", .fan_out = 3}};
  Scenario scenario = front_of(1s, 10, {group, {.to = "a"}});
  add_app(scenario, "a", 30ms);
  add_app(scenario, "b", 50ms);
  const Record record = run(scenario);
  BOOST_TEST(std::abs(mean_latency(record) - 0.080) < 1e-9);
  BOOST_TEST(record.find_series("b")->total.answered == 30U);
}

BOOST_AUTO_TEST_CASE(a_call_may_be_made_only_sometimes) {
  Scenario scenario = front_of(1ms, 20'000, {{.to = "a", .probability = Ratio{3, 10}}});
  add_app(scenario, "a", 1ms);
  check_near("calls", static_cast<double>(run(scenario).calls.injected), 6000, 0.03);
}

BOOST_AUTO_TEST_CASE(a_needed_call_that_fails_fails_the_request) {
  Scenario scenario = front_of(1s, 10, {{.to = "a"}, {.to = "b"}});
  add_app(scenario, "a", 30ms);
  scenario.apps["a"].error_rate = Ratio{1, 1};
  add_app(scenario, "b", 50ms);
  const Record record = run(scenario);
  BOOST_TEST(failures(record, FailureReason::dependency) == 10U);
  BOOST_TEST(record.find_series("b")->total.injected == 0U);  // the rest is not asked any more
  scenario.apps["shop"].calls[0].optional = true;
  const Record lenient = run(scenario);
  BOOST_TEST(lenient.requests.answered == 10U);
  BOOST_TEST(std::abs(mean_latency(lenient) - 0.080) < 1e-9);
}

BOOST_AUTO_TEST_CASE(a_failed_member_ends_the_group_at_once) {
  CallSpec group;
  group.parallel = {{.to = "a"}, {.to = "b"}};
  Scenario scenario = front_of(1s, 10, {group});
  add_app(scenario, "a", 30ms);
  scenario.apps["a"].error_rate = Ratio{1, 1};
  add_app(scenario, "b", 5s);
  TrafficLab lab(scenario);
  lab.run_until(9100ms);
  BOOST_TEST(lab.world.recorder.requests().failed_total() == 10U);
  const Record record = lab.finish();
  BOOST_TEST(record.calls.answered == 10U);  // b answered, unheard
}

BOOST_AUTO_TEST_CASE(a_caller_keeps_its_server_while_it_waits) {
  // One server whose request waits 100 ms for its call: ten requests a second at most.
  Scenario scenario = front_of(50ms, 100, {{.to = "a"}});
  scenario.apps["shop"].concurrency = 1;
  add_app(scenario, "a", 100ms);
  const Record record = run(scenario);
  BOOST_TEST(quantile(record, 1.0) > 4.9);
  // Sharing a core, it uses none while it waits.
  scenario.apps["shop"].discipline = Discipline::processor_sharing;
  scenario.apps["shop"].concurrency = 0;
  scenario.apps["shop"].service_time = Distribution::deterministic(40ms);
  scenario.topology.zones["z"].cores = 1;
  BOOST_TEST(std::abs(mean_latency(run(scenario)) - 0.140) < 1e-6);
}

BOOST_AUTO_TEST_CASE(calls_have_policies_of_their_own) {
  Scenario scenario = front_of(1s, 100, {{.to = "a"}});
  CallPolicy& policy = scenario.apps["shop"].calls[0].policy;
  policy.timeout = 10ms;
  policy.retry = Retry{.max_retries = 2};
  add_app(scenario, "a", 30ms);
  const Record record = run(scenario);
  BOOST_TEST(failures(record, FailureReason::dependency) == 100U);
  BOOST_TEST(record.find_series("a")->total.injected == 300U);
  BOOST_TEST(record.find_series("a")->retries == 200U);
  BOOST_TEST(record.calls.failed[static_cast<std::size_t>(FailureReason::timeout)] == 100U);
  BOOST_TEST(record.attempts.abandoned == 300U);
}

// ---- databases, caches, external services ----------------------------------------------------

BOOST_AUTO_TEST_CASE(a_connection_pool_queues_and_turns_away) {
  Scenario scenario = front_of(0ms, 10, {{.to = "db"}});
  Dependency& db = add_dependency(scenario, "db", DependencyKind::database, 1s);
  db.connections = 2;
  db.queue_limit = 4;
  const Record record = run(scenario);
  BOOST_TEST(record.requests.answered == 6U);
  BOOST_TEST(failures(record, FailureReason::rejected, "db") == 4U);
  BOOST_TEST(failures(record, FailureReason::dependency) == 4U);
  BOOST_TEST(std::abs(mean_latency(record, "db") - 2.0) < 1e-9);  // pairs after 1, 2 and 3 s
}

BOOST_AUTO_TEST_CASE(faults_slow_break_and_stop_a_dependency) {
  Scenario scenario = front_of(1s, 50, {{.to = "db"}});
  add_dependency(scenario, "db", DependencyKind::database, 100ms);
  TrafficLab lab(scenario);
  lab.run_until(9500ms);
  const std::uint32_t slow =
      lab.traffic.push(DependencyId{0}, {.slow_factor = 2, .latency_add = 50ms});
  lab.run_until(19500ms);
  lab.traffic.pop(slow);
  const std::uint32_t error = lab.traffic.push(DependencyId{0}, {.error = Ratio{1, 1}});
  lab.run_until(29500ms);
  lab.traffic.pop(error);
  const std::uint32_t down = lab.traffic.push(DependencyId{0}, {.down = true});
  lab.run_until(39500ms);
  lab.traffic.pop(down);
  const Record record = lab.finish();
  BOOST_TEST(failures(record, FailureReason::error, "db") == 10U);
  BOOST_TEST(failures(record, FailureReason::refused, "db") == 10U);
  BOOST_TEST(record.requests.answered == 30U);
  BOOST_TEST(std::abs(mean_latency(record) - (20 * 0.1 + 10 * 0.25) / 30) < 1e-9);
}

BOOST_AUTO_TEST_CASE(going_down_resets_the_calls_under_way) {
  Scenario scenario = front_of(100ms, 5, {{.to = "db"}});
  add_dependency(scenario, "db", DependencyKind::database, 10s).connections = 2;
  TrafficLab lab(scenario);
  lab.run_until(1s);
  lab.traffic.push(DependencyId{0}, {.down = true});
  const Record record = lab.finish();
  BOOST_TEST(failures(record, FailureReason::reset, "db") == 5U);
  BOOST_TEST(record.requests.in_flight == 0U);
}

BOOST_AUTO_TEST_CASE(a_cold_cache_warms_in_proportion) {
  Scenario scenario = front_of(1ms, 100'000, {{.to = "cache"}});
  Dependency& cache = add_dependency(scenario, "cache", DependencyKind::cache, 0ms);
  cache.hit_rate = Ratio{9, 10};
  cache.warm_up = 50s;
  cache.backed_by = "db";
  add_dependency(scenario, "db", DependencyKind::database, 1ms);
  const Record warm = run(scenario);
  check_near("misses when warm", static_cast<double>(warm.find_series("db")->total.answered),
             10'000, 0.03);
  scenario.run.boot = Boot::cold;
  const Record cold = run(scenario);
  // 50,000 with a hit rate that rises from 0 to .9, 50,000 at .9.
  check_near("misses from cold", static_cast<double>(cold.find_series("db")->total.answered),
             50'000 * 0.55 + 50'000 * 0.1, 0.02);
  BOOST_TEST(cold.requests.answered == 100'000U);
}

BOOST_AUTO_TEST_CASE(a_cache_that_comes_back_is_cold) {
  Scenario scenario = front_of(1ms, 100'000, {{.to = "cache", .optional = true}});
  Dependency& cache = add_dependency(scenario, "cache", DependencyKind::cache, 0ms);
  cache.hit_rate = Ratio{1, 1};
  cache.warm_up = 20s;
  cache.backed_by = "origin";
  add_app(scenario, "origin", 1ms);
  TrafficLab lab(scenario);
  lab.run_until(50s);
  const std::uint32_t down = lab.traffic.push(DependencyId{0}, {.down = true});
  lab.run_until(60s);
  lab.traffic.pop(down);
  const Record record = lab.finish();
  BOOST_TEST(failures(record, FailureReason::refused, "cache") == 10'000U);
  check_near("stampede", static_cast<double>(record.find_series("origin")->total.answered), 10'000,
             0.05);
}

// ---- queues ----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(publishers_do_not_wait_for_workers) {
  Scenario scenario = front_of(10ms, 1000, {{.publish = "jobs"}});
  scenario.dependencies["jobs"].kind = DependencyKind::queue;
  App& worker = scenario.apps["worker"];
  worker.kind = AppKind::worker;
  worker.consumes = "jobs";
  worker.service_time = Distribution::deterministic(40ms);
  worker.instances = 2;
  const Record record = run(scenario);
  BOOST_TEST(mean_latency(record) == 0.0);
  BOOST_TEST(record.find_series("worker")->total.answered == 1000U);
  // 100/s come and 50/s go: 500 wait after 10 s.
  BOOST_TEST(std::abs(backlog_at(record, 9) - 475) < 10);
  BOOST_TEST(backlog_at(record, 25) == 0.0);
}

BOOST_AUTO_TEST_CASE(what_a_crashed_worker_held_comes_back) {
  Scenario scenario = front_of(0ms, 10, {{.publish = "jobs"}});
  scenario.dependencies["jobs"].kind = DependencyKind::queue;
  App& worker = scenario.apps["worker"];
  worker.kind = AppKind::worker;
  worker.consumes = "jobs";
  worker.service_time = Distribution::deterministic(1s);
  worker.concurrency = 3;
  worker.instances = 2;
  TrafficLab lab(scenario);
  lab.run_until(500ms);
  lab.traffic.instance_gone({1}, Departure::crash);
  const Record record = lab.finish();
  BOOST_TEST(record.find_series("worker")->total.answered == 10U);
  BOOST_TEST(failures(record, FailureReason::reset, "worker") == 3U);
}

BOOST_AUTO_TEST_CASE(unacknowledged_messages_are_delivered_again) {
  Scenario scenario = front_of(0ms, 1, {{.publish = "jobs"}});
  Dependency& queue = scenario.dependencies["jobs"];
  queue.kind = DependencyKind::queue;
  queue.redeliver_after = 5s;
  App& worker = scenario.apps["worker"];
  worker.kind = AppKind::worker;
  worker.consumes = "jobs";
  worker.service_time = Distribution::deterministic(1s);
  worker.instances = 2;
  TrafficLab lab(scenario);
  lab.run_until(500ms);
  lab.hang({1}, true);  // holds the message
  lab.run_until(20s);
  lab.hang({1}, false);  // finishes it late; its acknowledgement counts for nothing
  const Record record = lab.finish();
  BOOST_TEST(record.find_series("worker")->total.injected == 2U);
  BOOST_TEST(record.find_series("worker")->total.answered == 2U);
}

/// A queue in zone a, its worker in zone b: the lab puts instance 1 on the second host.
Scenario far_worker(int messages, Duration service) {
  Scenario scenario = front_of(100ms, messages, {{.publish = "jobs"}});
  scenario.topology.zones["a"] = {};
  scenario.topology.zones["b"] = {};
  scenario.dependencies["jobs"].kind = DependencyKind::queue;
  scenario.dependencies["jobs"].zone = "a";
  scenario.dependencies["jobs"].redeliver_after = 5s;
  App& worker = scenario.apps["worker"];
  worker.kind = AppKind::worker;
  worker.consumes = "jobs";
  worker.service_time = Distribution::deterministic(service);
  worker.instances = 2;
  return scenario;
}

BOOST_AUTO_TEST_CASE(a_partition_keeps_messages_from_workers_until_it_ends) {
  Scenario scenario = far_worker(100, 1ms);  // ten a second
  TrafficLab lab(scenario);
  // Instances 1 and 2 are worker/0 and worker/1, on hosts 0 and 1: only the second is cut off.
  lab.run_until(2005ms);
  const auto before = lab.traffic.attempts_touching(InstanceId{2});
  const std::uint32_t one =
      lab.network.push({Place::Kind::zone, 0}, {Place::Kind::zone, 1}, {.down = true});
  lab.traffic.links_changed();
  lab.run_until(4005ms);
  BOOST_TEST(lab.traffic.attempts_touching(InstanceId{2}) == before);
  const std::uint32_t both =
      lab.network.push({Place::Kind::dependency, 0}, {Place::Kind::app, 1}, {.down = true});
  lab.traffic.links_changed();
  const auto all = lab.traffic.attempts_touching(InstanceId{1});
  lab.run_until(8005ms);
  BOOST_TEST(lab.traffic.attempts_touching(InstanceId{1}) == all);
  lab.network.pop(one);
  lab.network.pop(both);
  lab.traffic.links_changed();
  const Record record = lab.finish();
  BOOST_TEST(record.find_series("worker")->total.answered == 100U);
  BOOST_TEST(backlog_at(record, 7) > 30);
  BOOST_TEST(backlog_at(record, 20) == 0.0);
}

BOOST_AUTO_TEST_CASE(an_acknowledgement_that_a_partition_swallows_means_a_second_delivery) {
  Scenario scenario = far_worker(1, 1s);
  scenario.apps["worker"].instances = 1;
  TrafficLab lab(scenario);
  lab.run_until(500ms);
  const std::uint32_t cut =
      lab.network.push({Place::Kind::app, 1}, {Place::Kind::dependency, 0}, {.down = true});
  lab.traffic.links_changed();
  lab.run_until(3s);
  lab.network.pop(cut);
  lab.traffic.links_changed();
  const Record record = lab.finish();
  BOOST_TEST(record.find_series("worker")->total.answered == 2U);
}

BOOST_AUTO_TEST_CASE(a_message_takes_as_long_as_its_link) {
  Scenario scenario = far_worker(10, 10ms);
  scenario.topology.network.same_region = 200ms;
  scenario.topology.network.same_zone = 200ms;
  scenario.apps["worker"].instances = 1;
  TrafficLab lab(scenario);
  const Record record = lab.finish();
  const Series& worker = *record.find_series("worker");
  BOOST_TEST(worker.total.answered == 10U);
  BOOST_TEST(worker.latency_sum_seconds / 10 > 0.209);  // One after the other: concurrency is 1.
}

BOOST_AUTO_TEST_CASE(messages_that_always_fail_are_dropped) {
  Scenario scenario = front_of(1s, 5, {{.publish = "jobs"}});
  Dependency& queue = scenario.dependencies["jobs"];
  queue.kind = DependencyKind::queue;
  queue.max_deliveries = 3;
  App& worker = scenario.apps["worker"];
  worker.kind = AppKind::worker;
  worker.consumes = "jobs";
  worker.service_time = Distribution::deterministic(10ms);
  worker.error_rate = Ratio{1, 1};
  const Record record = run(scenario);
  BOOST_TEST(failures(record, FailureReason::error, "worker") == 15U);
  BOOST_TEST(backlog_at(record, 30) == 0.0);
  const auto dropped = std::count_if(record.events.begin(), record.events.end(),
                                     [](const auto& e) { return e.kind == "message.dropped"; });
  BOOST_TEST(dropped == 5);
}

BOOST_AUTO_TEST_CASE(jobs_run_in_their_period_on_each_instance) {
  Scenario scenario;
  scenario.run.duration = 95s;
  App& job = scenario.apps["nightly"];
  job.kind = AppKind::job;
  job.every = 10s;
  job.instances = 2;
  job.service_time = Distribution::deterministic(2s);
  App& once = scenario.apps["migrate"];
  once.kind = AppKind::job;
  once.service_time = Distribution::deterministic(2s);
  scenario.platform.algorithms.routing = "round_robin";
  const Record record = run(scenario);
  BOOST_TEST(record.find_series("nightly")->total.answered == 20U);
  BOOST_TEST(record.find_series("migrate")->total.answered == 1U);
}

// ---- identity --------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_same_seed_is_the_same_run) {
  Scenario scenario = shop(4, Distribution::exponential(10ms), 300, 60s);
  scenario.apps["shop"].calls = {{.to = "db"}, {.publish = "jobs"}};
  scenario.apps["shop"].routing.policy = "power_of_d";
  scenario.loads["users"].policy.timeout = 50ms;
  scenario.loads["users"].policy.retry =
      Retry{.max_retries = 1, .backoff = 5ms, .jitter = Jitter::full};
  scenario.dependencies["db"].service_time = Distribution::exponential(3ms);
  scenario.dependencies["db"].connections = 2;
  scenario.dependencies["jobs"].kind = DependencyKind::queue;
  const Record a = run(scenario, 7);
  const Record b = run(scenario, 7);
  const Record c = run(scenario, 8);
  BOOST_TEST(a.trace_hash == b.trace_hash);
  BOOST_TEST(a.trace_hash != c.trace_hash);
  BOOST_TEST(a.requests.failed_total() > 0U);
}

BOOST_AUTO_TEST_SUITE_END()
