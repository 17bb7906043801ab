/// \file kubernetes_pod.cpp
/// A pod's containers: resources, grace, labels, and what has no counterpart.
/// Why: sizes decide placement and CPU, the grace decides what a rollout costs.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "leapday/words.hpp"
#include "scenarios/import/kubernetes.hpp"

namespace leapday::import {
namespace {

constexpr double kMostBytes = 1e15;

/// Sums over the containers of a pod.
struct Sums {
  double cpu_requests = 0;
  double cpu_limits = 0;
  double memory = 0;
  bool some_cpu_request = false;
  bool all_cpu_limited = true;
  bool some_memory = false;
  const Document* memory_of_init = nullptr;        ///< Where an init container decides the size.
  std::vector<const Document*> cpu_limits_stated;  ///< Reported once it is known whether all are.
};

/// The quantity under `key`, or a problem.
std::optional<double> amount(Context& context, const Document& map, std::string_view key) {
  const Document* node = context.scalar(map, key);
  if (node == nullptr) return std::nullopt;
  const auto value = quantity(node->text);
  if (value && *value <= kMostBytes) return value;
  context.problem(*node, key, fmt::format("\"{}\" is no quantity", printable(node->text)),
                  "write one such as 500m, 0.5, 128Mi or 1G");
  return std::nullopt;
}

void read_cpu(Kube& kube, Workload& workload, const Document* requests, const Document* limits,
              Sums& sums) {
  Context& context = kube.context;
  const auto limit = limits != nullptr ? amount(context, *limits, "cpu") : std::nullopt;
  auto request = requests != nullptr ? amount(context, *requests, "cpu") : std::nullopt;
  if (limit) {
    sums.cpu_limits += *limit;
    sums.cpu_limits_stated.push_back(limits->find("cpu"));
    if (workload.cpu_limit_at.file.empty()) workload.cpu_limit_at = limits->find("cpu")->at;
  } else {
    sums.all_cpu_limited = false;
  }
  if (request) {
    context.coverage.mapped(*requests->find("cpu"),
                            fmt::format("apps.{0}.cpu_request, apps.{0}.cpu_weight", workload.app));
  } else {
    request = limit;  // as the API server does it
  }
  if (request && workload.cpu_request_at.file.empty()) {
    const bool own = requests != nullptr && requests->find("cpu") != nullptr;
    workload.cpu_request_at = (own ? requests : limits)->find("cpu")->at;
  }
  if (request) {
    sums.cpu_requests += *request;
    sums.some_cpu_request = true;
  }
}

void read_memory(Kube& kube, Workload& workload, const Document* requests, const Document* limits,
                 Sums& sums) {
  Context& context = kube.context;
  const auto limit = limits != nullptr ? amount(context, *limits, "memory") : std::nullopt;
  const auto request = requests != nullptr ? amount(context, *requests, "memory") : std::nullopt;
  const std::string path = fmt::format("apps.{}.memory", workload.app);
  if (request) {
    context.coverage.mapped(*requests->find("memory"), path);
    if (limit) {
      context.coverage.unsupported(*limits->find("memory"),
                                   "an instance has one size, its request: placement goes by it, "
                                   "and memory_use is killed above it");
    }
  } else if (limit) {
    context.coverage.mapped(*limits->find("memory"), path + ": a limit alone is the request too");
  }
  if (!request && !limit) return;
  if (workload.memory_at.file.empty()) {
    workload.memory_at = (request ? requests : limits)->find("memory")->at;
  }
  sums.memory += request.value_or(limit.value_or(0));
  sums.some_memory = true;
}

void read_resources(Kube& kube, Workload& workload, const Document& container, Sums& sums) {
  Context& context = kube.context;
  const Document* resources = context.map(container, "resources");
  const Document* requests = resources != nullptr ? context.map(*resources, "requests") : nullptr;
  const Document* limits = resources != nullptr ? context.map(*resources, "limits") : nullptr;
  if (resources != nullptr && resources->entries.empty()) {
    context.coverage.mapped(*resources, "nothing is stated");
  }
  read_cpu(kube, workload, requests, limits, sums);
  read_memory(kube, workload, requests, limits, sums);
  for (const Document* map : {requests, limits}) {
    if (map == nullptr) continue;
    for (const Document::Entry& entry : map->entries) {
      if (entry.key == "cpu" || entry.key == "memory") continue;
      context.coverage.unsupported(entry.value, "hosts have cores, memory and disk only");
    }
  }
}

void write_resources(Workload& workload, const Sums& sums, bool several) {
  workload.sum_remark = several ? ": the sum over the pod's containers" : "";
  if (sums.all_cpu_limited && sums.cpu_limits > 0) {
    workload.cpu_limit = std::max(sums.cpu_limits, 0.001);
  }
  if (sums.some_cpu_request) workload.cpu_request = std::max(sums.cpu_requests, 0.001);
  if (sums.some_memory && sums.memory >= 1) {
    workload.memory = static_cast<std::int64_t>(std::ceil(sums.memory));
  }
  workload.memory_remark = workload.sum_remark;
  if (sums.memory_of_init == nullptr) return;
  workload.memory_at = sums.memory_of_init->at;
  workload.memory_remark = ": an init container needs more than the others";
}

/// A pod is limited when each of its containers is, and what limits and requests are for is seen
/// only where instances share cores.
void cover_cpu(Context& context, const Workload& workload, const Sums& sums,
               const std::vector<const Document*>& containers) {
  const std::string sharing = fmt::format("apps.{}.discipline: processor_sharing", workload.app);
  for (const Document* limit : sums.cpu_limits_stated) {
    if (!sums.all_cpu_limited) {
      context.coverage.unsupported(
          *limit, "another container of the pod has no limit, and so the instance has none");
    } else if (containers.size() > 1) {
      context.coverage.approximated(
          *limit, fmt::format("apps.{}.cpu: the sum over the containers, of which one may use what "
                              "another leaves; {}",
                              workload.app, sharing));
    } else {
      context.coverage.mapped(*limit, fmt::format("apps.{}.cpu; {}", workload.app, sharing));
    }
  }
  for (const Document* container : containers) {
    const Document* requests = context.map_at(*container, {"resources", "requests"});
    const Document* cpu = requests != nullptr ? context.scalar(*requests, "cpu") : nullptr;
    if (cpu != nullptr) context.coverage.mapped(*cpu, sharing);
  }
}

/// An init container runs before the others, beside the sidecars that started before it; the pod
/// takes room for whichever is more (kubernetes.io, sidecar containers: resource sharing).
void read_init_memory(Kube& kube, const Workload& workload, const Document& init, Sums& sums) {
  Context& context = kube.context;
  double sidecars = 0, most = 0;
  const Document* decides = nullptr;
  for (const Document& container : init.items) {
    if (container.kind != Document::Kind::map) continue;
    const Document* stated = nullptr;
    for (const char* key : {"limits", "requests"}) {  // a request counts before a limit
      const Document* map = context.map_at(container, {"resources", key});
      if (map != nullptr && context.scalar(*map, "memory") != nullptr) stated = map;
    }
    const auto size = stated != nullptr ? amount(context, *stated, "memory") : std::nullopt;
    if (context.text(container, "restartPolicy") == "Always") {
      sidecars += size.value_or(0);
    } else if (size && sidecars + *size > most) {
      most = sidecars + *size;
      decides = stated->find("memory");
    }
  }
  if (decides == nullptr || most <= sums.memory) return;
  sums.memory = most;
  sums.some_memory = true;
  sums.memory_of_init = decides;
  context.coverage.mapped(*decides, fmt::format("apps.{}.memory: more than the containers that "
                                                "run after it ask for together",
                                                workload.app));
}

/// Seconds that a preStop hook sleeps, when that is all it does.
std::optional<double> sleep_of(Context& context, const Document& hook) {
  if (const Document* sleep = context.map(hook, "sleep")) {
    const auto seconds = context.whole(*sleep, "seconds", 0, 1'000'000);
    return seconds ? std::optional(static_cast<double>(*seconds)) : std::nullopt;
  }
  const Document* exec = context.map(hook, "exec");
  const Document* command = exec != nullptr ? context.list(*exec, "command") : nullptr;
  if (command == nullptr) return std::nullopt;
  std::string text;
  for (const Document& word : command->items) text += (text.empty() ? "" : " ") + word.text;
  for (const std::string_view shell :
       {"/bin/sh -c ", "sh -c ", "/bin/bash -c ", "bash -c ", "/bin/sh -ec "}) {
    if (text.starts_with(shell)) text.erase(0, shell.size());
  }
  for (const std::string_view program : {"sleep ", "/bin/sleep ", "/usr/bin/sleep "}) {
    if (!text.starts_with(program)) continue;
    text.erase(0, program.size());
    if (text.ends_with('s')) text.pop_back();
    const auto seconds = whole_number(text);
    if (seconds && *seconds >= 0 && *seconds <= 1'000'000) return static_cast<double>(*seconds);
  }
  return std::nullopt;
}

/// Seconds of the pod's preStop hooks, of which the longest counts, but not beyond the grace that
/// they are part of; notes where they go.
double read_hooks(Context& context, const std::string& path, double grace,
                  const std::vector<const Document*>& containers, const Document*& stated) {
  double drain = 0;
  for (const Document* container : containers) {
    const Document* lifecycle = context.map(*container, "lifecycle");
    if (lifecycle == nullptr) continue;
    context.unsupported(*lifecycle, {"postStart"}, "state a longer start_time for it");
    const Document* hook = context.map(*lifecycle, "preStop");
    if (hook == nullptr) continue;
    const auto seconds = sleep_of(context, *hook);
    if (!seconds) {
      context.coverage.unsupported(
          *hook, fmt::format("how long this hook takes is not in the file; state {}", path));
    } else if (stated != nullptr) {
      context.coverage.approximated(*hook, "the longest of the pod's hooks counts");
    } else if (*seconds > grace) {
      context.coverage.approximated(
          *hook, fmt::format("{}: {}, where the grace ends and the hook with it", path,
                             duration_of(grace)));
    } else {
      context.coverage.mapped(*hook, fmt::format("{}: {}", path, duration_of(*seconds)));
    }
    if (!seconds || (stated != nullptr && *seconds <= drain)) continue;
    drain = std::min(*seconds, grace);
    stated = hook;
  }
  return drain;
}

/// A hook's time is part of the grace.
void read_grace(Kube& kube, Workload& workload, const Document& spec,
                const std::vector<const Document*>& containers) {
  Context& context = kube.context;
  const std::string path = "apps." + workload.app;
  const auto grace = context.whole(spec, "terminationGracePeriodSeconds", 0, 1'000'000);
  const double whole = static_cast<double>(grace.value_or(30));
  const Document* hook = nullptr;
  const double drain = read_hooks(context, path + ".drain_before_stop", whole, containers, hook);
  if (hook != nullptr) {
    workload.lines.put("drain_before_stop", duration_of(drain), hook->at, ": preStop");
  }
  // However long the hook took (kubelet: minimumGracePeriodInSeconds).
  constexpr double kLeastAfterHook = 2;
  const double left = drain > 0 ? std::max(whole - drain, kLeastAfterHook) : whole;
  const Document* node = grace ? spec.find("terminationGracePeriodSeconds") : nullptr;
  if (node == nullptr && drain == 0) return;
  const std::string rest = drain <= 0             ? ""
                           : left > whole - drain ? ", the least after a preStop hook"
                                                  : ", what the preStop hook leaves";
  if (node == nullptr) {
    workload.lines.put("graceful_stop", duration_of(left), "Kubernetes' default of 30s" + rest);
    return;
  }
  workload.lines.put("graceful_stop", duration_of(left), node->at, rest);
  context.coverage.mapped(*node,
                          fmt::format("{}.graceful_stop: {}{}", path, duration_of(left), rest));
}

void read_labels(Kube& kube, Workload& workload, const Document& metadata) {
  Context& context = kube.context;
  const Document* labels = context.map(metadata, "labels");
  workload.labels = labels_of(context, labels);
  for (const Document::Entry& entry : metadata.entries) {
    if (&entry.value != labels) context.coverage.outside(entry.value, "describes the pod");
  }
  if (labels == nullptr) return;
  for (const Document::Entry& entry : labels->entries) {
    constexpr std::array<std::string_view, 3> kOwn{"app", "release", "zone"};
    if (std::find(kOwn.begin(), kOwn.end(), entry.key) != kOwn.end()) {
      context.coverage.outside(entry.value,
                               "the scenario has labels app, release and zone of its "
                               "own; selectors were followed");
    } else if (can_be_named(context, entry.key) && !entry.value.text.empty()) {
      workload.lines.at("labels").put_text(entry.key, entry.value.text, entry.key_at);
      context.coverage.mapped(entry.value,
                              fmt::format("apps.{}.labels.{}", workload.app, entry.key));
    } else {
      context.coverage.outside(entry.value,
                               "its name is none of the language's; selectors were followed");
    }
  }
}

void read_rest(Kube& kube, const Document& spec, const std::vector<const Document*>& containers) {
  Context& context = kube.context;
  for (const Document* container : containers) {
    context.outside(
        *container,
        {"name", "image", "imagePullPolicy", "command", "args", "env", "envFrom", "ports",
         "volumeMounts", "volumeDevices", "securityContext", "workingDir", "stdin", "stdinOnce",
         "tty", "terminationMessagePath", "terminationMessagePolicy", "restartPolicy"});
  }
  context.outside(spec, {"volumes",
                         "serviceAccountName",
                         "serviceAccount",
                         "securityContext",
                         "imagePullSecrets",
                         "automountServiceAccountToken",
                         "dnsPolicy",
                         "dnsConfig",
                         "hostNetwork",
                         "hostPID",
                         "hostIPC",
                         "hostname",
                         "subdomain",
                         "hostAliases",
                         "enableServiceLinks",
                         "shareProcessNamespace",
                         "schedulerName",
                         "setHostnameAsFQDN",
                         "os",
                         "runtimeClassName"});
  context.unsupported(spec, {"priorityClassName", "priority", "preemptionPolicy"},
                      "no instance makes room for another");
  context.unsupported(spec, {"activeDeadlineSeconds"}, "instances run until they are stopped");
  if (const Document* policy = context.scalar(spec, "restartPolicy")) {
    if (policy->text == "Always") {
      context.coverage.mapped(*policy, "the platform restarts what crashes");
    } else {
      context.coverage.approximated(*policy, "the platform restarts what crashes");
    }
  }
}

void read_init(Kube& kube, const Document& init, std::vector<const Document*>& containers) {
  for (const Document& container : init.items) {
    if (container.kind != Document::Kind::map) continue;
    if (kube.context.text(container, "restartPolicy") == "Always") {
      containers.push_back(&container);  // a sidecar
    } else {
      kube.context.coverage.approximated(
          container,
          "its time is part of start_time, its memory counts where the "
          "others need less");
    }
  }
}

}  // namespace

void read_pod(Kube& kube, Workload& workload, const Document& template_metadata,
              const Document& spec) {
  Context& context = kube.context;
  if (workload.object->kind != "Pod") {
    read_labels(kube, workload, template_metadata);
  } else {
    workload.labels = labels_of(context, context.map(template_metadata, "labels"));
  }
  std::vector<const Document*> containers;
  if (const Document* list = context.list(spec, "containers")) {
    for (const Document& container : list->items) {
      if (container.kind == Document::Kind::map) {
        containers.push_back(&container);
      } else {
        context.problem(container, "containers", "a container is a map", "write name and image");
      }
    }
  }
  if (containers.empty()) {
    return context.problem(spec, "containers", "names no container", "list the pod's containers");
  }
  if (const Document* init = context.list(spec, "initContainers")) {
    read_init(kube, *init, containers);
  }
  Sums sums;
  for (const Document* container : containers) read_resources(kube, workload, *container, sums);
  if (const Document* init = context.list(spec, "initContainers")) {
    read_init_memory(kube, workload, *init, sums);
  }
  write_resources(workload, sums, containers.size() > 1);
  cover_cpu(context, workload, sums, containers);
  if (!workload.is_job) {
    read_grace(kube, workload, spec, containers);
    read_probes(kube, workload, containers);
  } else {
    context.unsupported(spec, {"terminationGracePeriodSeconds"}, "jobs end by themselves");
  }
  read_placement(kube, workload, spec);
  read_rest(kube, spec, containers);
}

}  // namespace leapday::import
