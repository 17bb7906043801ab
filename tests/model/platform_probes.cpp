/// \file platform_probes.cpp
/// What health checks see of an instance that is busy, hangs or does not listen yet.
/// Why: a probe is a request; under overload it comes too late, and the platform kills what it
/// was meant to keep alive.
#include "sim/model/cpu.hpp"
#include "tests/model/platform_lab.hpp"

namespace leapday::model {
namespace {

/// Twice as much as its two instances can do, from the second minute on.
std::string overloaded(const std::string& platform, const std::string& health) {
  return "run: {duration: 20min}\nplatform: " + platform + R"(
apps:
  shop: {service_time: {deterministic: 100ms}, instances: 2, start_time: 5s, health: )" +
         health + R"(}
load:
  users: {to: shop, phases: [{name: calm, rate: 5/s, for: 1min}, {name: rush, rate: 40/s}]}
)";
}

BOOST_AUTO_TEST_SUITE(platform_probes)

BOOST_AUTO_TEST_CASE(an_overloaded_app_on_kubernetes_restarts_in_a_loop) {
  const Record record = Rehearsal(overloaded("{profile: kubernetes}", "{}")).run();

  const auto crashed = events(record, "instance.crashed");
  BOOST_REQUIRE(crashed.size() > 6U);
  // The queue outgrows 1 s within two; then three probes 10 s apart fail.
  BOOST_TEST(seconds(crashed[0].at) > 80);
  BOOST_TEST(seconds(crashed[0].at) < 100);
  for (const RecordedEvent& event : crashed) {
    BOOST_TEST(event.detail == "3 liveness probes in a row failed");
  }
  BOOST_TEST(!events(record, "instance.unready").empty());
  BOOST_TEST(!events(record, "instance.backing_off").empty());
  BOOST_TEST(range(record, "ready", "shop", 300, 1199).first == 0);
}

BOOST_AUTO_TEST_CASE(a_check_of_the_port_passes_under_overload) {
  const Record record =
      Rehearsal(overloaded("{profile: kubernetes}", "{liveness_type: port, readiness_type: port}"))
          .run();

  BOOST_TEST(events(record, "instance.crashed").empty());
  BOOST_TEST(events(record, "instance.unready").empty());
}

BOOST_AUTO_TEST_CASE(an_http_readiness_alone_takes_the_overloaded_out_and_kills_nobody) {
  const Record record =
      Rehearsal(overloaded("{profile: kubernetes}", "{liveness_type: port}")).run();

  BOOST_TEST(events(record, "instance.crashed").empty());
  BOOST_TEST(events(record, "instance.unready").size() > 4U);  // They drain, return and drown.
  BOOST_TEST(events(record, "instance.ready").size() > 4U);
}

BOOST_AUTO_TEST_CASE(cloud_foundry_checks_the_port_unless_told_otherwise) {
  const Record port = Rehearsal(overloaded("{profile: cf-diego}", "{}")).run();
  const Record http = Rehearsal(overloaded("{profile: cf-diego}", "{liveness_type: http}")).run();

  BOOST_TEST(events(port, "instance.crashed").empty());
  BOOST_TEST(events(http, "instance.crashed").size() > 4U);
}

BOOST_AUTO_TEST_CASE(below_its_capacity_a_busy_app_passes_every_probe) {
  const Rehearsal lab(R"(
run: {duration: 30min}
platform: {profile: kubernetes}
apps: {shop: {service_time: {exponential: {mean: 20ms}}, instances: 3}}
load: {users: {to: shop, rate: 100/s}}
)");
  const Record record = lab.run();

  BOOST_TEST(events(record, "instance.crashed").empty());
  BOOST_TEST(events(record, "instance.unready").empty());
}

BOOST_AUTO_TEST_CASE(places_held_by_a_slow_dependency_fail_the_probes_too) {
  const Rehearsal lab(R"(
run: {duration: 10min}
platform: {profile: kubernetes}
apps: {shop: {service_time: 1ms, instances: 2, concurrency: 10, start_time: 5s, calls: [{to: db}]}}
dependencies: {db: {kind: database, service_time: 20ms}}
load: {users: {to: shop, rate: 40/s}}
faults: {slow: {at: 2min, kind: dependency.slow, target: db, add: 5s, for: 3min}}
)");
  const Record record = lab.run();

  BOOST_REQUIRE(!events(record, "instance.crashed").empty());
  BOOST_TEST(first(record, "instance.crashed") > 140);
  BOOST_TEST(first(record, "instance.crashed") < 170);
}

BOOST_AUTO_TEST_CASE(a_full_queue_turns_the_probe_away) {
  const Rehearsal lab(R"(
run: {duration: 5min}
platform: {profile: kubernetes}
apps: {shop: {service_time: {deterministic: 100ms}, queue_limit: 2, start_time: 5s}}
load: {users: {to: shop, rate: 60/s}}
)");
  // Never more than 300 ms of work, yet six of seven requests and probes meet a full queue.
  BOOST_TEST(events(lab.run(), "instance.crashed").size() > 1U);
}

BOOST_AUTO_TEST_CASE(a_check_of_the_port_does_not_see_a_hang) {
  const std::string yaml = R"(
run: {duration: 5min}
platform: {profile: cf-diego}
apps: {shop: {service_time: 5ms, start_time: 1s HEALTH}}
faults: {hang: {at: 10s, kind: instance.hang, target: shop/0}}
)";
  const auto with = [&](const std::string& health) {
    std::string text = yaml;
    text.replace(text.find(" HEALTH"), 7, health);
    return Rehearsal(text).run();
  };

