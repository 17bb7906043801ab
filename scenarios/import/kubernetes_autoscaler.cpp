/// \file kubernetes_autoscaler.cpp
/// HorizontalPodAutoscaler, of versions 1, 2 and the betas between them.
/// Why: a count that follows the load is a promise of its own; where the model cannot keep it, each
/// part of it is named.
#include <fmt/format.h>

#include "scenarios/import/kubernetes.hpp"

namespace leapday::import {
namespace {

constexpr std::int64_t kMostScaled = 2'000'000;

/// The workload that an autoscaler's spec names, when it is in these files.
const Workload* target_of(Kube& kube, const KubeObject& object, const Document& spec) {
  const Document* target = kube.context.map(spec, "scaleTargetRef");
  if (target == nullptr) return nullptr;
  const std::string name = kube.context.text(*target, "name");
  const std::string kind = kube.context.text(*target, "kind");
  for (const Workload& workload : kube.workloads) {
    const KubeObject& own = *workload.object;
    if (own.name == name && own.space == object.space && (kind.empty() || own.kind == kind)) {
      return &workload;
    }
  }
  return nullptr;
}

/// "Resource cpu", for the report.
std::string metric_of(Context& context, const Document& metric) {
  std::string text = context.text(metric, "type");
  for (const Document::Entry& entry : metric.entries) {
    if (entry.value.kind != Document::Kind::map) continue;
    const Document* named = context.map(entry.value, "metric");
    std::string name = context.text(named != nullptr ? *named : entry.value, "name");
    if (name.empty()) name = context.text(entry.value, "metricName");  // of the betas
    if (!name.empty()) text += " " + name;
  }
  return text;
}

}  // namespace

void replicas_of_autoscaler(Kube& kube, Workload& workload) {
  Context& context = kube.context;
  for (const KubeObject& object : kube.objects) {
    if (object.kind != "HorizontalPodAutoscaler" || object.space != workload.object->space)
      continue;
    const Document* spec = context.map(*object.root, "spec");
    const Document* target = spec != nullptr ? context.map(*spec, "scaleTargetRef") : nullptr;
    if (target == nullptr || context.text(*target, "name") != workload.object->name) continue;
    const auto least = context.whole(*spec, "minReplicas", 0, kMostScaled);
    if (!least) continue;
    const Document& node = *spec->find("minReplicas");
    workload.replicas = *least;
    workload.replicas_at = node.at;
    workload.replicas_remark = ": minReplicas";
    context.coverage.approximated(
        node, fmt::format("apps.{}.instances: {}, and it stays so", workload.app, *least));
  }
}

void read_autoscaler(Kube& kube, const KubeObject& object) {
  Context& context = kube.context;
  const Document* spec = context.map(*object.root, "spec");
  if (spec == nullptr) return;
  const Workload* target = target_of(kube, object, *spec);
  if (const Document* node = spec->find("scaleTargetRef")) {
    if (target != nullptr) {
      context.coverage.mapped(*node, "apps." + target->app);
    } else {
      context.coverage.unsupported(*node, "it concerns no pods of these files");
    }
  }
  if (const Document* metrics = context.list(*spec, "metrics")) {
    for (const Document& metric : metrics->items) {
      if (metric.kind != Document::Kind::map) continue;
      context.coverage.unsupported(
          metric, fmt::format("the model does not scale by itself, so not by {} either",
                              metric_of(context, metric)));
    }
  }
  for (const Document::Entry& entry : spec->entries) {
    if (entry.key == "metrics" || context.coverage.has(entry.value)) continue;
    context.coverage.unsupported(entry.value,
                                 "the model does not scale by itself; the count stays as it is");
  }
}

}  // namespace leapday::import
