/// \file kubernetes_finish.cpp
/// What surrounds the workloads: platform, hosts, loads, rollouts, expectations.
/// Why: a scenario that runs at once shows what it says; what is assumed is marked as such.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "scenarios/import/kubernetes.hpp"
#include "scenarios/import/rollout_bound.hpp"

namespace leapday::import {
namespace {

constexpr double kRate = 10;  ///< Requests a second, for an app.
constexpr double kServiceSeconds = 0.01;
constexpr double kMostBusy = 0.3;  ///< Of the CPU that an app is limited to.

class Finish {
 public:
  explicit Finish(Kube& kube) : kube_(kube), sketch_(kube.context.sketch) {}

  void write() {
    Line& root = sketch_.root;
    root.put("leapday", "1");
    root.put("name", quoted_yaml(fmt::format("{} imported from Kubernetes", named())));
    double longest = 0;
    for (const Workload& workload : kube_.workloads) {
      if (is_rolled_out(workload)) longest = std::max(longest, rollout_bound(pace(workload)));
    }
    sketch_.assume(root.at("run"), "run", "duration", run_length(longest), "how long to rehearse",
                   false);
    sketch_.root.at("run").put("warmup", "30s");
    root.at("platform").put("profile", "kubernetes");
    hosts();
    cpu_weights_ = std::any_of(kube_.workloads.begin(), kube_.workloads.end(),
                               [](const Workload& w) { return w.cpu_request.has_value(); });
    for (Workload& workload : kube_.workloads) app(workload);
    for (Workload& workload : kube_.workloads) traffic(workload);
    if (!delays_.below.empty()) root.at("dependencies").below = std::move(delays_.below);
    if (!kube_.mirror_lines.below.empty()) root.at("mirrors").below = kube_.mirror_lines.below;
    if (!kube_.scaling_lines.below.empty()) root.at("scaling").below = kube_.scaling_lines.below;
  }

 private:
  std::string named() const;
  void hosts();
  void app(Workload& workload);
  void job(Line& lines, const std::string& path);
  void traffic(Workload& workload);
  void rollout(const Workload& workload);
  void delay(const Workload& workload, Line& app);
  bool is_rolled_out(const Workload& workload) const;
  static bool is_called(const Workload& workload) {
    return !workload.is_job && workload.replicas > 0 && workload.share > 0;
  }
  static double start_of(const Workload& workload);
  static RolloutPace pace(const Workload& workload);

