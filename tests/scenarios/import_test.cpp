/// \file import_test.cpp
/// `leapday import`: what becomes of each attribute of Kubernetes objects and manifests.
/// Why: a rehearsal of something else than what is deployed is worse than none.
#include "leapday/import.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "leapday/load.hpp"
#include "leapday/registry.hpp"
#include "leapday/run.hpp"
#include "scenarios/import/context.hpp"
#include "scenarios/load/yaml_reader.hpp"

namespace leapday {
namespace {

namespace fs = std::filesystem;
using Fate = ImportFinding::Fate;

const fs::path kFolder = fs::path(LEAPDAY_SOURCE_DIR) / "tests/scenarios/imports";

std::string text_of(const fs::path& path) {
  std::ifstream stream(path);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

ImportedScenario imported(const std::string& text, const std::string& kind = "kubernetes") {
  auto result = import_scenario(kind, {{"in.yaml", text}});
  BOOST_REQUIRE_MESSAGE(result, (result ? "" : to_string(result.problems().front())));
  return *result;
}

/// The first problem of an import that must fail.
std::string problem(const std::string& text, const std::string& kind = "kubernetes") {
  const auto result = import_scenario(kind, {{"in.yaml", text}});
  BOOST_REQUIRE(!result);
  return to_string(result.problems().front());
}

Scenario scenario(const ImportedScenario& from) {
  const auto file = load_text(from.text, "out.yaml", "", builtin_registry());
  BOOST_REQUIRE_MESSAGE(file, (file ? "" : to_string(file.problems().front()) + "\n" + from.text));
  return file->cells.front();
}

/// "mapped apps.shop.instances: 3" of the attribute at a path.
std::string fate(const ImportedScenario& from, const std::string& path) {
  for (const ImportFinding& finding : from.coverage) {
    if (finding.path == path) return std::string(to_string(finding.fate)) + " " + finding.note;
  }
  return "absent";
}

/// A Deployment named shop with more keys in its spec, pod and container.
std::string deployment(const std::string& spec, const std::string& pod = {},
                       const std::string& container = {}) {
  return "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop}\nspec:\n" +
         (spec.empty() ? "" : "  " + spec + "\n") +
         "  template:\n    metadata: {labels: {app: shop}}\n    spec:\n" +
         (pod.empty() ? "" : "      " + pod + "\n") + "      containers:\n        - name: main\n" +
         (container.empty() ? "" : "          " + container + "\n");
}

std::string service(const std::string& name = "shop") {
  return "---\napiVersion: v1\nkind: Service\nmetadata: {name: " + name +
         "}\nspec: {selector: {app: shop}}\n";
}

const Deployment& rollout(const Scenario& of) { return of.deployments.begin()->value; }

BOOST_AUTO_TEST_SUITE(importing)

BOOST_AUTO_TEST_CASE(replicas_become_instances) {
  const ImportedScenario three = imported(deployment("replicas: 3"));
  const ImportedScenario none = imported(deployment(""));

  BOOST_TEST(scenario(three).apps.begin()->value.instances == 3);
  BOOST_TEST(fate(three, "Deployment/shop spec.replicas") == "mapped apps.shop.instances: 3");
  BOOST_TEST(scenario(none).apps.begin()->value.instances == 1);
}

BOOST_AUTO_TEST_CASE(an_autoscaler_states_the_least_where_nobody_states_replicas) {
  const ImportedScenario both =
      imported(deployment("strategy: {rollingUpdate: {maxSurge: 1}}") +
               "---\nkind: HorizontalPodAutoscaler\nmetadata: {name: x}\nspec: {minReplicas: 5, "
               "maxReplicas: 9, scaleTargetRef: {kind: Deployment, name: shop}}\n");

  BOOST_TEST(scenario(both).apps.begin()->value.instances == 5);
  BOOST_TEST((*rollout(scenario(both)).max_surge == Ratio{1, 5}));
  BOOST_TEST(fate(both, "HorizontalPodAutoscaler/x spec.minReplicas") ==
             "mapped apps.shop.instances: 5");
  BOOST_TEST(fate(both, "HorizontalPodAutoscaler/x spec.maxReplicas") ==
             "unsupported CPU is measured against a request, which Deployment/shop does not state; "
             "the count stays as it is");
  BOOST_TEST(scenario(both).scaling.empty());
}

BOOST_AUTO_TEST_CASE(an_autoscaler_of_cpu_becomes_a_scaler_with_its_behavior) {
  const std::string shop =
      deployment("replicas: 3", "", "resources: {requests: {cpu: 250m}, limits: {cpu: 1}}");
  const std::string head =
      "---\nkind: HorizontalPodAutoscaler\nmetadata: {name: x}\nspec:\n"
      "  scaleTargetRef: {kind: Deployment, name: shop}\n  maxReplicas: 9\n";
  const ImportedScenario v1 = imported(shop + head + "  targetCPUUtilizationPercentage: 70\n");
  const ImportedScenario v2 =
      imported(shop + head +
               "  minReplicas: 2\n  metrics:\n    - {type: Resource, resource: {name: memory, "
               "target: {type: "
               "Utilization, averageUtilization: 60}}}\n    - {type: Resource, resource: {name: "
               "cpu, target: "
               "{type: Utilization, averageUtilization: 65}}}\n  behavior:\n    scaleUp: "
               "{selectPolicy: Min, "
               "policies: [{type: Pods, value: 2, periodSeconds: 60}]}\n    scaleDown: "
               "{stabilizationWindowSeconds: 600}\n");

  const Scaler scaler = scenario(v1).scaling.begin()->value;
  BOOST_TEST(scaler.app == "shop");
  BOOST_TEST(scaler.policy == "hpa");
  BOOST_TEST(scaler.min == 1);
  BOOST_TEST(scaler.max == 9);
  BOOST_TEST(scenario(v2).scaling.begin()->value.min == 2);
  BOOST_TEST(v1.text.find("target: 70%") != std::string::npos);
  BOOST_TEST(v1.text.find("request: 0.25") != std::string::npos);
  BOOST_TEST(v2.text.find("target: 65%") != std::string::npos);
  BOOST_TEST(v2.text.find("rules: [{type: pods, value: 2, period: 60s}]") != std::string::npos);
  BOOST_TEST(v2.text.find("select: min") != std::string::npos);
  BOOST_TEST(v2.text.find("stabilization: 600s") != std::string::npos);
  BOOST_TEST(fate(v2, "HorizontalPodAutoscaler/x spec.maxReplicas") ==
             "mapped scaling.shop-scaler.max");
  BOOST_TEST(fate(v2, "HorizontalPodAutoscaler/x spec.metrics[0]")
                 .starts_with("unsupported one metric counts here"));
}

BOOST_AUTO_TEST_CASE(resources_of_several_containers_are_added) {
  const ImportedScenario two = imported(
      deployment("", "", "resources: {requests: {cpu: 250m, memory: 100Mi}, limits: {cpu: 1}}") +
      "        - name: side\n          resources: {requests: {cpu: 0.25, memory: 28Mi}, limits: "
      "{cpu: 500m}}\n");
  const App app = scenario(two).apps.begin()->value;

  BOOST_TEST(app.cpu.value_or(0) == 1.5);
  BOOST_TEST(app.cpu_weight.value_or(0) == 512);
  BOOST_TEST(app.memory.count == std::int64_t{128} << 20);
}

BOOST_AUTO_TEST_CASE(a_limit_alone_is_the_request_too) {
  const ImportedScenario one =
      imported(deployment("", "", "resources: {limits: {cpu: 200m, memory: 1G}}"));
  const App app = scenario(one).apps.begin()->value;

  BOOST_TEST(app.memory.count == 1'000'000'000);
  BOOST_TEST(app.cpu_weight.value_or(0) == 204);
}

BOOST_AUTO_TEST_CASE(a_pod_without_probes_has_none) {
  const HealthChecks health = scenario(imported(deployment(""))).apps.begin()->value.health;

  BOOST_TEST((*health.readiness_interval == Duration{0}));
  BOOST_TEST((*health.liveness_interval == Duration{0}));
  BOOST_TEST((*health.readiness_type == ProbeType::process));
  BOOST_TEST((*health.liveness_type == ProbeType::process));
}

BOOST_AUTO_TEST_CASE(a_readiness_probe_alone_finds_the_start_too) {
  const HealthChecks health =
      scenario(imported(deployment("", "",
                                   "readinessProbe: {httpGet: {port: 80}, periodSeconds: "
                                   "3, failureThreshold: 2}")))
          .apps.begin()
          ->value.health;

  BOOST_TEST((*health.startup_interval == 3s));
  BOOST_TEST(*health.readiness_failures == 2);
}

BOOST_AUTO_TEST_CASE(probes_are_carried_over) {
  const ImportedScenario probed = imported(
      deployment("", "",
                 "readinessProbe: {httpGet: {port: 80}, periodSeconds: 5, timeoutSeconds: 2}"
                 "\n          livenessProbe: {tcpSocket: {port: 80}, failureThreshold: 6}"
                 "\n          startupProbe: {exec: {command: [x]}, periodSeconds: 2, "
                 "failureThreshold: 30, initialDelaySeconds: 10}"));
  const Scenario made = scenario(probed);
  const HealthChecks& health = made.apps.begin()->value.health;

  BOOST_TEST((*health.readiness_type == ProbeType::http));
  BOOST_TEST((*health.readiness_interval == 5s));
  BOOST_TEST((*health.readiness_timeout == 2s));
  BOOST_TEST((*health.liveness_type == ProbeType::port));
  BOOST_TEST((*health.liveness_interval == 10s));
  BOOST_TEST((*health.start_timeout == 70s));
  BOOST_TEST(*health.liveness_failures == 6);
  BOOST_TEST(!health.readiness_failures.has_value());
  BOOST_TEST((*health.startup_interval == 2s));
}

BOOST_AUTO_TEST_CASE(strategies_become_the_rollout) {
  const auto with = [](const std::string& strategy) {
    return scenario(imported(deployment("replicas: 3\n  strategy: " + strategy)));
  };

  const Scenario shares = with("{rollingUpdate: {maxSurge: 50%, maxUnavailable: 10%}}");
  BOOST_TEST((*rollout(shares).max_surge == Ratio{1, 2}));
  BOOST_TEST((*rollout(shares).max_unavailable == Ratio{1, 10}));
  const Scenario recreate = with("{type: Recreate}");
  BOOST_TEST((rollout(recreate).strategy == Strategy::recreate));
  BOOST_TEST(!rollout(recreate).max_surge.has_value());
  const Scenario defaults = with("{}");
  BOOST_TEST(!rollout(defaults).max_surge.has_value());
}

BOOST_AUTO_TEST_CASE(counts_of_a_strategy_give_the_same_count_as_shares) {
  for (std::int64_t total = 1; total <= 60; ++total) {
    for (std::int64_t count = 0; count <= total; ++count) {
      const std::string up = import::share_of(count, total, true);
      const std::string down = import::share_of(count, total, false);
      const auto millionths = [](const std::string& text) {
        return static_cast<std::int64_t>(std::llround(std::stod(text) * 1e6));
      };
      BOOST_TEST((millionths(up) * total + 99'999'999) / 100'000'000 == count);
      BOOST_TEST(millionths(down) * total / 100'000'000 == count);
    }
  }
}

BOOST_AUTO_TEST_CASE(every_app_has_a_grace_of_its_own) {
  std::string other = deployment("", "terminationGracePeriodSeconds: 90");
  other.replace(other.find("name: shop"), 10, "name: cart");

  const ImportedScenario both =
      imported(deployment("", "terminationGracePeriodSeconds: 60") + "---\n" + other);
  const Scenario made = scenario(both);

  const std::string path = "Deployment/shop spec.template.spec.terminationGracePeriodSeconds";
  BOOST_TEST(fate(both, path) == "mapped apps.shop.graceful_stop: 60s");
  BOOST_TEST((*made.apps.find("shop")->graceful_stop == 60s));
  BOOST_TEST((*made.apps.find("cart")->graceful_stop == 90s));
}

BOOST_AUTO_TEST_CASE(a_hook_that_sleeps_is_part_of_the_grace) {
  for (const std::string hook : {"exec: {command: [sleep, '10']}", "sleep: {seconds: 10}",
                                 "exec: {command: [/bin/sh, -c, sleep 10]}"}) {
    const Scenario made =
        scenario(imported(deployment("", "", "lifecycle: {preStop: {" + hook + "}}")));
    BOOST_TEST((*made.apps.begin()->value.drain_before_stop == 10s));
    BOOST_TEST((*made.apps.begin()->value.graceful_stop == 20s));
  }
}

BOOST_AUTO_TEST_CASE(weights_of_a_mesh_divide_the_load) {
  const auto version = [](const std::string& name) {
    return "---\nkind: Deployment\nmetadata: {name: shop-" + name +
           "}\nspec:\n  template:\n    metadata: {labels: {app: shop, version: " + name +
           "}}\n    spec: {containers: [{name: x}]}\n";
  };
  const ImportedScenario split = imported(
      version("v1") + version("v2") + service() +
      "---\nkind: DestinationRule\nmetadata: {name: shop}\nspec:\n  host: shop\n"
      "  trafficPolicy: {outlierDetection: {consecutive5xxErrors: 7, baseEjectionTime: 1m}}\n"
      "  subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]\n"
      "---\nkind: VirtualService\nmetadata: {name: shop}\nspec:\n  hosts: [shop]\n  http:\n"
      "  - timeout: 2s\n    retries: {attempts: 3}\n    route:\n"
      "    - {destination: {host: shop, subset: v1}, weight: 90}\n"
      "    - {destination: {host: shop, subset: v2}, weight: 10}\n");
  const Scenario made = scenario(split);

  BOOST_TEST(split.text.find("{assume: 9/s}") != std::string::npos);
  BOOST_TEST(split.text.find("{assume: 1/s}") != std::string::npos);
  const Load& load = made.loads.begin()->value;
  BOOST_TEST((*load.policy.timeout == 2s));
  BOOST_TEST(load.policy.retry->max_retries == 3);
  const Ejection& ejection = *made.apps.begin()->value.routing.ejection;
  BOOST_TEST((ejection.kind == EjectionKind::consecutive));
  BOOST_TEST(ejection.max_fails == 7);
  BOOST_TEST((ejection.fail_timeout == 60s));
}

BOOST_AUTO_TEST_CASE(what_a_mesh_injects_and_limits_becomes_errors_delays_and_routing) {
  const ImportedScenario made = imported(text_of(kFolder / "istio-faults.yaml"));
  const App app = scenario(made).apps.begin()->value;
  const std::string http = "VirtualService/ratings spec.http[0].";

  BOOST_TEST((*app.error_rate == Ratio{1, 40}));
  BOOST_REQUIRE(app.calls.size() == 1U);  // it waits, and takes no CPU
  BOOST_TEST((app.calls[0].probability == Ratio{1, 10}));
  BOOST_TEST(made.text.find("ratings-delay: {kind: external, service_time: 2s}") !=
             std::string::npos);
  BOOST_TEST(fate(made, http + "fault.abort").starts_with("approximated apps.ratings.error_rate"));
  BOOST_TEST(fate(made, http + "fault.delay").starts_with("approximated apps.ratings.calls"));
  BOOST_TEST(fate(made, http + "mirror") ==
             "unsupported an app cannot get copies of its own requests");
  BOOST_TEST(*app.routing.max_connections == 40);
  BOOST_TEST(fate(made,
                  "DestinationRule/ratings "
                  "spec.trafficPolicy.connectionPool.tcp.maxConnections") ==
             "approximated http2MaxRequests is the tighter limit of the two");
  BOOST_TEST(app.routing.ejection->max_fails == 3);
  BOOST_TEST((app.routing.ejection->max_ejected == Ratio{1, 2}));
}

BOOST_AUTO_TEST_CASE(a_mirror_becomes_a_dark_launch) {
  std::string text = text_of(kFolder / "istio-faults.yaml");
  text.replace(text.find("mirror: {host: ratings}"), 23, "mirror: {host: dark}");
  text += R"(---
apiVersion: apps/v1
kind: Deployment
metadata: {name: dark}
spec:
  selector: {matchLabels: {app: dark}}
  template:
    metadata: {labels: {app: dark}}
    spec: {containers: [{name: dark, image: dark:2}]}
---
apiVersion: v1
kind: Service
metadata: {name: dark}
spec: {selector: {app: dark}, ports: [{port: 80}]}
)";

  const ImportedScenario made = imported(text);

  BOOST_TEST(fate(made, "VirtualService/ratings spec.http[0].mirror") ==
             "mapped mirrors.ratings-mirror, share 50%");
  const Scenario read = scenario(made);
  BOOST_REQUIRE(read.mirrors.size() == 1U);
  const Mirror& mirror = read.mirrors.begin()->value;
  BOOST_TEST(mirror.from == "ratings");
  BOOST_TEST(mirror.to == "dark");
  BOOST_TEST((mirror.share == Ratio{1, 2}));
}

BOOST_AUTO_TEST_CASE(every_part_of_an_autoscaler_and_a_budget_is_named) {
  const ImportedScenario made = imported(text_of(kFolder / "istio-faults.yaml"));
  const std::string hpa = "HorizontalPodAutoscaler/ratings spec.";

  BOOST_TEST(scenario(made).apps.begin()->value.instances == 2);
  const std::string why =
      "unsupported CPU is measured against a request, which Deployment/ratings does not state; the "
      "count stays as it is";
  for (const char* part : {"scaleTargetRef", "maxReplicas", "metrics"}) {
    BOOST_TEST(fate(made, hpa + part) == why, part);
  }
  BOOST_TEST(fate(made, "PodDisruptionBudget/ratings spec.maxUnavailable") ==
             "mapped apps.ratings.disruption_budget.max_unavailable: 1");
  BOOST_TEST(scenario(made).apps.begin()->value.disruption_budget.max_unavailable.value_or(9) == 1);
}

BOOST_AUTO_TEST_CASE(a_share_beyond_100_percent_is_a_mistake) {
  std::string text = text_of(kFolder / "istio-faults.yaml");
  text.replace(text.find("value: 2.5"), 10, "value: 250");

  BOOST_TEST(problem(text).find("percentage: \"250\" is no percentage") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_cron_job_becomes_a_job_with_a_period) {
  const ImportedScenario job = imported(
      "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: nightly}\nspec:\n  schedule: '*/5 * * "
      "* *'\n  jobTemplate: {spec: {template: {spec: {containers: [{name: x}]}}}}\n");
  const App app = scenario(job).apps.begin()->value;

  BOOST_TEST((app.kind == AppKind::job));
  BOOST_TEST((*app.every == 300s));
}

BOOST_AUTO_TEST_CASE(lists_documents_and_json_give_the_same) {
  const std::string json =
      R"({"apiVersion": "v1", "kind": "List", "items": [{"kind": "Deployment", )"
      R"("metadata": {"name": "shop"}, "spec": {"replicas": 2, "template": {"metadata": )"
      R"({"labels": {"app": "shop"}}, "spec": {"containers": [{"name": "main"}]}}}}]})";

  const Scenario from_list = scenario(imported(json));
  const Scenario from_file = scenario(imported("---\n" + deployment("replicas: 2") + "---\n"));

  BOOST_TEST(from_list.digest != "");
  BOOST_TEST(from_list.apps.begin()->value.instances == 2);
  BOOST_TEST(from_file.apps.begin()->value.instances == 2);
  BOOST_TEST(from_list.apps.begin()->name == from_file.apps.begin()->name);
}

BOOST_AUTO_TEST_CASE(what_holds_no_workload_is_no_scenario) {
  const ImportedScenario none = imported(
      "kind: ConfigMap\nmetadata: {name: x}\ndata: {a: b}\n---\nkind: Gizmo\nspec: {a: 1}\n");

  BOOST_TEST(none.text == "");
  BOOST_TEST(fate(none, "ConfigMap/x") == "outside kind ConfigMap is no part of a rehearsal");
  BOOST_TEST(fate(none, "Gizmo") == "unsupported kind Gizmo is not known to this importer");
}

BOOST_AUTO_TEST_CASE(mistakes_are_told_with_their_place) {
  BOOST_TEST(problem(deployment("replicas: many")).starts_with("in.yaml:5:13: error: replicas: "));
  BOOST_TEST(problem(deployment("replicas: [1]"))
                 .starts_with("in.yaml:5:13: error: replicas: is a "
                              "list, not a plain value"));
  BOOST_TEST(problem("a: 1\n").starts_with("in.yaml:1:1: error: kind: is missing"));
  BOOST_TEST(problem("kind: Deployment\nmetadata: {name: x}\nspec: {}\n")
                 .starts_with("in.yaml:3:7: error: template.spec: is missing"));
  BOOST_TEST(problem("a: {{ .Values.x }}\nb: [").starts_with("in.yaml:1:4: error: a template"));
  BOOST_TEST(problem("").starts_with("in.yaml:1:1: error: the file is empty"));
  BOOST_TEST(problem("a: 1", "helm").find("use kubernetes or cf") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_label_cannot_name_a_variable_or_break_out) {
  const std::string label = R"(labels: {tier: "$x \" #: y"})";
  std::string text = deployment("");
  text.replace(text.find("labels: {app: shop}"), 19, label);

  BOOST_TEST(scenario(imported(text)).apps.begin()->value.labels.begin()->value == "$x \" #: y");
}

BOOST_AUTO_TEST_CASE(quantities_are_read_as_kubernetes_reads_them) {
  BOOST_TEST(*import::quantity("500m") == 0.5);
  BOOST_TEST(*import::quantity("1.5Gi") == 1610612736.0);
  BOOST_TEST(*import::quantity("2e3") == 2000.0);
  BOOST_TEST(*import::quantity("1G") == 1e9);
  for (const char* bad : {"", "m", "1x", "-1", "1 Gi", "nan", "0x10", "1e99"}) {
    BOOST_TEST(!import::quantity(bad).has_value(), bad);
  }
  BOOST_TEST(*import::go_duration("1m30s") == 90.0);
  BOOST_TEST(!import::go_duration("5").has_value());
}

/// Every leaf of a document by the path that the report gives it.
void leaves(const Document& node, const std::string& path, std::vector<std::string>& out) {
  if (node.entries.empty() && node.items.empty()) out.push_back(path);
  for (const Document::Entry& entry : node.entries) {
    leaves(entry.value, path.ends_with(' ') ? path + entry.key : path + "." + entry.key, out);
  }
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    leaves(node.items[i], path + "[" + std::to_string(i) + "]", out);
  }
}

BOOST_AUTO_TEST_CASE(no_attribute_is_dropped_in_silence) {
  for (const auto& entry : fs::directory_iterator(kFolder)) {
    if (entry.path().extension() != ".yaml" || entry.path().stem().extension() == ".scenario") {
      continue;
    }
    const std::string text = text_of(entry.path());
    const ImportedScenario made = imported(text);
    std::vector<Problem> problems;
    for (const Document& document : loading::read_yaml_documents(text, "in.yaml", problems)) {
      std::vector<std::string> paths;
      leaves(
          document,
          document.find("kind")->text + "/" + document.find("metadata")->find("name")->text + " ",
          paths);
      for (const std::string& path : paths) {
        const bool told =
            std::any_of(made.coverage.begin(), made.coverage.end(), [&](const auto& f) {
              const auto next = path.size() > f.path.size() ? path[f.path.size()] : ' ';
              return path.starts_with(f.path) && (next == ' ' || next == '.' || next == '[');
            });
        BOOST_TEST(told, entry.path().filename() << ": " << path);
      }
    }
    if (!made.text.empty()) scenario(made);
  }
}

BOOST_AUTO_TEST_CASE(half_a_file_is_an_error_or_half_a_scenario_and_never_a_crash) {
  for (const auto& entry : fs::directory_iterator(kFolder)) {
    const std::string text = text_of(entry.path());
    for (std::size_t length = 1; length < text.size(); length += 61) {
      for (const std::string kind : {"kubernetes", "cf"}) {
        const auto result = import_scenario(kind, {{"in.yaml", text.substr(0, length)}});
        BOOST_TEST((result || !result.problems().empty()));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_small_shop_is_imported_as_blessed) {
  const auto made = import_scenario("kubernetes", {{"shop.yaml", text_of(kFolder / "shop.yaml")}});
  BOOST_REQUIRE(made);

  BOOST_TEST(made->text == text_of(kFolder / "shop.scenario.yaml"));
  BOOST_TEST(scenario(*made).apps.begin()->value.instances == 4);
}

BOOST_AUTO_TEST_CASE(apps_of_a_manifest_become_a_scenario) {
  const ImportedScenario made = imported(
      "applications:\n- name: shop\n  instances: 3\n  memory: 512M\n  health-check-type: http\n"
      "  buildpacks: [x]\n- name: worker\n  no-route: true\n  gizmo: 1\n",
      "cf");
  const Scenario both = scenario(made);

  BOOST_TEST(both.apps.begin()->value.instances == 3);
  BOOST_TEST(both.apps.begin()->value.memory.count == std::int64_t{512} << 20);
  BOOST_TEST(both.loads.entries.size() == 1U);
  BOOST_TEST(fate(made, "manifest applications[0].instances") == "mapped apps.shop.instances: 3");
  BOOST_TEST(fate(made, "manifest applications[0].buildpacks") == "outside no part of a rehearsal");
  BOOST_TEST(fate(made, "manifest applications[1].gizmo") ==
             "unsupported not an attribute that this importer knows");
}

BOOST_AUTO_TEST_CASE(routes_that_balance_differently_are_told) {
  const ImportedScenario made = imported(
      "applications:\n- name: shop\n  routes:\n  - {route: a.b, options: {loadbalancing: "
      "round-robin}}\n  - {route: c.d, options: {loadbalancing: hash, hash_header: X}}\n",
      "cf");

  BOOST_TEST(fate(made, "manifest applications[0].routes[0].options.loadbalancing") ==
             "mapped apps.shop.routing.policy: round_robin");
  BOOST_TEST(fate(made, "manifest applications[0].routes[1].options.loadbalancing") ==
             "unsupported an app has one routing policy: its first route's");
}

BOOST_AUTO_TEST_CASE(placeholders_are_filled_from_variables) {
  const std::string manifest = "applications:\n- name: ((who))-web\n  instances: ((many))\n";
  const auto made = import_scenario("cf", {{"in.yaml", manifest}}, {{"v", "who: shop\nmany: 4\n"}});

  BOOST_REQUIRE(made);
  BOOST_TEST(scenario(*made).apps.begin()->name == "shop-web");
  BOOST_TEST(scenario(*made).apps.begin()->value.instances == 4);
  BOOST_TEST(problem(manifest, "cf")
                 .starts_with("in.yaml:2:9: error: name: the manifest leaves ((who))-web open"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday
