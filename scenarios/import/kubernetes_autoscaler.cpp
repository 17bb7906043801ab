/// \file kubernetes_autoscaler.cpp
/// HorizontalPodAutoscalers, autoscaling/v1 and v2, to scalers with the policy hpa.
/// Why: who scales by CPU rehearses another system than the count in the file.
#include <fmt/format.h>

#include <algorithm>

#include "scenarios/import/kubernetes.hpp"

namespace leapday::import {
namespace {

constexpr std::int64_t kMostReplicas = 2'000'000;

class Autoscaler {
 public:
  Autoscaler(Kube& kube, const KubeObject& object)
      : kube_(kube), context_(kube.context), object_(object) {}

  void read() {
    spec_ = context_.map(*object_.root, "spec");
    if (spec_ == nullptr) return;
    Workload* workload = target();
    if (workload == nullptr) return give_up("what it scales is not among these objects");
    app_ = workload->app;
    const auto most = context_.whole(*spec_, "maxReplicas", 1, kMostReplicas);
    if (!most) return give_up("it states no maxReplicas");
    if (!cpu_target()) return give_up("only a share of CPU is read as a target");
    if (!workload->cpu_request && !workload->cpu_limit) {
      return give_up(fmt::format("CPU is measured against a request, which {} does not state",
                                 object_of(*workload)));
    }
    const std::int64_t least = context_.whole(*spec_, "minReplicas", 0, kMostReplicas).value_or(1);
    if (least == 0) return give_up("scaling to zero by HPA (HPAScaleToZero) is not modelled");
    write(*workload, least, *most);
  }

 private:
  static std::string object_of(const Workload& workload) { return workload.object->label; }

  Workload* target() {
    const Document* ref = context_.map(*spec_, "scaleTargetRef");
    if (ref == nullptr) return nullptr;
    const std::string name = context_.text(*ref, "name");
    const std::string kind = context_.text(*ref, "kind");
    for (Workload& workload : kube_.workloads) {
      const KubeObject& of = *workload.object;
      if (of.space == object_.space && of.name == name && (kind.empty() || of.kind == kind)) {
        return &workload;
      }
    }
    return nullptr;
  }

  void give_up(const std::string& why) {
    for (const Document::Entry& entry : spec_->entries) {
      if (context_.coverage.has(entry.value)) continue;
      context_.coverage.unsupported(entry.value, why + "; the count stays as it is");
    }
  }

  /// v1 states it alone, v2 among `metrics`, of which the first share of CPU is taken; without any,
  /// Kubernetes takes 80% of CPU.
  bool cpu_target() {
    if (const Document* v1 = context_.scalar(*spec_, "targetCPUUtilizationPercentage")) {
      target_ = v1;
      return true;
    }
    const Document* metrics = context_.list(*spec_, "metrics");
    if (metrics == nullptr) return true;
    for (const Document& metric : metrics->items) {
      const Document* resource = context_.map(metric, "resource");
      if (resource == nullptr || context_.text(*resource, "name") != "cpu") continue;
      const Document* share = context_.map(*resource, "target");
      const Document* of = share != nullptr ? share : resource;
      const std::string_view key =
          share != nullptr ? "averageUtilization" : "targetAverageUtilization";
      if (const Document* value = context_.scalar(*of, key)) {
        target_ = value;
        return true;
      }
    }
    return false;
  }

  /// Counts of a rollout's steps were made shares of the replicas, of which there will be others.
  void cover_counts(const Workload& workload, std::int64_t most) {
    for (const Document* count : workload.counts) {
      context_.coverage.approximated(
          *count, fmt::format("a share here: {} at {} instances, in proportion at the {} that {} "
                              "may want",
                              count->text, workload.replicas, most, object_.label));
    }
  }

  void write(Workload& workload, std::int64_t least, std::int64_t most) {
    workload.most = most;
    if (most != workload.replicas) cover_counts(workload, most);
    const std::string name = context_.sketch.name(app_ + "-scaler");
    Line& line = kube_.scaling_lines.at(name);
    path_ = "scaling." + name;
    line.put("app", app_);
    line.put("policy", "hpa");
    line.put("min", std::to_string(least));
    line.put("max", std::to_string(most), spec_->find("maxReplicas")->at);
    if (target_ != nullptr) {
      line.put("target", target_->text + "%", target_->at);
      context_.coverage.mapped(*target_, path_ + ".target");
    }
    if (workload.cpu_request) line.put("request", number_of(*workload.cpu_request));
    for (const std::string_view key : {"scaleTargetRef", "minReplicas", "maxReplicas"}) {
      const Document* node = spec_->find(key);
      if (node == nullptr || context_.coverage.has(*node)) continue;
      const std::string own = key == "scaleTargetRef" ? "app"
                              : key == "minReplicas"  ? "min"
                                                      : "max";
      context_.coverage.mapped(*node, path_ + "." + own);
    }
    if (const Document* behavior = context_.map(*spec_, "behavior")) {
      direction(*behavior, "scaleUp", line, "scale_up");
      direction(*behavior, "scaleDown", line, "scale_down");
    }
    if (const Document* metrics = context_.list(*spec_, "metrics")) leave_out(*metrics);
  }