  Kube& kube_;
  Sketch& sketch_;
  bool cpu_weights_ = false;
  Line delays_;  ///< Of `dependencies`.
};

std::string Finish::named() const {
  constexpr std::size_t kShown = 3;
  std::string text;
  for (std::size_t i = 0; i < kube_.workloads.size() && i < kShown; ++i) {
    text += (i == 0 ? "" : ", ") + kube_.workloads[i].app;
  }
  if (kube_.workloads.size() > kShown) {
    text += fmt::format(" and {} more", kube_.workloads.size() - kShown);
  }
  return text;
}

void Finish::hosts() {
  double memory = 0, cores = 0, instances = 0, largest = 0, busiest = 0;
  for (const Workload& workload : kube_.workloads) {
    const auto count = static_cast<double>(std::max(workload.replicas, workload.most));
    const std::int64_t size = std::max(workload.memory.value_or(std::int64_t{256} << 20),
                                       workload.next_memory.value_or(0));
    const double cpu = workload.cpu_request.value_or(workload.cpu_limit.value_or(0.1));
    memory += count * static_cast<double>(size);
    cores += count * cpu;
    instances += count;
    largest = std::max(largest, static_cast<double>(size));
    busiest = std::max(busiest, cpu);
  }
  const double gib = std::max(32.0, std::ceil(4 * largest / 1073741824.0));
  const double host_cores = std::max(8.0, std::ceil(4 * busiest));
  // Room for twice of everything, in three zones.
  const double hosts =
      std::max({1.0, std::ceil(2 * memory / (gib * 1073741824.0) / 3),
                std::ceil(2 * cores / host_cores / 3), std::ceil(2 * instances / 110 / 3)});
  Line& zones = sketch_.root.at("topology").at("zones");
  std::string labels;
  for (const auto& [key, label] : kube_.host_labels) {
    labels +=
        fmt::format("{}{}: {}", labels.empty() ? ", labels: {" : ", ", key, quoted_yaml(label));
  }
  if (!labels.empty()) labels += "}";
  const std::string value =
      fmt::format("{{hosts: {}, cores: {}, memory: {}GiB, disk: 1TiB{}}}", number_of(hosts),
                  number_of(host_cores), number_of(gib), labels);
  const std::string first = sketch_.name("zone-a");
  sketch_.assume(zones, "topology.zones", first, value, "the cluster's nodes", false);
  zones.at(first).value.insert(0, "&zone ");
  for (const char* zone : {"zone-b", "zone-c"}) zones.put(sketch_.name(zone), "*zone");
}

void Finish::job(Line& lines, const std::string& path) {
  sketch_.assume(lines, path, "service_time", "30s", "how long the job works");
}

/// A mesh makes some requests wait. That is no work: it takes no CPU.
void Finish::delay(const Workload& workload, Line& app) {
  if (workload.delayed <= 0) return;
  const std::string name = sketch_.name(workload.app + "-delay");
  app.put("calls",
          fmt::format("[{{to: {}, probability: {}%}}]", name, number_of(workload.delayed * 100)),
          "the mesh's fault.delay");
  delays_.put(name, fmt::format("{{kind: external, service_time: {}}}",
                                duration_of(workload.delay_seconds)));
}

/// A probe of its start bounds what may be assumed of it.
double Finish::start_of(const Workload& workload) {
  const double start = std::max(5.0, workload.start_seconds);
  return std::min(start, workload.start_limit.value_or(start));
}

/// Instances that a share of a rollout's step is.
std::int64_t instances_of(const Line& rollout, std::string_view key, std::int64_t total, bool up) {
  const Line* line = rollout.find(key);
  double percent = 25;  // Kubernetes' default
  if (line != nullptr)
    percent = quantity(line->value.substr(0, line->value.size() - 1)).value_or(0);
  const double count = percent * static_cast<double>(total) / 100;
  return static_cast<std::int64_t>(up ? std::ceil(count - 1e-6) : std::floor(count + 1e-6));
}

RolloutPace Finish::pace(const Workload& workload) {
  RolloutPace pace;
  const Line* stated = workload.next ? workload.next->find("instances") : nullptr;
  const auto wanted = stated != nullptr ? whole_number(stated->value) : std::nullopt;
  pace.instances = std::max(workload.replicas, wanted.value_or(0));
  pace.at_once = instances_of(workload.rollout, "max_surge", pace.instances, true) +
                 instances_of(workload.rollout, "max_unavailable", pace.instances, false);
  if (workload.rollout.find("strategy") != nullptr) pace.at_once = pace.instances;  // recreate
  pace.each = start_of(workload) +
              seconds_in(workload.lines.find("health"), "startup_interval", 0) +
              seconds_in(&workload.lines, "min_ready", 0) +
              seconds_in(&workload.lines, "drain_before_stop", 0) +
              seconds_in(&workload.lines, "graceful_stop", 30);
  pace.deadline = seconds_in(&workload.rollout, "progress_deadline", 600);
  return pace;
}

void Finish::app(Workload& workload) {
  const std::string path = "apps." + workload.app;
  Line lines;
  if (workload.is_job) lines.put("kind", "job");
  put_instances(lines, workload);
  if (!workload.memory) {
    sketch_.assume(lines, path, "memory", "256MiB", "no container states a memory request");
  }
  put_sizes(lines, workload);
  put_discipline(lines, workload);
  if (cpu_weights_ && !workload.cpu_request) {
    lines.put("cpu_weight", cpu_shares(workload), "no CPU request: the least share");
  }
  if (workload.is_job) {
    job(lines, path);
  } else {
    sketch_.assume(lines, path, "service_time", duration_of(kServiceSeconds),
                   "own work of one request");
    delay(workload, lines);
    sketch_.assume(lines, path, "concurrency", "10", "requests one instance serves at once");
  }
  sketch_.assume(lines, path, "start_time", duration_of(start_of(workload)),
                 "from start until it listens");
  for (Line& line : workload.lines.below) lines.below.push_back(std::move(line));
  lines.key = workload.app;
  lines.from = workload.object->root->at;
  lines.comment = fmt::format("{} {}, {}", workload.object->kind, workload.object->name,
                              place(workload.object->root->at));
  sketch_.root.at("apps").below.push_back(std::move(lines));
}

void Finish::traffic(Workload& workload) {
  if (!is_called(workload)) return;
  const double cpu = workload.cpu_limit.value_or(1000) * static_cast<double>(workload.replicas);
  const double rate = std::min(kRate, std::max(cpu * kMostBusy / kServiceSeconds, 0.1));
  const std::string name = sketch_.name(workload.app + "-users");
  Line& load = sketch_.root.at("load").at(name);
  load.from = workload.object->root->at;
  load.put("to", workload.app);
  sketch_.assume(load, "load." + name, "rate",
                 number_of(std::max(rate * workload.share, 0.001)) + "/s",
                 workload.share < 1 ? "its share of the service's requests"
                                    : "requests it gets, from users or other apps");
  for (Line& line : workload.calling.below) load.below.push_back(std::move(line));
  rollout(workload);
  const std::string served = sketch_.name(workload.app + "-served");
  sketch_.assume(sketch_.root.at("expect"), "expect", served,
                 fmt::format("success({}) >= 99%", name), "what must hold", false);
}

bool Finish::is_rolled_out(const Workload& workload) const {
  const std::string& kind = workload.object->kind;
  return is_called(workload) && kind != "Pod" && !kind.starts_with("Replica") &&
         (!kube_.compared || workload.next);
}

void Finish::rollout(const Workload& workload) {
  if (!is_rolled_out(workload)) return;
  Line& app = sketch_.root.at("apps").at(workload.app);
  Line& releases = app.at("releases");
  releases.put("running", "{}");
  const std::string path = fmt::format("apps.{}.releases", workload.app);
  if (workload.next) {
    releases.below.push_back(*workload.next);
    sketch_.asked.push_back({path + ".next.service_time", "as before",
                             "how the new release behaves is not in the files"});
  } else {
    sketch_.assume(releases, path, "next", "{like: running}", "what the next release changes",
                   false);
  }
  const std::string name = sketch_.name(workload.app + "-rollout");
  Line& deployment = sketch_.root.at("deployments").at(name);
  sketch_.assume(deployment, "deployments." + name, "at", "5min", "when it is rolled out", false);
  deployment.put("app", workload.app);
  deployment.put("release", "next");
  for (const Line& line : workload.rollout.below) deployment.below.push_back(line);
  deployment.from = workload.object->root->at;
  expect_completed(sketch_, sketch_.root.at("expect"), workload.app, name,
                   rollout_bound(pace(workload)));
}

}  // namespace

void finish_kubernetes(Kube& kube) { Finish(kube).write(); }

}  // namespace leapday::import