  BOOST_TEST(events(with(""), "instance.crashed").empty());
  BOOST_TEST(events(with(", health: {liveness_type: http}"), "instance.crashed").size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_check_of_the_process_sends_traffic_to_what_does_not_listen_yet) {
  const auto refused = [](const std::string& health) {
    const Record record = Rehearsal(R"(
run: {duration: 4min}
platform: {profile: cf-diego, set: {router_attempts: 1, router_failed_cooldown: 0s}}
apps: {shop: {service_time: 5ms, instances: 2, start_time: 20s, health: )" +
                                    health + R"(}}
load: {users: {to: shop, rate: 20/s}}
faults: {crash: {at: 1min, kind: instance.crash, target: shop/1}}
)")
                              .run();
    BOOST_TEST(events(record, "instance.ready").size() == 1U);
    return failures(record, "users", FailureReason::refused, 60, 239);
  };

  BOOST_TEST(refused("{}") == 0U);
  const std::uint64_t hidden = refused("{liveness_type: process}");
  BOOST_TEST(hidden > 150U);  // Every other of 20 a second for 20 s.
  BOOST_TEST(hidden < 250U);
}

BOOST_AUTO_TEST_CASE(a_worker_that_is_busy_is_well) {
  const Rehearsal lab(R"(
run: {duration: 10min}
platform: {profile: kubernetes}
apps:
  shop: {service_time: 1ms, calls: [{publish: mail}]}
  mailer: {kind: worker, consumes: mail, service_time: {deterministic: 5s}, start_time: 1s}
dependencies: {mail: {kind: queue, redeliver_after: 10min}}
load: {users: {to: shop, rate: 5/s}}
)");
  BOOST_TEST(events(lab.run(), "instance.crashed").empty());
}

BOOST_AUTO_TEST_CASE(idle_instances_cost_no_probe) {
  const Rehearsal lab(R"(
run: {duration: 1h}
platform: {profile: kubernetes}
topology: {zones: {z: {hosts: 20}}}
apps: {shop: {service_time: 5ms, instances: 500}}
load: {users: {to: shop, rate: 1/min}}
)");
  BOOST_TEST(lab.run().events_processed < 2000U);
}

BOOST_AUTO_TEST_CASE(company_slows_a_probe_under_processor_sharing) {
  HostCpu cpu(2, 100'000'000, 0);
  const std::uint32_t shared = cpu.add_group(1, 0, 0);
  const std::uint32_t capped = cpu.add_group(1, 0, 0.5);
  std::vector<std::uint32_t> done;
  cpu.advance(0, done);
  BOOST_TEST(cpu.pace_of_one_more(shared) == 1);
  for (std::uint32_t i = 0; i < 9; ++i) cpu.add_task(shared, 1e9, i);
  cpu.share();
  BOOST_TEST(cpu.pace_of_one_more(shared) == 0.2);
  BOOST_TEST(cpu.pace_of_one_more(capped) ==
             0.5);  // Of its fair core, what the quota lets it have.
  const Rehearsal lab(R"(
run: {duration: 10min}
platform: {profile: kubernetes}
topology: {zones: {z: {hosts: 1, cores: 1}}}
apps: {shop: {discipline: processor_sharing, concurrency: 0, service_time: 50ms, start_time: 5s}}
load: {users: {to: shop, rate: 100/s}}
)");
  // Eighty more are open each second: after some 13 s a probe of 1 ms needs more than one.
  const double crashed = first(lab.run(), "instance.crashed");
  BOOST_TEST(crashed > 30);
  BOOST_TEST(crashed < 50);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::model
