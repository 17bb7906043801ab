/// \file platform_quotas.cpp
/// Quotas that have no room for a surge or for what a scaler adds.
/// Why: a quota is set in quiet times and met on the day when everybody needs more.
#include "tests/model/platform_lab.hpp"

namespace leapday::model {
namespace {

std::string roll(const std::string& platform, const std::string& quota, const std::string& v2) {
  return "run: {duration: 20min}\nplatform: {profile: " + platform + R"(}
topology: {zones: {z: {hosts: 4}}}
apps:
  shop: {instances: 4, memory: 1GiB, start_time: 10s, service_time: {deterministic: 5ms}, )" +
         "releases: {v1: {}, v2: " + v2 + "}}\nquotas: {org: " + quota + R"(}
load: {users: {to: shop, rate: 20/s, timeout: 1s}}
deployments: {rollout: {at: 1min, app: shop, release: v2, rollback: false)" +
         (platform == "kubernetes" ? ", max_surge: 25%, max_unavailable: 0%" : "") + "}}\n";
}

BOOST_AUTO_TEST_SUITE(platform_quotas)

BOOST_AUTO_TEST_CASE(cloud_foundry_refuses_a_roll_that_a_quota_has_no_room_to_begin) {
  const Record full = Rehearsal(roll("cf-diego", "{memory: 4GiB}", "{}")).run();
  const Record room = Rehearsal(roll("cf-diego", "{memory: 5GiB}", "{}")).run();

  BOOST_TEST(first(full, "deployment.failed", "rollout") == 60);
  BOOST_TEST(events(full, "deployment.failed")[0].detail ==
             "quota org: 1024 MiB more than 4096 of 4096 MiB");
  BOOST_TEST(events(full, "deployment.step").empty());
  BOOST_TEST(value(full, "ready", "shop", 1199) == 4);
  BOOST_TEST(failures(full, "users", 0, 1200) == 0U);
  BOOST_TEST(events(room, "deployment.done").size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_roll_that_meets_its_quota_half_way_stays_there) {
  // v2 is twice as large: beside 4 old ones there is room for one, beside 3 for no second one.
  const Record record = Rehearsal(roll("cf-diego", "{memory: 6GiB}", "{memory: 2GiB}")).run();

  BOOST_TEST(events(record, "deployment.step").size() == 1U);
  const auto refused = events(record, "deployment.refused", "rollout");
  BOOST_REQUIRE(refused.size() == 1U);  // tried again at every tick, recorded once
  BOOST_TEST(refused[0].detail == "quota org: 2048 MiB more than 5120 of 6144 MiB");
  BOOST_TEST(events(record, "deployment.done").empty());
  BOOST_TEST(value(record, "instances", "shop", 1199) == 4);
}

BOOST_AUTO_TEST_CASE(it_goes_on_when_there_is_room_again) {
  // The other app's two instances make room when they are scaled away.
  const Rehearsal lab(R"(
run: {start: "2024-05-06T09:55:00Z", duration: 20min}
platform: {profile: cf-diego}
topology: {zones: {z: {hosts: 4}}}
apps:
  shop: {instances: 4, memory: 1GiB, start_time: 10s, service_time: 5ms,
         releases: {v1: {}, v2: {memory: 2GiB}}}
  batch: {instances: 3, memory: 1GiB, start_time: 10s, service_time: 5ms}
quotas: {org: {memory: 9GiB}}
deployments: {rollout: {at: 1min, app: shop, release: v2}}
scaling:
  nights: {app: batch, policy: cf_autoscaler, min: 3, max: 3,
           schedules: [{from: 10h, to: 12h, min: 1, max: 1}]}
)");

  const Record record = lab.run();

  BOOST_REQUIRE(events(record, "deployment.refused").size() >= 1U);
  const double scaled = first(record, "app.scaled", "batch");
  BOOST_TEST(first(record, "deployment.refused") < scaled);
  bool later = false;
  for (const RecordedEvent& step : events(record, "deployment.step")) {
    later = later || seconds(step.at) > scaled;
  }
  BOOST_TEST(later);
}

BOOST_AUTO_TEST_CASE(kubernetes_surges_only_as_far_as_its_quota_admits_pods) {
  // Surge 1 of 4 and none unavailable: the fifth pod has no room before one of the four is gone.
  const Record full = Rehearsal(roll("kubernetes", "{instances: 4}", "{}")).run();
  const Record room = Rehearsal(roll("kubernetes", "{instances: 5}", "{}")).run();

  BOOST_TEST(range(full, "instances", "shop", 0, 1199).second == 4);
  const auto refused = events(full, "quota.refused");
  BOOST_REQUIRE(refused.size() == 1U);
  BOOST_TEST(refused[0].detail == "quota org: 1 more than 4 of 4 instances");
  BOOST_TEST(first(full, "deployment.failed", "rollout") == 660);  // no progress for 600 s
  BOOST_TEST(value(full, "ready", "shop", 1199) == 4);
  BOOST_TEST(range(room, "instances", "shop", 0, 1199).second == 5);
  BOOST_TEST(events(room, "deployment.done").size() == 1U);
}

BOOST_AUTO_TEST_CASE(pods_that_a_quota_refused_are_created_when_others_have_gone) {
  const Rehearsal lab(R"(
run: {duration: 20min}
platform: {profile: kubernetes}
topology: {zones: {z: {hosts: 4}}}
apps:
  shop: {instances: 10, start_time: 10s, service_time: 5ms, releases: {v1: {}, v2: {}}}
quotas: {namespace: {instances: 11, apps: [shop]}}
deployments: {rollout: {at: 1min, app: shop, release: v2}}
)");

  const Record record = lab.run();

  // Without the quota there would be 13.
  BOOST_TEST(range(record, "instances", "shop", 0, 1199).second <= 11);
  BOOST_TEST(events(record, "quota.refused").size() >= 2U);
  BOOST_TEST(events(record, "deployment.done").size() == 1U);
  BOOST_TEST(value(record, "ready", "shop", 1199) == 10);
}

BOOST_AUTO_TEST_CASE(a_scaler_is_refused_what_exceeds_a_quota) {
  const Rehearsal lab(R"(
run: {duration: 20min}
platform: {profile: cf-diego}
topology: {zones: {z: {hosts: 4}}}
apps: {shop: {instances: 2, memory: 1GiB, start_time: 10s, service_time: 5ms}}
load: {users: {to: shop, rate: 50/s}}
quotas: {org: {memory: 4GiB}}
scaling:
  more:
    app: shop
    policy: cf_autoscaler
    min: 1
    max: 10
    rules: [{metric: throughput, operator: above, threshold: 1, adjustment: +3}]
)");

  const Record record = lab.run();

  const auto refused = events(record, "scaling.refused", "more");
  BOOST_REQUIRE(refused.size() == 1U);
  BOOST_TEST(refused[0].detail.find("2 to 5") != std::string::npos);
  BOOST_TEST(refused[0].detail.find("3072 MiB more than 2048 of 4096 MiB") != std::string::npos);
  BOOST_TEST(events(record, "app.scaled").empty());
  BOOST_TEST(range(record, "instances", "shop", 0, 1199).second == 2);
}

BOOST_AUTO_TEST_CASE(a_quota_without_a_limit_has_its_platforms) {
  // cloud_controller.yml: 10240 MB by default; ten of 1 GiB fill it.
  const std::string apps = R"(
topology: {zones: {z: {hosts: 4}}}
apps: {shop: {instances: 10, memory: 1GiB, start_time: 10s, service_time: 5ms,
              releases: {v1: {}, v2: {}}}}
quotas: {org: {}}
deployments: {rollout: {at: 1min, app: shop, release: v2}}
)";
  const Record record =
      Rehearsal("run: {duration: 10min}\nplatform: {profile: cf-diego}" + apps).run();

  BOOST_TEST(events(record, "deployment.failed")[0].detail ==
             "quota org: 1024 MiB more than 10240 of 10240 MiB");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::model
