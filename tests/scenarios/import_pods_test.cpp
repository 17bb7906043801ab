/// \file import_pods_test.cpp
/// What the pods of a Kubernetes object say of CPU, memory, grace and start, and its rollout's end.
/// Why: "mapped" is a promise that the key has an effect, and the effect is the file's.
#include <boost/test/unit_test.hpp>

#include "tests/scenarios/import_tools.hpp"

namespace leapday {
namespace {

using testing::fate_of;
using testing::holds;
using testing::import_of;
using testing::problems_of;
using testing::scenario_of;

/// A Deployment named web behind a Service, with more keys in its spec, pod and first container.
std::string web(const std::string& spec, const std::string& container,
                const std::string& pod = "hostname: h") {
  return "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  " + spec +
         "\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n      " + pod +
         "\n      containers:\n        - name: c\n          " + container + "\n";
}
const std::string kService =
    "---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}}\n";
const std::string kContainer = "Deployment/web spec.template.spec.containers[0].";

App app_of(const ImportedScenario& made) { return scenario_of(made).apps.begin()->value; }

BOOST_AUTO_TEST_SUITE(importing_pods)

BOOST_AUTO_TEST_CASE(a_cpu_limit_is_emitted_with_the_discipline_that_enforces_it) {
  const ImportedScenario made =
      import_of(web("replicas: 1", "resources: {limits: {cpu: 20m, memory: 64Mi}}") + kService);

  BOOST_TEST(*app_of(made).cpu == 0.02);
  BOOST_TEST((app_of(made).discipline == Discipline::processor_sharing));
  BOOST_TEST(fate_of(made, kContainer + "resources.limits.cpu") ==
             "mapped apps.web.cpu; apps.web.discipline: processor_sharing");
  for (const std::string& warning : scenario_of(made).warnings) {
    BOOST_TEST(!holds(warning, "has no effect"), warning);
  }
}

BOOST_AUTO_TEST_CASE(a_cpu_request_alone_is_a_share_of_a_contended_host) {
  const ImportedScenario made = import_of(web("replicas: 1", "resources: {requests: {cpu: 250m}}"));

  BOOST_TEST(!app_of(made).cpu.has_value());
  BOOST_TEST((app_of(made).discipline == Discipline::processor_sharing));
  BOOST_TEST(holds(fate_of(made, kContainer + "resources.requests.cpu"),
                   "apps.web.discipline: processor_sharing"));
}

BOOST_AUTO_TEST_CASE(without_cpu_the_discipline_is_the_languages) {
  BOOST_TEST((app_of(import_of(web("replicas: 1", "image: x"))).discipline == Discipline::fifo));
}

BOOST_AUTO_TEST_CASE(a_sidecar_without_a_limit_leaves_the_pod_without_one_and_this_is_said) {
  const ImportedScenario made = import_of(web(
      "replicas: 2",
      "resources: {requests: {cpu: 500m, memory: 1Gi}, limits: {cpu: 1}}\n        - name: side\n"
      "          resources: {requests: {cpu: 100m, memory: 128Mi}}"));

  BOOST_TEST(!app_of(made).cpu.has_value());
  BOOST_TEST(fate_of(made, kContainer + "resources.limits.cpu") ==
             "unsupported another container of the pod has no limit, and so the instance has none");
}

BOOST_AUTO_TEST_CASE(a_limit_under_fifo_is_warned_of_unless_a_scaler_measures_against_it) {
  const auto warnings = [](const std::string& keys, const std::string& more = {}) {
    const auto file = load_text(
        "leapday: 1\nname: n\nrun: {duration: 1min}\nplatform: {profile: kubernetes}\n"
        "apps: {web: {service_time: 1ms" +
            keys + "}}\n" + more,
        "s.yaml", "", builtin_registry());
    BOOST_REQUIRE_MESSAGE(file, (file ? "" : to_string(file.problems().front())));
    std::string told;
    for (const std::string& warning : file->cells[0].warnings) {
      if (holds(warning, "has no effect")) told += warning + "\n";
    }
    return told;
  };

  BOOST_TEST(warnings(", cpu: 1") ==
             "apps.web.cpu has no effect: only processor_sharing limits what an instance uses\n");
  BOOST_TEST(warnings(", cpu_weight: 4") ==
             "apps.web.cpu_weight has no effect: only processor_sharing shares a host's cores\n");
  BOOST_TEST(holds(warnings(", releases: {a: {}, b: {cpu: 2}}"), "apps.web.releases.b.cpu has no"));
  BOOST_TEST(warnings(", cpu: 1, cpu_weight: 4, discipline: processor_sharing") == "");
  BOOST_TEST(warnings(", cpu: 1", "scaling: {s: {app: web, policy: hpa, min: 1, max: 3}}\n") == "");
}

BOOST_AUTO_TEST_CASE(a_rollout_of_an_import_is_expected_to_complete) {
  const ImportedScenario made = import_of(web("replicas: 3", "image: x") + kService);
  const Scenario read = scenario_of(made);

  BOOST_TEST(holds(made.text,
                   "web-completed: eventually completed(web-rollout) within 10min after "
                   "web-rollout.begin"));
  BOOST_TEST(read.expectations.size() == 2U);
  BOOST_TEST((read.run.duration == 20min));
}

BOOST_AUTO_TEST_CASE(slow_rollouts_get_the_time_that_their_size_takes) {
  const ImportedScenario one_by_one =
      import_of(web("replicas: 30\n  strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}",
                    "image: x") +
                kService);
  const ImportedScenario deadline =
      import_of(web("replicas: 3\n  progressDeadlineSeconds: 3600", "image: x") + kService);

  BOOST_TEST(holds(one_by_one.text, "within 35min after"));  // 2 * 30 * (5 s + 30 s of grace)
  BOOST_TEST((scenario_of(one_by_one).run.duration == 45min));
  BOOST_TEST(holds(deadline.text, "within 60min after"));
}

BOOST_AUTO_TEST_CASE(an_assumed_start_is_seen_within_a_stated_startup_probe) {
  const ImportedScenario made =
      import_of(web("replicas: 3",
                    "startupProbe: {tcpSocket: {port: 1}, periodSeconds: 1, failureThreshold: 3}\n"
                    "          readinessProbe: {tcpSocket: {port: 1}, initialDelaySeconds: 20}") +
                kService);

  BOOST_TEST(holds(made.text, "start_timeout: 3s"));
  BOOST_TEST(holds(made.text, "start_time: {assume: 1500ms}"));
  BOOST_TEST(fate_of(made, kContainer + "readinessProbe.initialDelaySeconds") ==
             "unsupported an instance here is ready once its startup probe succeeds, which has to "
             "be sooner");
}

BOOST_AUTO_TEST_CASE(a_single_startup_probe_comes_before_the_time_is_up) {
  const ImportedScenario made = import_of(
      web("replicas: 1", "startupProbe: {tcpSocket: {port: 1}, failureThreshold: 1}") + kService);

  BOOST_TEST(holds(made.text, "start_timeout: 10s"));
  BOOST_TEST(holds(made.text, "startup_interval: 5s"));
  BOOST_TEST(holds(made.text, "start_time: {assume: 2500ms}"));
}

BOOST_AUTO_TEST_CASE(a_pre_stop_hook_ends_with_the_grace_that_it_is_part_of) {
  const ImportedScenario made =
      import_of(web("replicas: 1", "lifecycle: {preStop: {exec: {command: [sleep, '10']}}}",
                    "terminationGracePeriodSeconds: 5"));

  BOOST_TEST((*app_of(made).drain_before_stop == 5s));
  BOOST_TEST((*app_of(made).graceful_stop == 2s));  // the kubelet's least after a hook
  BOOST_TEST(fate_of(made, kContainer + "lifecycle.preStop") ==
             "approximated apps.web.drain_before_stop: 5s, where the grace ends and the hook with "
             "it");
}

BOOST_AUTO_TEST_CASE(an_init_container_that_needs_more_decides_the_pods_memory) {
  const std::string main = "resources: {requests: {memory: 64Mi}}";
  const auto with = [&](const std::string& init) {
    return import_of(web("replicas: 3", main, "initContainers: [" + init + "]"));
  };
  const ImportedScenario large = with("{name: i, resources: {requests: {memory: 4Gi, cpu: 3}}}");
  const ImportedScenario small = with("{name: i, resources: {requests: {memory: 32Mi}}}");
  const ImportedScenario beside = with(
      "{name: s, restartPolicy: Always, resources: {requests: {memory: 1Gi}}}, "
      "{name: i, resources: {limits: {memory: 512Mi}}}");

  BOOST_TEST(app_of(large).memory.count == std::int64_t{4} << 30);
  BOOST_TEST(holds(large.text, "an init container needs more than the others"));
  BOOST_TEST(app_of(small).memory.count == std::int64_t{64} << 20);
  BOOST_TEST(app_of(beside).memory.count == (std::int64_t{1} << 30) + (std::int64_t{512} << 20));
}

BOOST_AUTO_TEST_CASE(what_an_autoscaler_says_of_its_metric_is_reported_with_it) {
  const std::string hpa =
      "---\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\nspec:\n  scaleTargetRef: {kind: "
      "Deployment, name: web}\n  minReplicas: 4\n  maxReplicas: 40\n  metrics: [{type: Resource, "
      "resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}]\n";
  const ImportedScenario made =
      import_of(web("replicas: 4\n  strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 25%}}",
                    "resources: {requests: {cpu: 100m}}") +
                kService + hpa);

  BOOST_TEST(fate_of(made, "HorizontalPodAutoscaler/web spec.metrics[0]") ==
             "mapped scaling.web-scaler.target");
  for (const ImportFinding& finding : made.coverage) {
    BOOST_TEST(!holds(finding.note, "not an attribute"), finding.path);
  }
  const std::string steps = "Deployment/web spec.strategy.rollingUpdate.";
  BOOST_TEST(fate_of(made, steps + "maxSurge")
                 .starts_with("approximated deployments.web-rollout.max_surge: 25%; a share here: "
                              "1 at 4 instances, in "
                              "proportion at the 40 that HorizontalPodAutoscaler/web may want"));
  BOOST_TEST(fate_of(made, steps + "maxUnavailable").starts_with("mapped"));
}

BOOST_AUTO_TEST_CASE(a_suspended_job_does_not_run) {
  const auto job = [](const std::string& outer, const std::string& inner) {
    return import_of("kind: CronJob\nmetadata: {name: j}\nspec:\n  schedule: '*/5 * * * *'" +
                     outer + "\n  jobTemplate: {spec: {parallelism: 2" + inner +
                     ", template: {spec: {containers: [{name: x}]}}}}\n");
  };

  BOOST_TEST(app_of(job("", "")).instances == 2);
  BOOST_TEST(app_of(job("\n  suspend: false", "")).instances == 2);
  BOOST_TEST(app_of(job("", ", suspend: true")).instances == 0);
  const ImportedScenario suspended = job("\n  suspend: true", "");
  BOOST_TEST(app_of(suspended).instances == 0);
  BOOST_TEST(fate_of(suspended, "CronJob/j spec.suspend") == "mapped apps.j.instances: 0");
}

BOOST_AUTO_TEST_CASE(the_same_object_twice_is_an_error_that_names_both) {
  const std::string one = web("replicas: 1", "image: x");
  const std::string twice = problems_of(one + "---\n" + one);

  BOOST_TEST(twice.starts_with("in.yaml:16:18: error: metadata.name: Deployment/web is there "));
  BOOST_TEST(holds(twice, "leave out this one or the one at in.yaml:3"));
  std::string elsewhere = one;
  elsewhere.replace(elsewhere.find("{name: web}"), 11, "{name: web, namespace: two}");
  BOOST_TEST(scenario_of(import_of(one + "---\n" + elsewhere)).apps.size() == 2U);
}

BOOST_AUTO_TEST_CASE(variables_for_files_without_placeholders_are_refused) {
  const auto made = import_scenario("kubernetes", {{"in.yaml", web("replicas: 1", "image: x")}},
                                    {{"v.yml", "a: 1\n"}});

  BOOST_REQUIRE(!made);
  BOOST_TEST(holds(to_string(made.problems().front()), "v.yml: error: kubernetes files have no"));
}

BOOST_AUTO_TEST_CASE(a_problem_of_the_scenario_stands_at_the_line_of_the_file_it_comes_from) {
  const ImportedScenario made = import_of(web("replicas: 3", "image: x") + kService);
  const auto told = [&](const std::string& path) {
    const SourceLocation at =
        at_sources(made, {{{"-", 21, 16}, path, "is wrong", ""}}, "in.yaml").front().at;
    return at.file + ":" + std::to_string(at.line);
  };

  BOOST_TEST(told("apps.web.instances") == "in.yaml:5");
  BOOST_TEST(told("apps.web.service_time") == "in.yaml:1");
  BOOST_TEST(told("deployments.web-rollout.app") == "in.yaml:1");
  BOOST_TEST(told("topology.zones") == "in.yaml:0");
  BOOST_TEST(told("apps.website.instances") == "in.yaml:0");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday
