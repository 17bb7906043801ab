/// \file traffic_chaos.cpp
/// Random scenarios under random trouble: nothing is lost, nothing is counted twice, and the same
/// seed is the same run.
/// Why: the worst bugs of a request path are in what meets what; nobody lists all of that.
#include "tests/model/traffic_lab.hpp"

BOOST_AUTO_TEST_SUITE(traffic_chaos)

using namespace leapday;
using namespace leapday::model;

namespace {

CallPolicy random_policy(Random& random) {
  CallPolicy policy;
  if (random.below(2) == 0) policy.timeout = Duration{1'000'000 * (1 + random.below(200))};
  if (random.below(2) == 0) {
    policy.retry = Retry{.max_retries = static_cast<std::int64_t>(random.below(4)),
                         .backoff = Duration{1'000'000 * random.below(50)},
                         .jitter = static_cast<Jitter>(random.below(3))};
    if (random.below(2) == 0) policy.retry->budget = Ratio{1, 5};
  }
  if (random.below(4) == 0) policy.breaker = Breaker{.open_for = 1s};
  if (random.below(4) == 0) policy.throttle = Throttle{.k = 2, .window = 5s};
  if (random.below(3) == 0) policy.hedge_after = Duration{1'000'000 * (1 + random.below(40))};
  policy.idempotent = random.below(3) != 0;
  return policy;
}

Routing random_routing(Random& random) {
  Routing routing;
  const char* policies[] = {
      "round_robin", "random",   "least_outstanding", "least_connections",
      "power_of_d",  "weighted", "consistent_hash",   "gorouter_least_connection"};
  routing.policy = policies[random.below(8)];
  routing.attempts = static_cast<std::int64_t>(1 + random.below(4));
  routing.connect_timeout = 100ms;
  if (random.below(2) == 0) routing.request_timeout = 300ms;
  if (random.below(2) == 0) {
    routing.ejection =
        Ejection{.kind = random.below(2) == 0 ? EjectionKind::nginx : EjectionKind::consecutive,
                 .max_fails = static_cast<std::int64_t>(1 + random.below(3)),
                 .fail_timeout = 2s};
  }
  if (random.below(3) == 0)
    routing.max_connections = static_cast<std::int64_t>(1 + random.below(4));
  routing.queue_limit = static_cast<std::int64_t>(random.below(2) * 20);
  routing.per_connection = random.below(3) == 0;
  if (random.below(2) == 0) routing.keep_alive = static_cast<std::int64_t>(random.below(4));
  return routing;
}

App random_app(Random& random, std::int64_t instances) {
  App app;
  app.instances = instances;
  app.service_time = Distribution::exponential(Duration{1'000'000 * (1 + random.below(15))});
  app.discipline = random.below(2) == 0 ? Discipline::fifo : Discipline::processor_sharing;
  app.concurrency = static_cast<std::int64_t>(random.below(4));
  if (random.below(2) == 0) app.queue_limit = static_cast<std::int64_t>(random.below(10));
  if (random.below(3) == 0) app.error_rate = Ratio{1, 10};
  if (random.below(3) == 0) app.releases["v1"].crash_probability = Ratio{1, 500};
  if (random.below(2) == 0) app.cpu = 0.5;
  app.routing = random_routing(random);
  return app;
}

void add_dependencies(Scenario& scenario, Random& random) {
  Dependency& db = scenario.dependencies["db"];
  db.kind = DependencyKind::database;
  db.connections = 3;
  db.queue_limit = 10;
  db.zone = "y";
  db.service_time = Distribution::exponential(3ms);
  Dependency& cache = scenario.dependencies["cache"];
  cache.kind = DependencyKind::cache;
  cache.hit_rate = Ratio{4, 5};
  cache.warm_up = 5s;
  cache.backed_by = random.below(2) == 0 ? "db" : "back";
  Dependency& queue = scenario.dependencies["jobs"];
  queue.kind = DependencyKind::queue;
  queue.redeliver_after = 1s;
  queue.max_deliveries = static_cast<std::int64_t>(random.below(4));
}

Scenario random_scenario(Random& random) {
  Scenario scenario;
  scenario.run.duration = 20s;
  scenario.run.warmup = 2s;
  scenario.topology.zones["z"].hosts = 3;
  scenario.topology.zones["z"].cores = 2;
  scenario.topology.zones["y"].hosts = 1;
  scenario.platform.constants.cpu_period = 100ms;
  scenario.platform.constants.cpu_quota = random.below(2) == 0;
  scenario.platform.constants.router_failed_cooldown = 3s;
  scenario.platform.constants.router_connect_timeout = 100ms;
  scenario.platform.algorithms.routing = "round_robin";
  scenario.routers.count = static_cast<std::int64_t>(1 + random.below(3));
  if (random.below(2) == 0) {
    scenario.topology.network.same_zone = 1ms;
    scenario.topology.network.clients = 3ms;
    scenario.topology.network.links.push_back({.from = "z", .to = "y", .latency = 2ms});
    if (random.below(2) == 0) {
      scenario.topology.network.links.back().jitter = 1ms;
      scenario.topology.network.links.back().loss = Ratio{1, 50};
    }
  }
  CallSpec group;
  group.parallel = {{.to = "back", .fan_out = 2, .policy = random_policy(random)},
                    {.to = "cache", .optional = true, .policy = random_policy(random)}};
  scenario.apps["front"] = random_app(random, 3);
  scenario.apps["front"].calls = {{.to = "db", .policy = random_policy(random)},
                                  group,
                                  {.publish = "jobs", .probability = Ratio{1, 2}}};
  scenario.apps["back"] = random_app(random, 4);
  App& worker = scenario.apps["worker"];
  worker = random_app(random, 2);
  worker.kind = AppKind::worker;
  worker.consumes = "jobs";
  worker.calls = {{.to = "db", .policy = random_policy(random)}};
  App& job = scenario.apps["job"];
  job = random_app(random, 1);
  job.kind = AppKind::job;
  job.every = 700ms;
  add_dependencies(scenario, random);
  Load& open = scenario.loads["open"];
  open.to = "front";
  open.rate = Rate{static_cast<double>(20 + random.below(200))};
  open.connections = static_cast<std::int64_t>(random.below(3) * 5);
  open.policy = random_policy(random);
  Load& closed = scenario.loads["closed"];
  closed.to = "back";
  closed.closed = ClosedLoop{.clients = 20, .think_time = Distribution::exponential(50ms)};
  closed.policy = random_policy(random);
  return scenario;
}

/// The same with everything on one grid of 5 ms, so that most things happen together with others.
void put_on_grid(Scenario& scenario, Random& random) {
  const auto snap = [&](CallPolicy& policy) {
    if (policy.timeout) policy.timeout = Duration{5'000'000 * (1 + random.below(4))};
    if (policy.hedge_after) policy.hedge_after = 5ms;
    if (policy.retry) policy.retry->backoff = 5ms, policy.retry->jitter = Jitter::none;
  };
  scenario.topology.network = {};
  scenario.topology.network.same_zone = scenario.topology.network.clients = 5ms;
  scenario.topology.network.same_host = 5ms;
  for (auto& app : scenario.apps) {
    app.value.service_time = Distribution::deterministic(Duration{5'000'000 * random.below(3)});
    app.value.discipline = Discipline::fifo;
    for (CallSpec& call : app.value.calls) {
      snap(call.policy);
      for (CallSpec& member : call.parallel) snap(member.policy);
    }
  }
  for (const char* name : {"open", "more"}) {
    Load& load = scenario.loads[name];
    load = scenario.loads["open"];
    load.rate = Rate{200};
    load.arrivals = Arrivals::deterministic;
    load.connections = 0;
    snap(load.policy);
  }
  scenario.loads["closed"].closed->think_time = Distribution::deterministic(50ms);
  snap(scenario.loads["closed"].policy);
}

void trouble(TrafficLab& lab, Random& random, std::vector<bool>& gone,
             std::vector<std::uint32_t>& links, std::vector<std::uint32_t>& dependencies) {
  const auto pick = [&](std::size_t n) { return static_cast<std::uint32_t>(random.below(n)); };
  const InstanceId instance{pick(lab.world.instances.size())};
  const RouterId router{pick(lab.world.routers.size())};
  const HostId host = lab.world.instance(instance).host;
  switch (random.below(12)) {
    case 0:
      lab.traffic.instance_gone(instance, Departure::crash);
      gone[instance.index] = true;
      break;
    case 1:
      lab.traffic.instance_gone(instance, Departure::silence);
      gone[instance.index] = true;
      break;
    case 2:
      if (gone[instance.index]) lab.traffic.instance_listening(instance);
      gone[instance.index] = false;
      break;
    case 3:
      lab.traffic.instance_draining(instance);
      break;
    case 4:
      lab.hang(instance, !lab.world.instance(instance).hung);
      break;
    case 5:
      lab.set_host_speed(host, 0.1 + 0.3 * static_cast<double>(random.below(4)));
      break;
    case 6:
      lab.traffic.route_remove(router, instance);
      break;
    case 7:
      lab.traffic.route_add(router, instance);
      break;
    case 8:
      lab.set_router(router, !lab.world.routers[router.index].up);
      break;
    case 9:
      links.push_back(lab.network.push({Place::Kind::routers, 0}, {Place::Kind::zone, pick(2)},
                                       {.down = random.below(2) == 0,
                                        .latency_add = Duration{1'000'000 * random.below(20)},
                                        .loss = Ratio{1, 10}}));
      break;
    case 10:
      dependencies.push_back(
          lab.traffic.push(DependencyId{pick(3)},
                           {.slow_factor = 3, .error = Ratio{1, 4}, .down = random.below(2) == 0}));
      break;
    default:
      if (!links.empty()) lab.network.pop(links.back()), links.pop_back();
      if (!dependencies.empty()) lab.traffic.pop(dependencies.back()), dependencies.pop_back();
      break;
  }
}

Record troubled_run(std::uint64_t seed, bool fast_path = true, bool on_grid = false) {
  Random random = Random::keyed(seed);
  Scenario scenario = random_scenario(random);
  if (on_grid) put_on_grid(scenario, random);
  TrafficLab lab(scenario, seed, fast_path);
  std::vector<std::uint32_t> links, dependencies;
  std::vector<bool> gone(lab.world.instances.size());
  for (int step = 0; step < 120; ++step) {
    lab.run_until(Duration{1'000'000'000 + 150'000'000LL * step});
    for (const InstanceId id : lab.crashed_instances) gone[id.index] = true;
    lab.crashed_instances.clear();
    trouble(lab, random, gone, links, dependencies);
  }
  return lab.finish();
}

/// Apps that may take the fast path, with time-outs, full queues and several loads in reach.
Scenario calm_scenario(Random& random) {
  Scenario scenario;
  scenario.run.duration = 20s;
  scenario.run.warmup = 2s;
  scenario.topology.zones["z"].hosts = 3;
  scenario.topology.zones["y"].hosts = 1;
  scenario.platform.constants.router_failed_cooldown = 3s;
  scenario.platform.constants.router_connect_timeout = 100ms;
  scenario.platform.algorithms.routing = "round_robin";
  scenario.routers.count = static_cast<std::int64_t>(1 + random.below(2));
  add_dependencies(scenario, random);
  scenario.dependencies["cache"].backed_by = "db";
  for (const char* name : {"front", "back"}) {
    App& app = scenario.apps[name];
    app.instances = static_cast<std::int64_t>(1 + random.below(4));
    app.concurrency = static_cast<std::int64_t>(random.below(4));
    app.service_time = Distribution::exponential(Duration{1'000'000 * (1 + random.below(12))});
    if (random.below(3) == 0) app.queue_limit = static_cast<std::int64_t>(random.below(6));
    app.endpoints["read"].service_time = Distribution::deterministic(2ms);
    app.endpoints["write"];
    app.routing = random_routing(random);
    app.routing.per_connection = false;
    app.routing.keep_alive.reset();
    app.routing.ejection.reset();
    if (random.below(2) == 0) {  // what the eager path asks for
      app.concurrency = static_cast<std::int64_t>(random.below(2));
      app.queue_limit.reset();
      app.routing.policy = random.below(2) == 0 ? "round_robin" : "weighted";
      if (random.below(2) == 0) app.routing.max_connections.reset();
    }
    for (std::uint64_t n = 1 + random.below(2); n > 0; --n) {
      Load& load = scenario.loads[name + std::to_string(n)];
      load.to = name;
      load.rate = Rate{static_cast<double>(20 + random.below(300))};
      if (random.below(3) == 0) load.arrivals = Arrivals::deterministic;
      if (random.below(2) == 0) load.mix["read"] = Ratio{1, 3}, load.mix["write"] = Ratio{2, 3};
      load.connections = static_cast<std::int64_t>(random.below(3) * 5);
      load.policy = random_policy(random);
      load.policy.breaker.reset();
      load.policy.throttle.reset();
      load.policy.hedge_after.reset();
    }
  }
  return scenario;
}

struct Story {
  Record record;
  std::uint64_t touched = 0;
  std::uint64_t eager = 0;
};

Story calm_run(std::uint64_t seed, bool fast_path) {
  Random random = Random::keyed(seed);
  Scenario scenario = calm_scenario(random);
  TrafficLab lab(scenario, seed, fast_path);
  std::vector<std::uint32_t> links, dependencies;
  std::vector<bool> gone(lab.world.instances.size());
  Story story;
  for (int step = 0; step < 12; ++step) {
    lab.run_until(Duration{1'000'000'000 + 1'500'000'000LL * step});
    for (std::uint32_t i = 0; i < lab.world.instances.size(); ++i) {
      story.touched = 31 * story.touched + lab.traffic.open_requests(InstanceId{i});
      story.touched = 31 * story.touched + lab.traffic.attempts_touching(InstanceId{i});
    }
    for (std::uint32_t i = 0; i < lab.world.hosts.size(); ++i) {
      story.touched = 31 * story.touched + lab.traffic.attempts_touching(HostId{i});
    }
    if (seed % 4 != 0) trouble(lab, random, gone, links, dependencies);
    if (step % 3 == 1 &&
        seed % 2 == 0) {  // what a slow link holds back comes when it is plain again
      const std::uint32_t slow = lab.network.push(
          {Place::Kind::routers, 0}, {Place::Kind::zone, step % 2U},
          {.latency_add = Duration{1'000'000 * random.below(3000)}, .loss = Ratio{1, 10}});
      lab.run_until(Duration{1'700'000'000 + 1'500'000'000LL * step});
      lab.network.pop(slow);
    }
  }
  story.record = lab.finish();
  story.eager = lab.traffic.settled_eagerly();
  return story;
}

void same_story(const Record& a, const Record& b) {
  BOOST_TEST(a.trace_hash == b.trace_hash);
  BOOST_TEST(a.calls.answered == b.calls.answered);
  BOOST_TEST(a.requests.answered == b.requests.answered);
  BOOST_TEST(a.requests.in_flight == b.requests.in_flight);
  BOOST_TEST(a.attempts.abandoned == b.attempts.abandoned);
  BOOST_TEST(a.attempts.answered == b.attempts.answered);
  BOOST_REQUIRE(a.series.size() == b.series.size());
  for (std::size_t i = 0; i < a.series.size(); ++i) {
    BOOST_TEST(a.series[i].total.answered == b.series[i].total.answered);
    BOOST_TEST(a.series[i].latency_sum_seconds == b.series[i].latency_sum_seconds);
    BOOST_TEST(a.series[i].retries == b.series[i].retries);
    BOOST_REQUIRE(a.series[i].by_send.size() == b.series[i].by_send.size());
    for (std::size_t s = 0; s < a.series[i].by_send.size(); ++s) {
      BOOST_TEST(a.series[i].by_send[s].sent == b.series[i].by_send[s].sent);
      BOOST_TEST(a.series[i].by_send[s].answered == b.series[i].by_send[s].answered);
    }
    BOOST_REQUIRE(a.series[i].by_settle.size() == b.series[i].by_settle.size());
    for (std::size_t s = 0; s < a.series[i].by_settle.size(); ++s) {
      BOOST_TEST(a.series[i].by_settle[s].answered == b.series[i].by_settle[s].answered);
    }
    BOOST_TEST((a.series[i].latency == b.series[i].latency));
    BOOST_TEST(a.series[i].latency_total.buckets() == b.series[i].latency_total.buckets());
    BOOST_TEST((a.series[i].latency_total.exact() == b.series[i].latency_total.exact()));
  }
  BOOST_TEST(a.traces.one_in == b.traces.one_in);
  BOOST_TEST(a.traces.names == b.traces.names);
  BOOST_TEST((a.traces.requests == b.traces.requests));
  for (std::size_t i = 0; i < a.gauges.size(); ++i) {
    BOOST_TEST(a.gauges[i].mean == b.gauges[i].mean);
    BOOST_TEST(a.gauges[i].max == b.gauges[i].max);
  }
  BOOST_REQUIRE(a.stability.size() == b.stability.size());
  for (std::size_t i = 0; i < a.stability.size(); ++i) {
    BOOST_TEST(a.stability[i].offered_load == b.stability[i].offered_load);
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_fast_path_and_the_slow_one_tell_the_same_story) {
  std::uint64_t eager = 0, answered = 0;
  for (std::uint64_t seed = 1; seed <= (short_tests() ? 40U : 300U); ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      const Story fast = calm_run(seed, true);
      const Story slow = calm_run(seed, false);
      same_story(fast.record, slow.record);
      BOOST_TEST(fast.touched == slow.touched);
      BOOST_TEST(slow.eager == 0U);
      eager += fast.eager;
      answered += fast.record.requests.answered;
    }
  }
  BOOST_TEST_MESSAGE(eager << " of " << answered << " answers settled many at once");
  BOOST_TEST(eager * 10 > answered);
}

BOOST_AUTO_TEST_CASE(direct_calls_and_those_with_attempts_tell_the_same_story) {
  for (std::uint64_t seed = 1; seed <= (short_tests() ? 40U : 200U); ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      same_story(troubled_run(seed, true), troubled_run(seed, false));
    }
  }
}

/// An event of who had a slot before, at the very instant of its successor's, is nobody's.
BOOST_AUTO_TEST_CASE(they_tell_the_same_story_when_all_happens_at_once) {
  for (std::uint64_t seed = 1; seed <= (short_tests() ? 20U : 100U); ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      same_story(troubled_run(seed, true, true), troubled_run(seed, false, true));
    }
  }
}

BOOST_AUTO_TEST_CASE(nothing_is_lost_whatever_happens) {
  std::uint64_t answered = 0, failed = 0;
  for (std::uint64_t seed = 1; seed <= (short_tests() ? 25U : 120U); ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      const Record record = troubled_run(seed);
      BOOST_TEST(record.cut_short.empty());
      answered += record.requests.answered;
      failed += record.requests.failed_total();
    }
  }
  BOOST_TEST_MESSAGE(answered << " answered, " << failed << " failed");
  BOOST_TEST(answered > 0U);
  BOOST_TEST(failed > 0U);
}

BOOST_AUTO_TEST_CASE(trouble_repeats_exactly) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Record a = troubled_run(seed);
    const Record b = troubled_run(seed);
    BOOST_TEST(a.trace_hash == b.trace_hash);
    BOOST_TEST(a.events_processed == b.events_processed);
    BOOST_TEST((a.traces.requests == b.traces.requests));
  }
}

BOOST_AUTO_TEST_SUITE_END()
