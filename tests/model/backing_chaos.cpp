/// \file backing_chaos.cpp
/// Databases, caches and brokers with every rule at once, while instances, nodes and links fail.
/// Why: what is lost or counted twice is lost where two rules meet; each run checks its books.
#include "tests/model/backing_lab.hpp"

BOOST_AUTO_TEST_SUITE(backing_chaos)

using namespace leapday;
using namespace leapday::model;

namespace {

Duration some(Random& random, int most) {
  return Duration{1'000'000 * static_cast<std::int64_t>(random.below(most))};
}

CallPolicy some_policy(Random& random) {
  CallPolicy policy;
  if (random.below(2) == 0) policy.timeout = 10ms + some(random, 200);
  if (random.below(3) == 0) policy.retry = Retry{.max_retries = 2, .backoff = 5ms};
  if (random.below(4) == 0) policy.hedge_after = 20ms;
  return policy;
}

void add_services(Scenario& scenario, Random& random) {
  Dependency& db =
      add_service(scenario, "db", DependencyKind::database, Distribution::exponential(5ms));
  db.replicas = static_cast<std::int64_t>(random.below(3));
  db.replication = {.mode = random.below(2) == 0 ? ReplicationMode::async : ReplicationMode::sync,
                    .lag = Distribution::exponential(20ms),
                    .apply = some(random, 8),
                    .rows = static_cast<std::int64_t>(1 + random.below(20))};
  db.failover = {.detection = some(random, 2000),
                 .promotion = some(random, 2000),
                 .calls = random.below(2) == 0 ? Unavailable::refuse : Unavailable::wait};
  if (random.below(2) == 0) {
    db.pool = static_cast<std::int64_t>(1 + random.below(4));
    db.pool_min = static_cast<std::int64_t>(random.below(2));
    db.connect_time = Distribution::exponential(10ms);
  }
  if (random.below(2) == 0) db.connections = static_cast<std::int64_t>(1 + random.below(8));
  if (random.below(2) == 0) db.queue_limit = static_cast<std::int64_t>(random.below(4));
  if (random.below(2) == 0) db.contention = 0.1, db.coherency = 0.01;
  Dependency& cache =
      add_service(scenario, "cache", DependencyKind::cache, Distribution::exponential(1ms));
  cache.keys = static_cast<std::int64_t>(1 + random.below(30));
  cache.zipf = static_cast<double>(random.below(2));
  cache.ttl = 100ms + some(random, 1000);
  cache.backed_by = "db";
  cache.coalesce = random.below(2) == 0;
  cache.early_refresh = static_cast<double>(random.below(2));
  if (random.below(2) == 0) cache.pool = 3;
  Dependency& jobs = scenario.dependencies["jobs"];
  jobs.kind = DependencyKind::queue;
  jobs.redeliver_after = 50ms + some(random, 500);
  jobs.max_deliveries = static_cast<std::int64_t>(random.below(5));
  jobs.poison = Poison{.share = Ratio{1, 50},
                       .effect = random.below(2) == 0 ? PoisonEffect::error : PoisonEffect::crash};
  if (random.below(2) == 0) jobs.capacity = static_cast<std::int64_t>(1 + random.below(30));
  jobs.overflow = static_cast<Overflow>(random.below(3));
  if (random.below(2) == 0) jobs.retention = 200ms + some(random, 2000);
  if (random.below(2) == 0) jobs.service_time = Distribution::exponential(1ms);
}

Scenario some_scenario(Random& random) {
  Scenario scenario;
  scenario.run.duration = 15s;
  scenario.run.warmup = 1s;
  scenario.run.boot = random.below(2) == 0 ? Boot::warm : Boot::cold;
  scenario.topology.zones["z"].hosts = 2;
  scenario.topology.zones["y"].hosts = 2;
  if (random.below(2) == 0) scenario.topology.network.same_zone = 300us;
  scenario.platform.constants.router_connect_timeout = 100ms;
  add_services(scenario, random);
  CallSpec read{.to = "db", .policy = some_policy(random), .access = Access::read};
  if (random.below(2) == 0) read.consistency = Consistency::primary;
  const CallSpec write{.to = "db", .policy = some_policy(random), .access = Access::write};
  const CallSpec page{.to = "cache", .policy = some_policy(random)};
  const CallSpec publish{.publish = "jobs", .policy = some_policy(random)};
  add_callers(scenario, "shop", 150, read);
  scenario.apps["shop"].calls = {page, write, publish};
  scenario.apps["shop"].instances = 3;
  add_callers(scenario, "reader", 150, read);
  scenario.apps["reader"].instances = 2;
  App& worker = scenario.apps["worker"];
  worker.kind = AppKind::worker;
  worker.consumes = "jobs";
  worker.service_time = Distribution::exponential(20ms);
  worker.instances = 3;
  worker.concurrency = static_cast<std::int64_t>(1 + random.below(3));
  if (random.below(2) == 0) worker.prefetch = static_cast<std::int64_t>(1 + random.below(8));
  if (random.below(3) == 0) worker.queue_limit = static_cast<std::int64_t>(random.below(3));
  return scenario;
}

struct Trouble {
  std::vector<bool> gone;
  std::vector<std::uint32_t> links;
  std::vector<std::uint32_t> dependencies;
};

void some_trouble(TrafficLab& lab, Random& random, Trouble& t) {
  const auto pick = [&](std::size_t n) { return static_cast<std::uint32_t>(random.below(n)); };
  const InstanceId instance{pick(lab.world.instances.size())};
  switch (random.below(9)) {
    case 0:
    case 1:
      lab.traffic.instance_gone(instance,
                                random.below(2) == 0 ? Departure::crash : Departure::silence);
      t.gone[instance.index] = true;
      break;
    case 2:
    case 3:
      if (t.gone[instance.index]) lab.traffic.instance_listening(instance);
      t.gone[instance.index] = false;
      break;
    case 4:
      t.links.push_back(lab.network.push({Place::Kind::dependency, pick(3)},
                                         {Place::Kind::zone, pick(2)}, {.down = true}));
      lab.traffic.links_changed();
      break;
    case 5:
      lab.traffic.flush(DependencyId{1});
      break;
    case 6:
      t.dependencies.push_back(lab.traffic.push(DependencyId{0}, {.primary_lost = true}));
      break;
    case 7:
      t.dependencies.push_back(
          lab.traffic.push(DependencyId{pick(3)}, {.slow_factor = 3,
                                                   .latency_add = some(random, 20),
                                                   .error = Ratio{1, 4},
                                                   .down = random.below(3) == 0}));
      break;
    default:
      if (!t.links.empty()) lab.network.pop(t.links.back()), t.links.pop_back();
      lab.traffic.links_changed();
      if (!t.dependencies.empty())
        lab.traffic.pop(t.dependencies.back()), t.dependencies.pop_back();
      break;
  }
}

Record troubled(std::uint64_t seed) {
  Random random = Random::keyed(seed);
  Scenario scenario = some_scenario(random);
  TrafficLab lab(scenario, seed);
  Trouble trouble{
      .gone = std::vector<bool>(lab.world.instances.size()), .links = {}, .dependencies = {}};
  for (int step = 0; step < 80; ++step) {
    lab.run_until(Duration{500'000'000 + 150'000'000LL * step});
    for (const InstanceId id : lab.crashed_instances) trouble.gone[id.index] = true;
    lab.crashed_instances.clear();
    some_trouble(lab, random, trouble);
  }
  return lab.finish();
}

}  // namespace

BOOST_AUTO_TEST_CASE(nothing_is_lost_or_counted_twice_whatever_fails) {
  const std::uint64_t runs = short_tests() ? 10 : 60;
  std::uint64_t promoted = 0, dead = 0, dropped = 0, refused = 0;
  for (std::uint64_t seed = 1; seed <= runs; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      const Record record = troubled(seed);
      BOOST_REQUIRE(record.messages.size() == 1U);
      BOOST_TEST(record.messages[0].balanced());
      promoted += happened(record, "database.promoted");
      dead += record.messages[0].dead_lettered;
      dropped += record.messages[0].dropped;
      if (record.find_counter("refused_connections", "db") != nullptr) {
        refused += counted(record, "refused_connections");
      }
    }
  }
  BOOST_TEST(promoted > 0U);
  BOOST_TEST(dead > 0U);
  BOOST_TEST(dropped > 0U);
  BOOST_TEST(refused > 0U);
}

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_run) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    BOOST_TEST(troubled(seed).trace_hash == troubled(seed).trace_hash);
  }
}

BOOST_AUTO_TEST_SUITE_END()
