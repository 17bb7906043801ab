/// \file import_placement_test.cpp
/// `leapday import kubernetes`: where pods may run, and what of that the scenario can say.
/// Why: a rule that is lost on the way leaves nothing pending on the day that it would have.
#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "leapday/import.hpp"
#include "leapday/load.hpp"
#include "leapday/registry.hpp"
#include "leapday/run.hpp"

namespace leapday {
namespace {

ImportedScenario imported(const std::string& pod, const std::string& container = "") {
  const std::string text =
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop}\nspec:\n  replicas: 2\n"
      "  template:\n    metadata: {labels: {app: shop, tier: web}}\n    spec:\n" +
      pod + "      containers:\n        - name: main\n" + container;
  auto result = import_scenario("kubernetes", {{"in.yaml", text}});
  BOOST_REQUIRE_MESSAGE(result, (result ? "" : to_string(result.problems().front())));
  return *result;
}

Scenario scenario(const ImportedScenario& from) {
  const auto file = load_text(from.text, "out.yaml", "", builtin_registry());
  BOOST_REQUIRE_MESSAGE(file, (file ? "" : to_string(file.problems().front()) + "\n" + from.text));
  return file->cells.front();
}

std::string fate(const ImportedScenario& from, const std::string& path) {
  for (const ImportFinding& finding : from.coverage) {
    if (finding.path == "Deployment/shop spec.template.spec." + path) {
      return std::string(to_string(finding.fate)) + " " + finding.note;
    }
  }
  return "absent";
}

/// Every instance has a host.
bool all_placed(const Scenario& made) {
  const Registry registry = builtin_registry();
  const auto placements = plan(made, registry, {}).placements;
  return std::all_of(placements.begin(), placements.end(),
                     [](const auto& one) { return one.second != "nowhere"; });
}

BOOST_AUTO_TEST_SUITE(import_placement)

BOOST_AUTO_TEST_CASE(requests_of_cpu_are_what_a_host_must_have_left) {
  const ImportedScenario made =
      imported("", "          resources: {requests: {cpu: 250m}, limits: {cpu: 1}}\n");
  const Scenario ready = scenario(made);
  const App& app = ready.apps.begin()->value;

  BOOST_TEST(app.cpu_request.value_or(0) == 0.25);
  BOOST_TEST(app.cpu.value_or(0) == 1);
  BOOST_TEST(fate(made, "containers[0].resources.requests.cpu") ==
             "mapped apps.shop.cpu_request, apps.shop.cpu_weight; apps.shop.discipline: "
             "processor_sharing");
}

BOOST_AUTO_TEST_CASE(selected_labels_are_given_to_the_hosts_that_are_made_up) {
  const ImportedScenario made =
      imported("      nodeSelector: {kubernetes.io/os: linux, disk: ssd}\n");
  const Scenario ready = scenario(made);
  const App& app = ready.apps.begin()->value;

  BOOST_TEST(*app.node_selector.find("disk") == "ssd");
  BOOST_TEST(*app.node_selector.find("kubernetes.io/os") == "linux");
  for (const auto& zone : ready.topology.zones)
    BOOST_TEST(*zone.value.labels.find("disk") == "ssd");
  BOOST_TEST(all_placed(ready));
  BOOST_TEST(fate(made, "nodeSelector.disk") == "mapped apps.shop.node_selector.disk");
}

BOOST_AUTO_TEST_CASE(tolerations_keep_operator_value_and_effect) {
  const ImportedScenario made = imported(R"(
      tolerations:
        - {key: gpu, operator: Equal, value: "yes", effect: NoSchedule}
        - {operator: Exists}
        - {key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 30}
)");
  const Scenario ready = scenario(made);
  const auto& found = ready.apps.begin()->value.tolerations;

  BOOST_REQUIRE(found.size() == 3U);
  BOOST_TEST(found[0].value == "yes");
  BOOST_TEST((*found[0].effect == TaintEffect::no_schedule));
  BOOST_TEST((found[1].compare == TolerationOperator::exists));
  BOOST_TEST(!found[1].effect.has_value());
  BOOST_TEST((*found[2].effect == TaintEffect::no_execute));
  BOOST_TEST(fate(made, "tolerations[0]") == "mapped apps.shop.tolerations");
  BOOST_TEST(fate(made, "tolerations[2].tolerationSeconds").starts_with("unsupported"));
}

BOOST_AUTO_TEST_CASE(node_affinity_keeps_terms_and_weights) {
  const ImportedScenario made = imported(R"(
      affinity:
        nodeAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            nodeSelectorTerms:
              - matchExpressions:
                  - {key: disk, operator: In, values: [ssd, nvme]}
                  - {key: old, operator: DoesNotExist}
              - matchExpressions: [{key: fast, operator: Exists}]
          preferredDuringSchedulingIgnoredDuringExecution:
            - {weight: 40, preference: {matchExpressions: [{key: rack, operator: NotIn, values: [r1]}]}}
            - {weight: 10, preference: {matchExpressions: [{key: cores, operator: Gt, values: ["8"]}]}}
)");
  const Scenario ready = scenario(made);
  const NodeAffinity& affinity = ready.apps.begin()->value.node_affinity;

  BOOST_REQUIRE(affinity.required.size() == 2U);
  BOOST_TEST(affinity.required[0].match.size() == 2U);
  BOOST_TEST(affinity.required[0].match[0].values.size() == 2U);
  BOOST_TEST((affinity.required[1].match[0].compare == LabelOperator::exists));
  BOOST_REQUIRE(affinity.preferred.size() == 1U);
  BOOST_TEST(affinity.preferred[0].weight == 40);
  BOOST_TEST(all_placed(ready));
  const std::string preferred =
      "affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution";
  BOOST_TEST(fate(made, preferred + "[0]") == "mapped apps.shop.node_affinity.preferred");
  BOOST_TEST(fate(made, preferred + "[1]").starts_with("unsupported only labels"));
}

BOOST_AUTO_TEST_CASE(rules_between_the_workloads_own_pods_are_kept_and_others_told) {
  const ImportedScenario made = imported(R"(
      affinity:
        podAntiAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            - {labelSelector: {matchLabels: {app: shop}}, topologyKey: kubernetes.io/hostname}
            - {labelSelector: {matchLabels: {app: other}}, topologyKey: kubernetes.io/hostname}
          preferredDuringSchedulingIgnoredDuringExecution:
            - weight: 30
              podAffinityTerm:
                topologyKey: topology.kubernetes.io/zone
                labelSelector: {matchExpressions: [{key: tier, operator: In, values: [web]}]}
        podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: []}
      topologySpreadConstraints:
        - {maxSkew: 2, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: shop}}, nodeTaintsPolicy: Honor, minDomains: 3}
        - {maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: ScheduleAnyway, labelSelector: {matchLabels: {app: shop}}}
        - {maxSkew: 1, topologyKey: rack, whenUnsatisfiable: ScheduleAnyway, labelSelector: {matchLabels: {app: shop}}}
)");
  const Scenario ready = scenario(made);
  const App& app = ready.apps.begin()->value;

  BOOST_REQUIRE(app.anti_affinity.required.size() == 1U);
  BOOST_TEST((app.anti_affinity.required[0] == Across::host));
  BOOST_REQUIRE(app.anti_affinity.preferred.size() == 1U);
  BOOST_TEST((app.anti_affinity.preferred[0].across == Across::zone));
  BOOST_TEST(app.anti_affinity.preferred[0].weight == 30);
  BOOST_REQUIRE(app.topology_spread.size() == 2U);
  BOOST_TEST(app.topology_spread[0].max_skew == 2);
  BOOST_TEST((app.topology_spread[0].node_taints == TaintsPolicy::honor));
  BOOST_TEST((app.topology_spread[1].when_unsatisfiable == Unsatisfiable::schedule_anyway));
  const std::string required =
      "affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution";
  BOOST_TEST(fate(made, required + "[1]").starts_with("unsupported it is about other"));
  BOOST_TEST(fate(made, "topologySpreadConstraints[0].minDomains").starts_with("unsupported"));
  BOOST_TEST(fate(made, "topologySpreadConstraints[2]").starts_with("unsupported"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday
