/// \file import_mesh_test.cpp
/// Istio's hosts, subsets and mirrors: whose requests go where, whatever spelling names it.
/// Why: a subset that is lost in silence rehearses a canary with everybody's traffic.
#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "tests/scenarios/import_tools.hpp"

namespace leapday {
namespace {

using testing::fate_of;
using testing::holds;
using testing::import_of;
using testing::scenario_of;

std::string version(int number, int replicas) {
  const std::string n = std::to_string(number);
  return "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: rev" + n +
         "}\nspec:\n  replicas: " + std::to_string(replicas) +
         "\n  template:\n    metadata: {labels: {app: rev, version: v" + n +
         "}}\n    spec: {containers: [{name: c}]}\n---\n";
}

/// Two versions behind one Service, the rule of their subsets, and a route.
std::string mesh(const std::string& host, const std::string& route) {
  return version(1, 2) + version(2, 3) +
         "apiVersion: v1\nkind: Service\nmetadata: {name: rev}\nspec: {selector: {app: rev}}\n---\n"
         "kind: DestinationRule\nmetadata: {name: rev}\nspec:\n  host: " +
         host +
         "\n  subsets:\n  - {name: v1, labels: {version: v1}}\n  - {name: v2, labels: {version: "
         "v2}}\n---\nkind: VirtualService\nmetadata: {name: rev}\nspec:\n  hosts: [rev]\n  http:\n"
         "  - route:\n" +
         route;
}

const std::string kSplit =
    "    - {destination: {host: rev, subset: v1}, weight: 90}\n"
    "    - {destination: {host: rev, subset: v2}, weight: 10}\n";
const std::string kRoute = "VirtualService/rev spec.http[0].";

/// The rate that the load of an app was given, "" without a load.
std::string rate(const ImportedScenario& made, const std::string& app) {
  const std::string key = "\n  " + app + "-users:\n    to: " + app + "\n    rate: {assume: ";
  const std::size_t at = made.text.find(key);
  if (at == std::string::npos) return {};
  const std::size_t from = at + key.size();
  return made.text.substr(from, made.text.find('}', from) - from);
}

BOOST_AUTO_TEST_SUITE(importing_meshes)

BOOST_AUTO_TEST_CASE(every_spelling_of_a_host_means_the_same_subsets) {
  for (const std::string host :
       {"rev", "rev.default", "rev.default.svc", "rev.default.svc.cluster.local"}) {
    const ImportedScenario made = import_of(mesh(host, kSplit));

    BOOST_TEST(rate(made, "rev1") == "9/s", host);
    BOOST_TEST(rate(made, "rev2") == "1/s", host);
    BOOST_TEST(fate_of(made, kRoute + "route[0].destination") == "mapped load to rev1", host);
  }
}

BOOST_AUTO_TEST_CASE(a_host_of_another_namespace_or_outside_of_the_cluster_is_another_one) {
  for (const std::string host : {"rev.example.com", "rev.prod.example.svc"}) {
    const ImportedScenario made = import_of(mesh(host, kSplit));
    BOOST_TEST(fate_of(made, "DestinationRule/rev spec.host") ==
                   "unsupported it concerns no pods of these files",
               host);
  }
  std::string text = mesh("rev.prod", kSplit);
  for (std::size_t at = 0; (at = text.find("metadata: {name: rev", at)) != std::string::npos;) {
    at = text.find('}', at);
    text.insert(at, ", namespace: shop");
  }
  BOOST_TEST(fate_of(import_of(text), "DestinationRule/rev spec.host") ==
             "unsupported it concerns no pods of these files");
}

BOOST_AUTO_TEST_CASE(no_request_is_lost_whoever_takes_it) {
  const ImportedScenario twice =
      import_of(mesh("rev",
                     "    - {destination: {host: rev, subset: v1}, weight: 50}\n"
                     "    - {destination: {host: rev.default.svc, subset: v1}, weight: 40}\n"
                     "    - {destination: {host: rev, subset: v2}, weight: 10}\n"));
  const ImportedScenario whole = import_of(mesh("rev", "    - {destination: {host: rev}}\n"));
  const ImportedScenario one =
      import_of(mesh("rev", "    - {destination: {host: rev, subset: v1}}\n"));

  BOOST_TEST(rate(twice, "rev1") == "9/s");
  BOOST_TEST(rate(twice, "rev2") == "1/s");
  BOOST_TEST(rate(whole, "rev1") == "4/s");  // by pods: 2 and 3
  BOOST_TEST(rate(whole, "rev2") == "6/s");
  BOOST_TEST(rate(one, "rev1") == "10/s");
  BOOST_TEST(rate(one, "rev2") == "");
}

BOOST_AUTO_TEST_CASE(a_subset_that_nobody_defines_is_not_all_pods) {
  const ImportedScenario made =
      import_of(mesh("rev",
                     "    - {destination: {host: rev, subset: v1}, weight: 90}\n"
                     "    - {destination: {host: rev, subset: v9}, weight: 10}\n"));

  BOOST_TEST(rate(made, "rev1") == "9/s");
  BOOST_TEST(rate(made, "rev2") == "");
  BOOST_TEST(fate_of(made, kRoute + "route[1]") ==
             "unsupported no DestinationRule of these files defines subset v9 of rev: without one "
             "Istio answers these requests with 503; here they are left out");
  scenario_of(made);
}

BOOST_AUTO_TEST_CASE(a_mirror_to_a_subset_copies_to_its_pods_alone) {
  const auto with = [](const std::string& mirror) {
    return import_of(mesh("rev.default.svc.cluster.local",
                          "    - {destination: {host: rev, subset: v1}}\n" + mirror));
  };
  const ImportedScenario half =
      with("    mirror: {host: rev, subset: v2}\n    mirrorPercentage: {value: 50}\n");
  const ImportedScenario none =
      with("    mirror: {host: rev, subset: v2}\n    mirrorPercentage: {value: 0}\n");
  const ImportedScenario undefined = with("    mirror: {host: rev, subset: v9}\n");

  const Scenario read = scenario_of(half);
  BOOST_REQUIRE(read.mirrors.size() == 1U);
  BOOST_TEST(read.mirrors.begin()->value.from == "rev1");
  BOOST_TEST(read.mirrors.begin()->value.to == "rev2");
  BOOST_TEST((read.mirrors.begin()->value.share == Ratio{1, 2}));
  BOOST_TEST(scenario_of(none).mirrors.size() == 0U);
  BOOST_TEST(fate_of(none, kRoute + "mirror") == "mapped share 0%: no copies");
  BOOST_TEST(fate_of(undefined, kRoute + "mirror").starts_with("unsupported no DestinationRule"));
}

BOOST_AUTO_TEST_CASE(copies_that_would_come_back_are_left_out_and_told) {
  const ImportedScenario made = import_of(mesh("rev", kSplit + "    mirror: {host: rev}\n"));

  const Scenario read = scenario_of(made);
  BOOST_REQUIRE(read.mirrors.size() == 1U);
  BOOST_TEST((read.mirrors.begin()->value.share == Ratio{3, 5}));  // rev2 has 3 of the 5 pods
  BOOST_TEST(fate_of(made, kRoute + "mirror") ==
             "unsupported mirrors.rev1-mirror, share 60%; copies to the app itself are left out; "
             "copies that would be copied in turn are left out: rev2 to rev1");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday
