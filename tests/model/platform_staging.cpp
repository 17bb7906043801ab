/// \file platform_staging.cpp
/// Staging: places, time limits, failure.
/// Why: a fix is not deployed when somebody pushes it; it is deployed when it was staged.
#include <fmt/format.h>

#include "tests/model/platform_lab.hpp"

namespace leapday::model {
namespace {

std::string pushes(const std::string& profile, int apps, const std::string& staging) {
  std::string text = "run: {duration: 40min}\nplatform: {profile: " + profile +
                     "}\ntopology: {zones: {z: {hosts: 4}}}\napps:\n";
  std::string deployments = "deployments:\n";
  for (int i = 0; i < apps; ++i) {
    text += fmt::format(
        "  a{}: {{start_time: 1s, service_time: 5ms, releases: {{v1: {{}}, v2: {{}}}}}}\n", i);
    deployments += fmt::format(
        "  push{}: {{at: 1min, app: a{}, release: v2, staging: {{takes: {}}}}}\n", i, i, staging);
  }
  return text + deployments;
}

BOOST_AUTO_TEST_SUITE(platform_staging)

BOOST_AUTO_TEST_CASE(ten_are_staged_at_once_in_2012_and_the_others_wait_for_a_place) {
  const Record record = Rehearsal(pushes("cf-2012", 12, "50s")).run();

  const auto staged = events(record, "deployment.staged");
  BOOST_REQUIRE(staged.size() == 12U);
  for (std::size_t i = 0; i < 12; ++i) {
    BOOST_TEST(seconds(staged[i].at) == (i < 10 ? 110 : 160), i);
  }
  BOOST_TEST(events(record, "deployment.awaits_staging").size() == 2U);
  BOOST_TEST(events(record, "deployment.done").size() == 12U);
  BOOST_TEST(first(record, "deployment.step", "push11") >= 160);
}

BOOST_AUTO_TEST_CASE(a_staging_that_takes_too_long_fails_its_deployment) {
  // 120 s in 2012, 900 s today.
  const Record old = Rehearsal(pushes("cf-2012", 1, "3min")).run();
  BOOST_TEST(first(old, "deployment.failed", "push0") == 180);
  BOOST_TEST(events(old, "deployment.failed")[0].detail == "staging took longer than 120s");
  BOOST_TEST(events(old, "deployment.step").empty());

  const Record now = Rehearsal(pushes("cf-diego", 1, "3min")).run();
  BOOST_TEST(first(now, "deployment.staged", "push0") == 240);
  BOOST_TEST(events(now, "deployment.done").size() == 1U);

  const Record slow = Rehearsal(pushes("cf-diego", 1, "20min")).run();
  BOOST_TEST(first(slow, "deployment.failed", "push0") == 960);
}

BOOST_AUTO_TEST_CASE(what_failed_to_stage_gives_its_place_away) {
  // Eleven of which all exceed 120 s: the eleventh fails 120 s after the first ten.
  const Record record = Rehearsal(pushes("cf-2012", 11, "5min")).run();

  const auto failed = events(record, "deployment.failed");
  BOOST_REQUIRE(failed.size() == 11U);
  BOOST_TEST(seconds(failed[9].at) == 180);
  BOOST_TEST(seconds(failed[10].at) == 300);
}

BOOST_AUTO_TEST_CASE(staging_fails_as_often_as_it_is_said_to) {
  int failed = 0;
  const Rehearsal lab(pushes("cf-2012", 10, "10s, failure: 30%"));
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    failed += static_cast<int>(events(lab.run(seed), "deployment.failed").size());
  }
  // 400 draws at 30 %: 120, with a standard deviation of 9.
  BOOST_TEST(failed > 83);
  BOOST_TEST(failed < 157);
}

BOOST_AUTO_TEST_CASE(a_newer_deployment_does_not_free_the_place_of_the_one_it_replaces) {
  const Rehearsal lab(R"(
run: {duration: 10min}
platform: {profile: cf-2012, set: {staging_max: 1}}
topology: {zones: {z: {hosts: 2}}}
apps: {shop: {start_time: 1s, service_time: 5ms, releases: {v1: {}, v2: {}, v3: {}}}}
deployments:
  bad: {at: 1min, app: shop, release: v2, staging: {takes: 60s}}
  fix: {at: 70s, app: shop, release: v3, staging: {takes: 20s}}
)");

  const Record record = lab.run();

  BOOST_TEST(first(record, "deployment.superseded", "bad") == 70);
  BOOST_TEST(first(record, "deployment.awaits_staging", "fix") == 70);
  BOOST_TEST(first(record, "deployment.staged", "fix") == 140);
  BOOST_TEST(events(record, "deployment.staged", "bad").empty());
  BOOST_TEST(events(record, "deployment.done", "fix").size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_migration_follows_its_staging) {
  const Rehearsal lab(R"(
run: {duration: 10min}
platform: {profile: cf-diego}
apps: {shop: {start_time: 1s, service_time: 5ms, releases: {v1: {}, v2: {}}}}
deployments:
  push: {at: 1min, app: shop, release: v2, staging: {takes: 30s}, migration: {duration: 10s}}
faults: {kill: {at: push.staged + 1s, kind: instance.crash, target: shop/0}}
)");

  const Record record = lab.run();

  BOOST_TEST(first(record, "deployment.migrating") == 90);
  BOOST_TEST(first(record, "fault.begin", "kill") == 91);
  BOOST_TEST(first(record, "deployment.migrated") == 100);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(platform_min_ready)

BOOST_AUTO_TEST_CASE(kubernetes_waits_for_min_ready_before_the_old_one_goes) {
  const Rehearsal lab(R"(
run: {duration: 10min}
platform: {profile: kubernetes}
apps: {shop: {min_ready: 45s, start_time: 1s, service_time: 5ms, releases: {v1: {}, v2: {}}}}
deployments: {roll: {at: 1min, app: shop, release: v2}}
)");

  const Record record = lab.run();

  const double ready = first(record, "instance.ready");
  BOOST_TEST(first(record, "instance.stopping") - ready == 45);
  BOOST_TEST(first(record, "deployment.done", "roll") - ready == 45);
}

BOOST_AUTO_TEST_CASE(a_roll_of_ten_takes_a_min_ready_longer_for_each_batch) {
  const auto text = [](const std::string& min_ready) {
    return R"(
run: {duration: 20min}
platform: {profile: kubernetes}
topology: {zones: {z: {hosts: 4}}}
apps:
  shop: {instances: 10, start_time: 1s, service_time: 5ms, releases: {v1: {}, v2: {}}, )" +
           min_ready + R"(}
deployments: {roll: {at: 1min, app: shop, release: v2}}
)";
  };
  const Record plain = Rehearsal(text("min_ready: 0s")).run();
  const Record held = Rehearsal(text("min_ready: 60s")).run();

  // 5 new ones (surge 3, unavailable 2), then 5 more: two batches that are each looked at for 60 s.
  const double longer = first(held, "deployment.done") - first(plain, "deployment.done");
  BOOST_TEST(longer >= 120);
  BOOST_TEST(longer < 185);
  BOOST_TEST(range(held, "instances", "shop", 0, 1199).second == 13);
  BOOST_TEST(range(held, "ready", "shop", 0, 1199).first >= 8);
}

BOOST_AUTO_TEST_CASE(what_crashes_before_it_is_available_stops_the_roll) {
  // It lives for 20 s of its 60; without min_ready it would have counted, and the old one gone.
  const auto text = [](const std::string& min_ready) {
    return R"(
run: {duration: 10min}
platform: {profile: kubernetes}
apps:
  shop: {instances: 1, start_time: 1s, service_time: 5ms, releases: {v1: {}, v2: {}}, )" +
           min_ready + R"(}
deployments: {roll: {at: 1min, app: shop, release: v2}}
faults:
  bug:
    at: "when ready(shop) == 2 for 20s"
    kind: instance.crash
    target: all of instances of shop where release=v2
    repeat: true
)";
  };
  const Record held = Rehearsal(text("min_ready: 60s")).run();

  BOOST_TEST(events(held, "instance.crashed").size() >= 2U);
  BOOST_TEST(events(held, "deployment.done").empty());
  BOOST_TEST(value(held, "ready", "shop", 599) >= 1);
  BOOST_TEST(range(held, "ready", "shop", 0, 600).first == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::model
