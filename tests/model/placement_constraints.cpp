/// \file placement_constraints.cpp
/// Rehearsals of what keeps a pod pending: CPU, taints, labels, anti-affinity, spreading.
/// Why: these rules were written on a good day; on a bad one they decide what is not replaced.
#include <map>

#include "tests/model/platform_lab.hpp"

namespace leapday::model {
namespace {

/// A cluster and one app of which every key but these may be stated.
std::string cluster(const std::string& zones, const std::string& app,
                    const std::string& profile = "kubernetes", const std::string& rest = "") {
  return R"(
run: {duration: 15min}
platform: {profile: )" +
         profile + R"(}
topology: {zones: {)" +
         zones + R"(}}
apps: {shop: {memory: 64MiB, service_time: 5ms, start_time: 5s, )" +
         app + R"(}}
load: {users: {to: shop, rate: 1/s, timeout: 1s}}
)" + rest;
}

/// How many instances stand on the hosts of each zone at the start.
std::map<std::string, int> by_zone(const Rehearsal& lab) {
  std::map<std::string, int> count;
  for (const auto& [instance, host] : plan(lab.scenario, lab.registry, {}).placements) {
    if (host != "nowhere") ++count[host.substr(0, host.find('-'))];
  }
  return count;
}

bool warned(const Rehearsal& lab, const std::string& part) {
  return std::any_of(lab.scenario.warnings.begin(), lab.scenario.warnings.end(),
                     [&](const std::string& text) { return text.find(part) != text.npos; });
}

using Counts = std::map<std::string, int>;

BOOST_AUTO_TEST_SUITE(placement_constraints)

BOOST_AUTO_TEST_CASE(a_pod_that_fits_by_memory_but_not_by_cpu_stays_pending_and_says_so) {
  const Rehearsal lab(cluster("a: {hosts: 2, cores: 2}", "instances: 3, cpu_request: 1.5"));

  const Record record = lab.run();

  const auto pending = events(record, "instance.unplaceable");
  BOOST_REQUIRE(pending.size() == 1U);
  BOOST_TEST(pending[0].detail == "none of 2 hosts: 2 without 1500 m of CPU left");
  BOOST_TEST(value(record, "ready", "shop", 899) == 2);
  BOOST_TEST(warned(lab, "the apps request more cores than the hosts have"));
}

BOOST_AUTO_TEST_CASE(a_pod_that_waits_for_cpu_is_placed_when_another_has_gone) {
  const Rehearsal lab(cluster("a: {hosts: 1, cores: 2}",
                              "instances: 2, cpu_request: 1.5, releases: {v1: {}, "
                              "v2: {cpu_request: 0.5}}",
                              "kubernetes",
                              "deployments: {roll: {at: 1min, app: shop, release: v2, "
                              "strategy: recreate}}"));

  const Record record = lab.run();

  BOOST_TEST(value(record, "ready", "shop", 50) == 1);
  BOOST_TEST(value(record, "ready", "shop", 899) == 2);
}

BOOST_AUTO_TEST_CASE(cloud_foundry_looks_at_no_cpu_and_the_scenario_is_told) {
  const Rehearsal lab(
      cluster("a: {hosts: 2, cores: 2}", "instances: 3, cpu_request: 1.5", "cf-diego"));

  const Record record = lab.run();

  BOOST_TEST(events(record, "instance.unplaceable").empty());
  BOOST_TEST(warned(lab,
                    "apps.shop.cpu_request has no effect: the placement policy diego_auction does "
                    "not look at it"));
}

BOOST_AUTO_TEST_CASE(every_rule_that_a_policy_ignores_is_named) {
  const Rehearsal lab(
      cluster("a: {hosts: 2, taints: [{key: old}]}",
              "instances: 1, cpu_request: 1, node_selector: {disk: ssd}, "
              "tolerations: [{operator: exists}], "
              "node_affinity: {required: [{match: [{label: a, operator: exists}]}], "
              "preferred: [{match: [{label: b, operator: exists}]}]}, "
              "anti_affinity: {required: [host]}, topology_spread: [{}]",
              "cf-2012"));

  for (const char* key :
       {"apps.shop.cpu_request", "apps.shop.node_selector", "apps.shop.tolerations",
        "apps.shop.node_affinity.required", "apps.shop.node_affinity.preferred",
        "apps.shop.anti_affinity", "apps.shop.topology_spread", "topology.zones.a.taints"}) {
    BOOST_TEST(warned(lab, std::string(key) + " has no effect"), key);
  }
  BOOST_TEST(by_zone(lab)["a"] == 1);
}

BOOST_AUTO_TEST_CASE(a_taint_keeps_off_all_who_do_not_tolerate_it) {
  const std::string zones =
      "a: {hosts: 1}, b: {hosts: 3, taints: [{key: gpu, value: 'yes', effect: no_schedule}]}";

  BOOST_TEST((by_zone(Rehearsal(cluster(zones, "instances: 8"))) == Counts{{"a", 8}}));
  // By key and value, whatever the value, whatever the taint: spreading prefers the empty zone.
  for (const char* toleration :
       {"{key: gpu, value: 'yes'}", "{key: gpu, operator: exists}", "{operator: exists}",
        "{key: gpu, value: 'yes', effect: no_schedule}"}) {
    const Rehearsal lab(
        cluster(zones, std::string("instances: 8, tolerations: [") + toleration + "]"));
    BOOST_TEST(by_zone(lab)["b"] >= 4, toleration);
  }
  for (const char* other : {"{key: gpu, value: 'no'}", "{key: cpu, operator: exists}",
                            "{key: gpu, value: 'yes', effect: prefer_no_schedule}"}) {
    const Rehearsal lab(cluster(zones, std::string("instances: 8, tolerations: [") + other + "]"));
    BOOST_TEST((by_zone(lab) == Counts{{"a", 8}}), other);
  }
}

BOOST_AUTO_TEST_CASE(a_preferred_taint_gives_way_to_nothing_better) {
  const std::string zones =
      "a: {hosts: 1, memory: 256MiB}, b: {hosts: 1, memory: 4GiB, taints: [{key: spot, effect: "
      "prefer_no_schedule}]}";

  // The other is emptier by far (fit 98 against 75): 300 points for the taint outweigh it.
  BOOST_TEST((by_zone(Rehearsal(cluster(zones, "instances: 1"))) == Counts{{"a", 1}}));
  // Four fill the clean host; the others have to go to the tainted one.
  BOOST_TEST((by_zone(Rehearsal(cluster(zones, "instances: 6"))) == Counts{{"a", 4}, {"b", 2}}));
  const Rehearsal tolerant(
      cluster(zones, "instances: 1, tolerations: [{key: spot, operator: exists}]"));
  BOOST_TEST((by_zone(tolerant) == Counts{{"b", 1}}));
}

BOOST_AUTO_TEST_CASE(selectors_and_required_affinities_choose_hosts_by_their_labels) {
  const std::string zones =
      "a: {hosts: 1, labels: {disk: ssd}}, b: {hosts: 1, labels: {disk: hdd}}, c: {hosts: 1}";
  const auto placed = [&](const std::string& rule) {
    return by_zone(Rehearsal(cluster(zones, "instances: 4, " + rule)));
  };
  const auto required = [&](const std::string& match) {
    return placed("node_affinity: {required: [{match: [" + match + "]}]}");
  };

  BOOST_TEST((placed("node_selector: {disk: hdd}") == Counts{{"b", 4}}));
  BOOST_TEST((placed("node_selector: {zone: c}") == Counts{{"c", 4}}));
  BOOST_TEST((required("{label: disk, values: [ssd, nvme]}") == Counts{{"a", 4}}));
  BOOST_TEST(
      (required("{label: disk, operator: not_in, values: [hdd]}") == Counts{{"a", 2}, {"c", 2}}));
  BOOST_TEST((required("{label: disk, operator: exists}") == Counts{{"a", 2}, {"b", 2}}));
  BOOST_TEST((required("{label: disk, operator: does_not_exist}") == Counts{{"c", 4}}));
  BOOST_TEST((placed("node_affinity: {required: [{match: [{label: disk, values: [ssd]}]}, "
                     "{match: [{label: disk, values: [hdd]}]}]}") == Counts{{"a", 2}, {"b", 2}}));
  const Rehearsal nowhere(cluster(zones, "instances: 1, node_selector: {disk: tape}"));
  BOOST_TEST(warned(nowhere, "no host has the labels and taints for shop"));
  const auto pending = events(nowhere.run(), "instance.unplaceable");
  BOOST_REQUIRE(pending.size() == 1U);
  BOOST_TEST(pending[0].detail == "none of 3 hosts: 3 without the labels that it selects");
}

BOOST_AUTO_TEST_CASE(preferred_labels_win_until_the_host_is_full) {
  const Rehearsal lab(cluster(
      "a: {hosts: 1, memory: 192MiB, labels: {disk: ssd}}, b: {hosts: 1, memory: 4GiB}",
      "instances: 5, node_affinity: {preferred: [{weight: 10, match: [{label: disk, values: "
      "[ssd]}]}]}"));

  // 200 points for the label; spreading softly costs at most that, once three are there.
  BOOST_TEST((by_zone(lab) == Counts{{"a", 3}, {"b", 2}}));
}

BOOST_AUTO_TEST_CASE(more_replicas_than_hosts_and_anti_affinity_leave_the_rest_pending) {
  const Rehearsal lab(
      cluster("a: {hosts: 2}, b: {hosts: 1}", "instances: 5, anti_affinity: {required: [host]}"));

  const Record record = lab.run();

  const auto pending = events(record, "instance.unplaceable");
  BOOST_REQUIRE(pending.size() == 2U);
  BOOST_TEST(pending[0].detail == "none of 3 hosts: 3 where too many of the app are already");
  BOOST_TEST(value(record, "ready", "shop", 899) == 3);
  BOOST_TEST(warned(lab, "5 instances of shop share no host, and 3 hosts take it"));
}

BOOST_AUTO_TEST_CASE(apart_by_zone_and_by_region_there_is_one_in_each) {
  const std::string zones =
      "a: {hosts: 2, region: west}, b: {hosts: 2, region: west}, c: {hosts: 2, region: east}";
  const std::string regions = "a: {hosts: 2, region: west}";
  const auto ready = [&](const std::string& across) {
    Rehearsal lab(R"(
run: {duration: 1min}
platform: {profile: kubernetes}
topology: {regions: {west: {}, east: {}}, zones: {)" +
                  zones + R"(}}
apps: {shop: {instances: 5, service_time: 5ms, anti_affinity: {required: [)" +
                  across + R"(]}}}
)");
    return value(lab.run(), "ready", "shop", 59);
  };

  BOOST_TEST(ready("zone") == 3);
  BOOST_TEST(ready("region") == 2);
  BOOST_TEST(ready("host") == 5);
}

BOOST_AUTO_TEST_CASE(a_rolling_update_is_stuck_when_every_host_has_a_replica_to_stay_away_from) {
  const std::string app =
      "instances: 3, releases: {v1: {}, v2: {}}, anti_affinity: {required: [host]}";
  const std::string roll = "deployments: {roll: {at: 1min, app: shop, release: v2}}";

  // 25 % of 3: one more, none less. The surge has nowhere to go.
  const Record stuck = Rehearsal(cluster("a: {hosts: 3}", app, "kubernetes", roll)).run();
  const Record done = Rehearsal(cluster("a: {hosts: 4}", app, "kubernetes", roll)).run();

  BOOST_TEST(events(stuck, "deployment.done").empty());
  BOOST_TEST(events(stuck, "instance.unplaceable").size() == 1U);
  BOOST_TEST(events(done, "deployment.done").size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_hard_spread_leaves_a_lost_zones_share_pending_unless_it_honors_taints) {
  const std::string zones = "a: {hosts: 2}, b: {hosts: 2}, c: {hosts: 2}";
  const std::string dark = "faults: {dark: {at: 1min, kind: zone.outage, target: c}}";
  const auto lost = [&](const std::string& rule) {
    return Rehearsal(
               cluster(zones, "instances: 6, topology_spread: [" + rule + "]", "kubernetes", dark))
        .run();
  };

  // The lost zone's nodes are still there with none of the pods: 2 + 1 - 0 > 1.
  const Record ignore = lost("{across: zone, max_skew: 1}");
  const auto pending = events(ignore, "instance.unplaceable");
  BOOST_TEST(pending.size() == 2U);
  BOOST_TEST(pending[0].detail ==
             "none of 6 hosts: 2 not usable, 4 where too many of the app are already");
  BOOST_TEST(value(ignore, "ready", "shop", 899) == 4);
  // A skew of 3 lets both in: 2 + 1 - 0.
  BOOST_TEST(value(lost("{across: zone, max_skew: 3}"), "ready", "shop", 899) == 6);
  BOOST_TEST(value(lost("{max_skew: 1, node_taints: honor}"), "ready", "shop", 899) == 6);
  BOOST_TEST(
      value(lost("{max_skew: 1, when_unsatisfiable: schedule_anyway}"), "ready", "shop", 899) == 6);
}

BOOST_AUTO_TEST_CASE(pods_that_waited_for_the_skew_are_placed_when_the_zone_returns) {
  const Rehearsal lab(cluster("a: {hosts: 2}, b: {hosts: 2}, c: {hosts: 2, boot_time: 30s}",
                              "instances: 6, topology_spread: [{max_skew: 1}]", "kubernetes",
                              "faults: {dark: {at: 1min, kind: zone.outage, target: c, "
                              "for: 10min}}"));

  const Record record = lab.run();

  BOOST_TEST(value(record, "ready", "shop", 600) == 4);
  BOOST_TEST(value(record, "ready", "shop", 899) == 6);
}

BOOST_AUTO_TEST_CASE(a_hard_spread_over_hosts_counts_the_empty_ones) {
  // Two of three hosts hold one instance at most by memory; the third could hold all.
  const Rehearsal lab(cluster("a: {hosts: 2, memory: 64MiB}, b: {hosts: 1}",
                              "instances: 6, topology_spread: [{across: host, max_skew: 2}]"));

  // 1, 1 and, with a skew of 2, 3.
  BOOST_TEST((by_zone(lab) == Counts{{"a", 2}, {"b", 3}}));
}

BOOST_AUTO_TEST_CASE(a_pool_grows_by_the_cpu_that_is_missing) {
  Rehearsal lab(R"(
run: {duration: 15min}
platform: {profile: kubernetes}
topology:
  host_autoscaler: {}
  zones: {a: {hosts: 5, cores: 2, boot_time: 30s, pool: {min: 1, provisioning_time: 30s}}}
apps: {shop: {instances: 6, memory: 64MiB, cpu_request: 1, service_time: 5ms, start_time: 5s}}
)");

  const Record record = lab.run();

  // Two to a host: two more hosts for the four that are left.
  BOOST_TEST(events(record, "host.requested").size() == 2U);
  BOOST_TEST(value(record, "ready", "shop", 899) == 6);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::model
