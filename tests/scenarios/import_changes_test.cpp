/// \file import_changes_test.cpp
/// `leapday import ... --to ...`: two versions of one system, and what a rehearsal can say of the
/// change. Why: a difference that is passed over is the one that goes wrong.
#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "leapday/import.hpp"
#include "leapday/load.hpp"
#include "leapday/registry.hpp"
#include "leapday/run.hpp"
#include "tests/scenarios/import_files.hpp"

namespace leapday {
namespace {

using testing::kImports;
using testing::text_of;

ImportedScenario compared(const std::string& before, const std::string& after,
                          const std::string& kind = "kubernetes") {
  const auto made = import_difference(kind, {{"old.yaml", before, {}}}, {{"new.yaml", after, {}}});
  BOOST_REQUIRE_MESSAGE(made, (made ? "" : to_string(made.problems().front())));
  return *made;
}

Scenario scenario(const ImportedScenario& from) {
  const auto file = load_text(from.text, "out.yaml", "", builtin_registry());
  BOOST_REQUIRE_MESSAGE(file, (file ? "" : to_string(file.problems().front()) + "\n" + from.text));
  return file->cells.front();
}

/// "mapped 5 (was 4): apps.shop.releases.next.instances: 5" of the change at a path.
std::string change(const ImportedScenario& from, const std::string& path) {
  for (const ImportFinding& finding : from.changes) {
    if (finding.path == path) return std::string(to_string(finding.fate)) + " " + finding.note;
  }
  return "absent";
}

std::string deployment(const std::string& spec, const std::string& container,
                       const std::string& kind = "Deployment") {
  return "kind: " + kind + "\nmetadata: {name: shop}\nspec: {" + spec + (spec.empty() ? "" : ", ") +
         "template: {metadata: {labels: {app: shop}}, spec: {containers: [{name: main, " +
         container + "}]}}}\n";
}

std::string manifest(const std::string& keys) {
  return "applications:\n- {name: shop, instances: 2, " + keys + "}\n";
}

BOOST_AUTO_TEST_SUITE(importing_changes)

BOOST_AUTO_TEST_CASE(what_differs_becomes_the_next_release_and_its_rollout) {
  const ImportedScenario made =
      compared(text_of(kImports / "shop.yaml"), text_of(kImports / "shop-next.yaml"));
  const Scenario both = scenario(made);
  const App& shop = both.apps.begin()->value;
  const Release& next = *shop.releases.find("next");
  const Deployment& rollout = both.deployments.begin()->value;

  BOOST_TEST(shop.instances == 4);
  BOOST_TEST(shop.memory.count == std::int64_t{512} << 20);
  BOOST_TEST(next.like == "running");
  BOOST_TEST(*next.instances == 5);
  BOOST_TEST(next.memory->count == std::int64_t{768} << 20);
  BOOST_TEST(*next.cpu_weight == 512);
  BOOST_TEST(!next.cpu.has_value());
  BOOST_TEST(rollout.max_surge->is_zero());
  BOOST_TEST((*rollout.max_unavailable == Ratio{1, 5}));
}

BOOST_AUTO_TEST_CASE(every_difference_is_told_with_its_fate) {
  const ImportedScenario made =
      compared(text_of(kImports / "shop.yaml"), text_of(kImports / "shop-next.yaml"));
  const std::string main = "Deployment/shop spec.template.spec.containers[shop].";

  BOOST_TEST(made.changes.size() == 10U);
  BOOST_TEST(change(made, "Deployment/shop spec.replicas") ==
             "mapped 5 (was 4): apps.shop.releases.next.instances: 5");
  BOOST_TEST(change(made, main + "image").starts_with("approximated example.org/shop:1.3 (was"));
  BOOST_TEST(change(made, main + "env[CACHE].value").starts_with("outside on (was not stated)"));
  BOOST_TEST(change(made, main + "resources.limits.cpu") ==
             "mapped 1000m (was 1): the same for the app, in other words");
  BOOST_TEST(change(made, main + "readinessProbe.periodSeconds").starts_with("unsupported 2"));
  BOOST_TEST(change(made, "HorizontalPodAutoscaler/shop spec.maxReplicas")
                 .starts_with("unsupported 16 (was 12): only what runs is rolled out"));
  BOOST_TEST(coverage_report(made).starts_with("Differences: 6 mapped, 1 approximated"));
}

BOOST_AUTO_TEST_CASE(the_rehearsal_of_an_upgrade_runs_and_ends_with_the_new_count) {
  const Scenario both =
      scenario(compared(text_of(kImports / "shop.yaml"), text_of(kImports / "shop-next.yaml")));

  const Registry registry = builtin_registry();
  Run run(both, registry, {});
  run.run_until(run.end());
  const Record record = run.finish();

  const auto done =
      std::count_if(record.events.begin(), record.events.end(),
                    [](const auto& event) { return event.kind == "deployment.done"; });
  BOOST_TEST(done == 1);
  BOOST_TEST(record.find_steps("ready", "shop")->steps.back().second == 5);
}

BOOST_AUTO_TEST_CASE(no_difference_is_said_and_nothing_is_rolled_out) {
  const std::string same = text_of(kImports / "shop.yaml");
  const ImportedScenario made = compared(same, "# moved\n" + same);

  BOOST_TEST(made.changes.empty());
  BOOST_TEST(coverage_report(made).starts_with("No difference: there is nothing to roll out.\n"));
  BOOST_TEST(scenario(made).deployments.entries.empty());
}

BOOST_AUTO_TEST_CASE(what_no_release_can_say_is_told_with_the_reason) {
  const std::string old = deployment("replicas: 2", "resources: {limits: {cpu: 1, memory: 1Gi}}");

  const ImportedScenario lifted = compared(old, deployment("replicas: 2", "image: x"));
  const std::string limits =
      "Deployment/shop spec.template.spec.containers[main].resources.limits.";
  BOOST_TEST(change(lifted, limits + "cpu") ==
             "unsupported no longer stated (was 1): a release can change a size but not take it "
             "away");
  const ImportedScenario other = compared(old, old +
                                                   "---\nkind: Deployment\nmetadata: {name: x}\n"
                                                   "spec: {template: {spec: {containers: "
                                                   "[{name: x}]}}}\n");
  BOOST_TEST(change(other, "Deployment/x").starts_with("unsupported new: the rehearsal begins"));
  BOOST_TEST(scenario(other).deployments.entries.empty());
  const ImportedScenario gone = compared(old + "---\nkind: Service\nmetadata: {name: y}\n", old);
  BOOST_TEST(change(gone, "Service/y").starts_with("unsupported no longer there"));
}

BOOST_AUTO_TEST_CASE(
    a_change_of_the_count_alone_is_approximated_and_one_of_the_strategy_is_no_rollout) {
  const ImportedScenario more =
      compared(deployment("replicas: 2", "image: x"), deployment("replicas: 3", "image: x"));
  const ImportedScenario patient =
      compared(deployment("replicas: 2", "image: x"),
               deployment("replicas: 2, strategy: {rollingUpdate: {maxSurge: 1}}", "image: x"));

  BOOST_TEST(change(more, "Deployment/shop spec.replicas")
                 .starts_with("approximated 3 (was 2): apps.shop.releases.next.instances: 3, by a "
                              "rollout"));
  BOOST_TEST(change(patient, "Deployment/shop spec.strategy.rollingUpdate.maxSurge")
                 .starts_with("outside 1 (was not stated): no pod changes"));
  BOOST_TEST(scenario(patient).deployments.entries.empty());
}

BOOST_AUTO_TEST_CASE(containers_are_known_by_name_and_not_by_place) {
  const auto pod = [](const std::string& containers) {
    return "kind: Deployment\nmetadata: {name: shop}\nspec: {template: {spec: {containers: [" +
           containers + "]}}}\n";
  };
  const ImportedScenario made = compared(pod("{name: a, image: x}, {name: b, image: y}"),
                                         pod("{name: b, image: y}, {name: a, image: x}, {name: c, "
                                             "resources: {requests: {memory: 64Mi}}}"));

  BOOST_TEST(made.changes.size() == 1U);
  BOOST_TEST(
      change(made, "Deployment/shop spec.template.spec.containers[c].resources.requests.memory") ==
      "mapped 64Mi (was not stated): apps.shop.releases.next.memory: 64MiB");
}

BOOST_AUTO_TEST_CASE(a_job_has_no_rollout) {
  const ImportedScenario made =
      compared(deployment("", "image: x", "Job"), deployment("", "image: y", "Job"));

  BOOST_TEST(change(made, "Job/shop spec.template.spec.containers[main].image")
                 .starts_with("unsupported y (was x): a Job is not rolled out"));
  BOOST_TEST(scenario(made).deployments.entries.empty());
}

BOOST_AUTO_TEST_CASE(a_push_of_a_newer_manifest_is_a_rollout) {
  const ImportedScenario made = compared(
      manifest("memory: 512M, buildpacks: [a], health-check-type: http"),
      manifest("memory: 1G, buildpacks: [b], health-check-type: port, disk_quota: 2G"), "cf");
  const Scenario both = scenario(made);
  const Release& next = *both.apps.begin()->value.releases.find("next");

  BOOST_TEST(next.memory->count == std::int64_t{1} << 30);
  BOOST_TEST(next.disk->count == std::int64_t{2} << 30);
  BOOST_TEST(!next.instances.has_value());
  BOOST_TEST(both.deployments.begin()->value.release == "next");
  BOOST_TEST(change(made, "application shop memory") ==
             "mapped 1G (was 512M): apps.shop.releases.next.memory: 1GiB");
  BOOST_TEST(change(made, "application shop buildpacks").starts_with("approximated a list"));
  BOOST_TEST(change(made, "application shop health-check-type").starts_with("unsupported port"));
}

BOOST_AUTO_TEST_CASE(the_web_process_of_a_newer_manifest_wins_over_the_app) {
  const ImportedScenario made = compared(
      manifest("memory: 512M"),
      manifest("memory: 512M, processes: [{type: web, memory: 768M}, {type: clock, memory: 64M}]"),
      "cf");

  BOOST_TEST(change(made, "application shop processes[web].memory") ==
             "mapped 768M (was not stated): apps.shop.releases.next.memory: 768MiB");
  BOOST_TEST(change(made, "application shop processes[clock].memory") ==
             "unsupported 64M (was not stated): only the web process is rehearsed");
}

BOOST_AUTO_TEST_CASE(problems_of_both_sides_are_told) {
  const auto made =
      import_difference("kubernetes", {{"old.yaml", deployment("replicas: a", ""), {}}},
                        {{"new.yaml", deployment("replicas: b", ""), {}}});

  BOOST_REQUIRE(!made);
  BOOST_TEST(made.problems().size() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday
