/// \file backing_broker.cpp
/// Poison messages, duplicates, prefetch, full queues, and books that balance.
/// Why: work that nobody waits for is lost and repeated unseen.
#include "tests/model/backing_lab.hpp"

BOOST_AUTO_TEST_SUITE(backing_broker)

using namespace leapday;
using namespace leapday::model;

namespace {

/// Messages with this gap, and workers that take so long for one.
Scenario queue(Duration gap, int count, std::int64_t workers, Duration service) {
  Scenario scenario = front_of(gap, count, {{.publish = "jobs"}});
  scenario.dependencies["jobs"].kind = DependencyKind::queue;
  App& worker = scenario.apps["worker"];
  worker.kind = AppKind::worker;
  worker.consumes = "jobs";
  worker.service_time = Distribution::deterministic(service);
  worker.instances = workers;
  return scenario;
}

MessageCounts books(const Record& record) {
  BOOST_REQUIRE(record.messages.size() == 1U);
  BOOST_TEST(record.messages[0].balanced());
  return record.messages[0];
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_poison_message_is_given_up_after_its_deliveries) {
  Scenario scenario = queue(1ms, 10'000, 4, 1ms);
  Dependency& jobs = scenario.dependencies["jobs"];
  jobs.poison = Poison{.share = Ratio{1, 10}};
  jobs.max_deliveries = 3;
  const MessageCounts all = books(run(scenario));
  BOOST_TEST(all.published == 10'000U);
  check_share("dead-lettered", static_cast<double>(all.dead_lettered) / 10'000, 10'000, 0.1);
  BOOST_TEST(all.acknowledged == 10'000 - all.dead_lettered);
  const Record record = run(scenario);
  BOOST_TEST(counted(record, "redelivered", "jobs") == 2 * all.dead_lettered);
  BOOST_TEST(failures(record, FailureReason::error, "worker") == 3 * all.dead_lettered);
  BOOST_TEST(counted(record, "duplicates", "jobs") == 0U);
}

BOOST_AUTO_TEST_CASE(one_that_crashes_its_consumer_takes_the_others_it_held_along) {
  Scenario scenario = queue(0s, 10, 2, 1s);
  scenario.apps["worker"].concurrency = 5;
  Dependency& jobs = scenario.dependencies["jobs"];
  jobs.poison = Poison{.share = Ratio{1, 1}, .effect = PoisonEffect::crash};
  TrafficLab lab(scenario);
  const Record record = lab.finish();
  // The first crash hands five messages to a worker that is full; its own first crashes that.
  BOOST_TEST(lab.crashed_instances.size() == 2U);
  BOOST_TEST(failures(record, FailureReason::reset, "worker") == 10U);
  const MessageCounts all = books(record);
  BOOST_TEST(all.waiting == 10U);
  BOOST_TEST(all.acknowledged == 0U);
}

BOOST_AUTO_TEST_CASE(a_slow_consumer_means_duplicate_work) {
  Scenario scenario = queue(0s, 1, 2, 10s);
  scenario.dependencies["jobs"].redeliver_after = 4s;
  const Record record = run(scenario);
  // Delivered at 0 and 4 s; at 8 s both workers are busy; at 10 s the first has done it, unheard,
  // and gets it again.
  BOOST_TEST(counted(record, "duplicates", "jobs") > 2U);
  BOOST_TEST(counted(record, "redelivered", "jobs") > 2U);
  BOOST_TEST(books(record).acknowledged == 0U);  // nobody is ever in time
  scenario.dependencies["jobs"].redeliver_after = 11s;
  const Record patient = run(scenario);
  BOOST_TEST(counted(patient, "duplicates", "jobs") == 0U);
  BOOST_TEST(books(patient).acknowledged == 1U);
}

BOOST_AUTO_TEST_CASE(what_was_fetched_ahead_waits_in_a_worker_that_hangs) {
  Scenario scenario = queue(0s, 10, 2, 1s);
  scenario.dependencies["jobs"].redeliver_after = 1h;
  const auto done = [&] {
    TrafficLab lab(scenario);
    lab.run_until(500ms);
    lab.hang({2}, true);
    const Record record = lab.finish();
    BOOST_TEST(books(record).in_flight == 10 - books(record).acknowledged);
    return books(record).acknowledged;
  };
  BOOST_TEST(done() == 9U);
  scenario.apps["worker"].prefetch = 10;
  BOOST_TEST(done() == 5U);
}

BOOST_AUTO_TEST_CASE(what_waits_in_a_worker_comes_back_when_it_crashes_and_runs_out_of_time) {
  Scenario scenario = queue(0s, 10, 1, 1s);
  scenario.apps["worker"].prefetch = 10;
  scenario.dependencies["jobs"].redeliver_after = 4500ms;
  const Record slow = run(scenario);
  // Four are done in time; the clock of the fifth ran out while it waited in the worker.
  BOOST_TEST(counted(slow, "redelivered", "jobs") >= 6U);
  BOOST_TEST(counted(slow, "duplicates", "jobs") >= 5U);
  scenario.dependencies["jobs"].redeliver_after = 1h;
  scenario.apps["worker"].instances = 2;
  TrafficLab lab(scenario);
  lab.run_until(1500ms);
  lab.traffic.instance_gone({1}, Departure::crash);
  const Record record = lab.finish();
  BOOST_TEST(books(record).acknowledged == 10U);
  BOOST_TEST(failures(record, FailureReason::reset, "worker") > 0U);
}

BOOST_AUTO_TEST_CASE(a_prefetch_beyond_the_workers_own_queue_takes_what_that_holds) {
  Scenario scenario = queue(0s, 10, 1, 1s);
  scenario.apps["worker"].prefetch = 10;
  scenario.apps["worker"].queue_limit = 0;
  const Record record = run(scenario);
  BOOST_TEST(books(record).acknowledged == 10U);
  BOOST_TEST(failures(record, FailureReason::rejected, "worker") == 0U);
}

BOOST_AUTO_TEST_CASE(a_full_queue_refuses_blocks_or_drops_the_oldest) {
  // One message a millisecond, a worker for one each second, room for 20.
  Scenario scenario = queue(1ms, 50, 1, 1s);
  Dependency& jobs = scenario.dependencies["jobs"];
  jobs.capacity = 20;
  const Record refused = run(scenario);
  BOOST_TEST(failures(refused, FailureReason::rejected, "jobs") == 29U);
  BOOST_TEST(failures(refused, FailureReason::dependency) == 29U);
  BOOST_TEST(books(refused).published == 21U);

  jobs.overflow = Overflow::block;
  const Record blocked = run(scenario);
  BOOST_TEST(books(blocked).published == 50U);
  BOOST_TEST(books(blocked).acknowledged == 50U);
  BOOST_TEST(blocked.requests.answered == 50U);
  BOOST_TEST(std::abs(quantile(blocked, 1.0) - 29.0) < 0.3);  // until 29 were done
  BOOST_TEST(most(blocked, "backlog", "jobs") == 20.0);

  jobs.overflow = Overflow::drop_oldest;
  const Record dropped = run(scenario);
  BOOST_TEST(dropped.requests.answered == 50U);
  BOOST_TEST(books(dropped).dropped == 29U);
  BOOST_TEST(books(dropped).acknowledged == 21U);
  BOOST_TEST(counted(dropped, "dropped", "jobs") == 29U);
}

BOOST_AUTO_TEST_CASE(publishers_that_wait_for_room_learn_that_the_broker_went) {
  Scenario scenario = queue(1ms, 50, 1, 1s);
  scenario.dependencies["jobs"].capacity = 20;
  scenario.dependencies["jobs"].overflow = Overflow::block;
  TrafficLab lab(scenario);
  lab.run_until(500ms);
  lab.traffic.push(DependencyId{0}, {.down = true});
  const Record record = lab.finish();
  BOOST_TEST(failures(record, FailureReason::reset, "jobs") == 29U);
  BOOST_TEST(books(record).published == 21U);
}

BOOST_AUTO_TEST_CASE(what_is_too_old_is_dropped_but_not_out_of_a_workers_hands) {
  Scenario scenario = queue(0s, 10, 1, 1s);
  scenario.dependencies["jobs"].retention = 4500ms;
  const Record record = run(scenario);
  // Four are done, the fifth is under way; five have waited too long.
  BOOST_TEST(books(record).acknowledged == 5U);
  BOOST_TEST(books(record).dropped == 5U);
}

BOOST_AUTO_TEST_SUITE_END()