  /// The metric that was taken, with what it says of itself, and those besides it.
  void leave_out(const Document& metrics) {
    for (const Document& metric : metrics.items) {
      const Document* resource = metric.find("resource");
      const bool taken = resource != nullptr && target_ != nullptr && holds(*resource, *target_);
      if (taken) {
        context_.coverage.mapped(metric, path_ + ".target");
      } else {
        context_.coverage.unsupported(metric, "one metric counts here: the first share of CPU");
      }
    }
  }
  static bool holds(const Document& tree, const Document& node) {
    if (&tree == &node) return true;
    return std::any_of(tree.entries.begin(), tree.entries.end(),
                       [&](const Document::Entry& entry) { return holds(entry.value, node); });
  }

  void direction(const Document& behavior, std::string_view key, Line& line, std::string_view own) {
    const Document* rules = context_.map(behavior, key);
    if (rules == nullptr) return;
    Line below;
    const std::string path = fmt::format("{}.{}", path_, own);
    if (const auto window = context_.whole(*rules, "stabilizationWindowSeconds", 0, 3600)) {
      below.put("stabilization", fmt::format("{}s", *window));
      context_.coverage.mapped(*rules->find("stabilizationWindowSeconds"), path + ".stabilization");
    }
    if (const Document* select = context_.scalar(*rules, "selectPolicy")) {
      std::string word = select->text;
      std::transform(word.begin(), word.end(), word.begin(),
                     [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
      if (word == "max" || word == "min" || word == "disabled") {
        below.put("select", word);
        context_.coverage.mapped(*select, path + ".select");
      } else {
        context_.problem(*select, "selectPolicy", "is none of Max, Min and Disabled",
                         "write one of them");
      }
    }
    if (const Document* policies = context_.list(*rules, "policies")) {
      below.put("rules", rules_of(*policies, path + ".rules"));
    }
    if (!below.below.empty()) line.at(own).below = std::move(below.below);
  }

  std::string rules_of(const Document& policies, const std::string& path) {
    std::string text;
    for (const Document& policy : policies.items) {
      const std::string type = context_.text(policy, "type");
      const auto value = context_.whole(policy, "value", 1, 1'000'000);
      const auto period = context_.whole(policy, "periodSeconds", 1, 1800);
      if ((type != "Pods" && type != "Percent") || !value || !period) {
        context_.problem(policy, "policies", "is no scaling policy",
                         "state type: Pods or Percent, value and periodSeconds");
        continue;
      }
      text += fmt::format("{}{{type: {}, value: {}, period: {}s}}", text.empty() ? "" : ", ",
                          type == "Pods" ? "pods" : "percent", *value, *period);
      context_.coverage.mapped(policy, path);
    }
    return "[" + text + "]";
  }

  Kube& kube_;
  Context& context_;
  const KubeObject& object_;
  const Document* spec_ = nullptr;
  const Document* target_ = nullptr;
  std::string app_, path_;
};

}  // namespace

void replicas_of_autoscaler(Kube& kube, Workload& workload) {
  Context& context = kube.context;
  for (const KubeObject& object : kube.objects) {
    if (object.kind != "HorizontalPodAutoscaler" || object.space != workload.object->space)
      continue;
    const Document* spec = context.map(*object.root, "spec");
    const Document* target = spec != nullptr ? context.map(*spec, "scaleTargetRef") : nullptr;
    if (target == nullptr || context.text(*target, "name") != workload.object->name) continue;
    const auto least = context.whole(*spec, "minReplicas", 0, kMostReplicas);
    if (!least) continue;
    const Document& node = *spec->find("minReplicas");
    workload.replicas = *least;
    workload.replicas_at = node.at;
    workload.replicas_remark = ": minReplicas";
    context.coverage.mapped(node, fmt::format("apps.{}.instances: {}", workload.app, *least));
  }
}

void read_autoscaler(Kube& kube, const KubeObject& object) { Autoscaler(kube, object).read(); }

}  // namespace leapday::import
