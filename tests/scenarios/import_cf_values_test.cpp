/// \file import_cf_values_test.cpp
/// Values that Cloud Foundry refuses, and manifests that say a thing twice.
/// Why: a probe interval of 0 is no probe switched off but a push that fails.
#include <boost/test/unit_test.hpp>

#include "tests/scenarios/import_tools.hpp"

namespace leapday {
namespace {

using testing::fate_of;
using testing::holds;
using testing::import_of;
using testing::problems_of;
using testing::scenario_of;

std::string manifest(const std::string& keys) {
  return "applications:\n- name: x\n  " + keys + "\n";
}
const std::string kApp = "manifest applications[0].";

BOOST_AUTO_TEST_SUITE(importing_cf_values)

BOOST_AUTO_TEST_CASE(what_the_cloud_controller_refuses_is_an_error_at_its_place) {
  const std::pair<const char*, const char*> refused[] = {
      {"health-check-interval: 0", "3:26: error: health-check-interval: 0 is less than 1"},
      {"health_check_interval: 0", "3:26: error: health_check_interval: 0 is less than 1"},
      {"timeout: 0", "3:12: error: timeout: 0 is less than 1"},
      {"health-check-invocation-timeout: 0", "invocation-timeout: 0 is less than 1"},
      {"readiness-health-check-interval: 0", "readiness-health-check-interval: 0 is less than 1"},
      {"memory: 0M", "3:11: error: memory: \"0M\" is less than 1M"},
      {"memory: 1023B", "3:11: error: memory: \"1023B\" is less than 1M"},
      {"disk_quota: 0M", "disk_quota: \"0M\" is less than 1M"},
      {"memory: 1e3M", "3:11: error: memory: \"1e3M\" is not a size"},
      {"memory: 1.M", "is not a size"},
      {"memory: .5G", "is not a size"},
      {"memory: -1M", "is not a size"},
      {"memory: +1M", "is not a size"},
      {"memory: 64", "is not a size"},
      {"instances: 2000001", "3:14: error: instances: 2000001 is more than 2000000"}};
  for (const auto& [keys, message] : refused) {
    BOOST_TEST(holds(problems_of(manifest(keys), "cf"), message), keys);
  }
  for (const char* good : {"memory: 1.5G", "memory: 1TiB", "memory: 256mb", "instances: 0",
                           "instances: 2000000", "timeout: 1"}) {
    import_of(manifest(good), "cf");
  }
}

BOOST_AUTO_TEST_CASE(a_start_longer_than_most_foundations_allow_is_told) {
  const ImportedScenario made = import_of(manifest("timeout: 999"), "cf");

  BOOST_TEST(fate_of(made, kApp + "timeout") ==
             "approximated apps.x.health.start_timeout: 999s; more than 180s, which Cloud Foundry "
             "refuses where no operator has raised maximum_health_check_timeout");
  BOOST_TEST(fate_of(import_of(manifest("timeout: 180"), "cf"), kApp + "timeout") ==
             "mapped apps.x.health.start_timeout: 180s");
}

BOOST_AUTO_TEST_CASE(an_assumed_start_ends_before_a_stated_timeout) {
  const ImportedScenario made = import_of(manifest("timeout: 5"), "cf");

  BOOST_TEST(holds(made.text, "start_time: {assume: 2s}"));
}

BOOST_AUTO_TEST_CASE(a_push_is_expected_to_complete_in_the_time_that_its_size_takes) {
  const ImportedScenario small = import_of(manifest("instances: 2"), "cf");
  const ImportedScenario large = import_of(manifest("instances: 60"), "cf");

  BOOST_TEST(
      holds(small.text,
            "x-completed: eventually completed(x-rollout) within 3min after x-rollout.begin"));
  BOOST_TEST(holds(large.text, "within 64min after"));  // 2 * 60 * (10 + 2 + 5 + 15) s
  BOOST_TEST((scenario_of(large).run.duration == 74min));
}

BOOST_AUTO_TEST_CASE(what_the_web_process_overrides_is_called_overridden) {
  const ImportedScenario made = import_of(
      manifest("instances: 6\n  memory: 512M\n  processes:\n  - {type: web, instances: 3, memory: "
               "700M}\n  - {type: worker, instances: 2}"),
      "cf");

  BOOST_TEST(scenario_of(made).apps.begin()->value.instances == 3);
  for (const char* key : {"instances", "memory"}) {
    BOOST_TEST(fate_of(made, kApp + key) == "outside overridden by processes[type=web]");
  }
  BOOST_TEST(fate_of(made, kApp + "processes[0].type") ==
             "mapped the process that takes the app's requests");
  BOOST_TEST(
      fate_of(made, kApp + "processes[1]").starts_with("unsupported process worker is left"));
  BOOST_TEST(fate_of(import_of(manifest("memory: 64M\n  disk_quota: 1G\n  disk-quota: 2G"), "cf"),
                     kApp + "disk_quota") ==
             "outside overridden by a later one of the same meaning");
}

BOOST_AUTO_TEST_CASE(an_app_behind_tcp_routes_alone_is_a_tcp_app) {
  const ImportedScenario tcp =
      import_of(manifest("routes: [{route: 'tcp.x.com:99', protocol: tcp}]"), "cf");
  const ImportedScenario both = import_of(
      manifest("routes: [{route: a.com, protocol: http2}, {route: 't:9', protocol: tcp}]"), "cf");

  BOOST_TEST((scenario_of(tcp).apps.begin()->value.kind == AppKind::tcp));
  BOOST_TEST(fate_of(tcp, kApp + "routes[0].protocol") == "mapped apps.x.kind: tcp");
  BOOST_TEST((scenario_of(both).apps.begin()->value.kind == AppKind::http));
  BOOST_TEST(fate_of(both, kApp + "routes[1].protocol").starts_with("approximated an app has one"));
}

BOOST_AUTO_TEST_CASE(two_apps_of_one_name_are_an_error) {
  const std::string two = problems_of(manifest("memory: 1G\n- name: x\n  memory: 2G"), "cf");

  BOOST_TEST(two.starts_with("in.yaml:4:9: error: name: two applications are named \"x\""));
  BOOST_TEST(holds(two, "keep this one or the one at in.yaml:2"));
}

BOOST_AUTO_TEST_CASE(an_empty_file_of_variables_is_told_what_it_lacks) {
  const auto made = import_scenario("cf", {{"in.yml", manifest("memory: 1G")}}, {{"v.yml", "\n"}});

  BOOST_REQUIRE(!made);
  BOOST_TEST(to_string(made.problems().front()) ==
             "v.yml:1:1: error: the file is empty\n  fix: write name: value, or leave out "
             "--vars-file");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday
