/// \file kubernetes_workload.cpp
/// Deployment, StatefulSet, DaemonSet, ReplicaSet, Pod, Job and CronJob: counts and strategies.
/// Why: how a release is rolled out is the question that a rehearsal answers.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "leapday/words.hpp"
#include "scenarios/import/kubernetes.hpp"

namespace leapday::import {
namespace {

constexpr std::int64_t kMostReplicas = 2'000'000;
constexpr std::int64_t kDaemonHosts = 3;

void read_replicas(Kube& kube, Workload& workload, const Document& spec) {
  Context& context = kube.context;
  const auto count = context.whole(spec, "replicas", 0, kMostReplicas);
  workload.replicas_remark = "Kubernetes' default: replicas is not stated";
  if (count) {
    const Document& stated = *spec.find("replicas");
    workload.replicas = *count;
    workload.replicas_at = stated.at;
    workload.replicas_remark.clear();
    context.coverage.mapped(stated, fmt::format("apps.{}.instances: {}", workload.app, *count));
  }
  if (!count) replicas_of_autoscaler(kube, workload);
  if (workload.object->kind == "DaemonSet") {
    workload.replicas = kDaemonHosts;
    workload.replicas_remark = "assumed: one for each of 3 hosts, state yours";
    context.sketch.asked.push_back(
        {fmt::format("apps.{}.instances", workload.app), "3", "a DaemonSet runs one on each host"});
  }
}

/// `maxSurge` or `maxUnavailable`: a number or a percentage.
void read_step(Kube& kube, Workload& workload, const Document& rolling, std::string_view key,
               std::string_view own, bool up) {
  Context& context = kube.context;
  const Document* node = context.scalar(rolling, key);
  if (node == nullptr) return;
  const std::string path = fmt::format("deployments.{}-rollout.{}", workload.app, own);
  std::string_view text = node->text;
  const bool percent = text.ends_with('%');
  if (percent) text.remove_suffix(1);
  const auto number = whole_number(text);
  if (!number || *number < 0) {
    return context.problem(
        *node, key, fmt::format("\"{}\" is no count and no percentage", printable(node->text)),
        "write a number such as 1, or a percentage such as 25%");
  }
  const std::int64_t whole = percent ? 100 : workload.replicas;
  const std::string share = percent ? fmt::format("{}%", std::min<std::int64_t>(*number, 100))
                                    : share_of(*number, workload.replicas, up);
  workload.rollout.put(own, share, node->at, percent ? "" : ": " + node->text);
  if (!percent && *number > 0) workload.counts.push_back(node);
  if (*number > whole) {
    return context.coverage.approximated(
        *node, fmt::format("{}: {}; at most all instances at once", path, share));
  }
  context.coverage.mapped(*node, fmt::format("{}: {}", path, share));
}

void read_strategy(Kube& kube, Workload& workload, const Document& spec) {
  Context& context = kube.context;
  const bool stateful = workload.object->kind == "StatefulSet";
  const char* const key =
      stateful || workload.object->kind == "DaemonSet" ? "updateStrategy" : "strategy";
  const Document* strategy = context.map(spec, key);
  const std::string type = strategy != nullptr ? context.text(*strategy, "type") : "";
  const std::string path = fmt::format("deployments.{}-rollout", workload.app);
  if (type == "Recreate") {
    workload.rollout.put("strategy", "recreate", "Recreate");
    context.coverage.mapped(*strategy, path + ".strategy: recreate");
    return;
  }
  if (stateful) {
    workload.rollout.put("max_surge", "0%", "a StatefulSet replaces its pods one by one");
    workload.rollout.put("max_unavailable", share_of(1, workload.replicas, false),
                         "and so one is missing at a time");
  }
  if (strategy == nullptr) return;
  if (strategy->entries.empty()) context.coverage.mapped(*strategy, path + ": the defaults, 25%");
  if (const Document* node = context.scalar(*strategy, "type")) {
    if (type == "RollingUpdate") {
      context.coverage.mapped(*node, path);
    } else {
      context.coverage.unsupported(*node, "a rollout of this kind has no counterpart");
    }
  }
  const Document* rolling = context.map(*strategy, "rollingUpdate");
  if (rolling == nullptr) return;
  if (rolling->entries.empty()) context.coverage.mapped(*rolling, path + ": the defaults, 25%");
  read_step(kube, workload, *rolling, "maxSurge", "max_surge", true);
  read_step(kube, workload, *rolling, "maxUnavailable", "max_unavailable", false);
  context.unsupported(*rolling, {"partition"}, "a rollout here replaces all instances");
}

void read_progress(Kube& kube, Workload& workload, const Document& spec) {
  Context& context = kube.context;
  if (const auto seconds = context.whole(spec, "progressDeadlineSeconds", 1, 1'000'000'000)) {
    const Document& node = *spec.find("progressDeadlineSeconds");
    const std::string value = fmt::format("{}s", *seconds);
    workload.rollout.put("progress_deadline", value, node.at);
    context.coverage.mapped(
        node, fmt::format("deployments.{}-rollout.progress_deadline: {}", workload.app, value));
  }
  if (const auto seconds = context.whole(spec, "minReadySeconds", 0, 1'000'000'000)) {
    const Document& node = *spec.find("minReadySeconds");
    if (*seconds == 0) {
      context.coverage.mapped(node, "0: an instance counts as soon as it is ready");
    } else {
      const std::string value = fmt::format("{}s", *seconds);
      workload.lines.put("min_ready", value, node.at);
      context.coverage.mapped(node, fmt::format("apps.{}.min_ready: {}", workload.app, value));
    }
  }
  context.outside(spec, {"selector", "serviceName", "revisionHistoryLimit", "volumeClaimTemplates",
                         "persistentVolumeClaimRetentionPolicy"});
  context.unsupported(spec, {"paused"}, "the rollout in the scenario begins at its time");
  context.unsupported(spec, {"podManagementPolicy"}, "at t=0 all instances run already");
}

/// The period of the cron schedules that have one, in seconds.
std::optional<std::int64_t> cron_period(const std::string& text) {
  constexpr std::array<std::pair<std::string_view, std::int64_t>, 6> kNames{
      {{"@hourly", 3600},
       {"@daily", 86400},
       {"@midnight", 86400},
       {"@weekly", 604800},
       {"@monthly", 2592000},
       {"@yearly", 31536000}}};
  for (const auto& [name, seconds] : kNames) {
    if (text == name) return seconds;
  }
  std::vector<std::string> parts{""};
  for (const char c : text) {
    if (c != ' ') {
      parts.back() += c;
    } else if (!parts.back().empty()) {
      parts.emplace_back();
    }
  }
  if (parts.back().empty()) parts.pop_back();
  if (parts.size() != 5 || parts[2] != "*" || parts[3] != "*") return std::nullopt;
  const auto fixed = [&](std::size_t i) { return whole_number(parts[i]).has_value(); };
  const auto every = [&](std::size_t i) -> std::int64_t {
    if (parts[i] == "*") return 1;
    if (!parts[i].starts_with("*/")) return 0;
    return std::max<std::int64_t>(whole_number(parts[i].substr(2)).value_or(0), 0);
  };
  if (parts[4] != "*") {
    return fixed(4) && fixed(0) && fixed(1) ? std::optional<std::int64_t>(604800) : std::nullopt;
  }
  if (parts[1] == "*" && every(0) > 0) return every(0) * 60;
  if (fixed(0) && every(1) > 0) return every(1) * 3600;
  if (fixed(0) && fixed(1)) return 86400;
  return std::nullopt;
}

void read_cron(Kube& kube, Workload& workload, const Document& spec) {
  Context& context = kube.context;
  const Document* schedule = context.scalar(spec, "schedule");
  const auto period = schedule != nullptr ? cron_period(schedule->text) : std::nullopt;
  if (period) {
    workload.lines.put("every", fmt::format("{}s", *period), schedule->at);
    context.coverage.approximated(
        *schedule, fmt::format("apps.{}.every: {}s; the first time is at t=0, not at the time of "
                               "day",
                               workload.app, *period));
  } else if (schedule != nullptr) {
    context.coverage.unsupported(*schedule, "not a regular period; the job runs once, at t=0");
  }
  context.unsupported(spec, {"concurrencyPolicy", "startingDeadlineSeconds", "timeZone"},
                      "a job here starts at each period, whatever the last one does");
  context.outside(spec, {"successfulJobsHistoryLimit", "failedJobsHistoryLimit"});
}

/// A suspended CronJob or Job runs nothing until somebody resumes it.
void read_suspend(Kube& kube, Workload& workload, const Document& spec) {
  Context& context = kube.context;
  const Document* node = context.scalar(spec, "suspend");
  if (node == nullptr) return;
  if (node->text != "true") return context.coverage.mapped(*node, "it runs, as here");
  workload.replicas = 0;
  workload.replicas_at = node->at;
  workload.replicas_remark = ": suspended";
  context.coverage.mapped(*node, fmt::format("apps.{}.instances: 0", workload.app));
}

void read_job(Kube& kube, Workload& workload, const Document& spec) {
  Context& context = kube.context;
  if (const auto count = context.whole(spec, "parallelism", 0, kMostReplicas)) {
    workload.replicas = *count;
    workload.replicas_at = spec.find("parallelism")->at;
    context.coverage.mapped(*spec.find("parallelism"),
                            fmt::format("apps.{}.instances: {}", workload.app, *count));
  }
  if (const auto count = context.whole(spec, "completions", 0, kMostReplicas)) {
    const Document& node = *spec.find("completions");
    if (*count == workload.replicas) {
      context.coverage.mapped(node, fmt::format("apps.{}.instances: {}", workload.app, *count));
    } else {
      context.coverage.approximated(node, "each instance runs once");
    }
  }
  context.unsupported(spec, {"backoffLimit", "activeDeadlineSeconds", "completionMode"},
                      "a job that fails is restarted as the platform restarts instances");
  context.outside(spec, {"ttlSecondsAfterFinished", "selector", "manualSelector"});
}

}  // namespace

bool is_workload(const std::string& kind) {
  constexpr std::array<std::string_view, 8> kKinds{
      "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController",
      "Pod",        "Job",         "CronJob"};
  return std::find(kKinds.begin(), kKinds.end(), kind) != kKinds.end();
}

void read_workload(Kube& kube, const KubeObject& object) {
  Context& context = kube.context;
  Workload& workload = kube.workloads.emplace_back();
  workload.object = &object;
  workload.app = context.sketch.name(object.name);
  workload.is_job = object.kind == "Job" || object.kind == "CronJob";
  context.coverage.mapped(*object.root->find("kind"), "apps." + workload.app);
  const Document* spec = context.map(*object.root, "spec");
  if (spec == nullptr) {
    return context.problem(*object.root, "spec", "is missing", "write what is to run");
  }
  const Document* holder = spec;
  if (object.kind == "CronJob") {
    read_cron(kube, workload, *spec);
    const Document* job = context.map_at(*spec, {"jobTemplate", "spec"});
    context.outside(*spec, {});
    if (const Document* outer = context.map(*spec, "jobTemplate")) {
      context.outside(*outer, {"metadata"}, "describes the job");
    }
    if (job == nullptr) {
      return context.problem(*spec, "jobTemplate.spec", "is missing", "write what the job runs");
    }
    holder = job;
  }
  if (workload.is_job) {
    read_job(kube, workload, *holder);
    read_suspend(kube, workload, *holder);
    if (holder != spec) read_suspend(kube, workload, *spec);
  } else if (object.kind != "Pod") {
    read_replicas(kube, workload, *spec);
    read_strategy(kube, workload, *spec);
    read_progress(kube, workload, *spec);
  }
  const Document* own = object.kind == "Pod" ? object.root : context.map(*holder, "template");
  const Document* pod = own != nullptr ? context.map(*own, "spec") : nullptr;
  if (pod == nullptr) {
    return context.problem(*holder, "template.spec", "is missing", "write the pod's containers");
  }
  static const Document kNothing;
  const Document* metadata = context.map(*own, "metadata");
  read_pod(kube, workload, metadata != nullptr ? *metadata : kNothing, *pod);
}

}  // namespace leapday::import
