/// \file kubernetes_budget.cpp
/// PodDisruptionBudget, of policy/v1 and v1beta1.
/// Why: a budget is what makes a drain wait; without it a rehearsal of maintenance is too kind.
#include <fmt/format.h>

#include "leapday/words.hpp"
#include "scenarios/import/kubernetes.hpp"

namespace leapday::import {
namespace {

/// `minAvailable: 2` or `minAvailable: 75%` as keys of disruption_budget.
void put_limit(Kube& kube, const Document& spec, std::string_view key, const std::string& own,
               const std::vector<Workload*>& found) {
  Context& context = kube.context;
  const Document* node = context.scalar(spec, key);
  if (node == nullptr) return;
  std::string_view text = node->text;
  const bool percent = text.ends_with('%');
  if (percent) text.remove_suffix(1);
  const auto number = whole_number(text);
  if (!number || *number < 0 || (percent && *number > 100)) {
    return context.problem(
        *node, key, fmt::format("\"{}\" is no count and no percentage", printable(node->text)),
        "write a number such as 1, or a percentage such as 25%");
  }
  const std::string name = percent ? own + "_share" : own;
  const std::string value = fmt::format("{}{}", *number, percent ? "%" : "");
  std::string paths;
  for (Workload* workload : found) {
    workload->lines.at("disruption_budget").put(name, value, node->at);
    paths += fmt::format("{}apps.{}.disruption_budget.{}", paths.empty() ? "" : ", ", workload->app,
                         name);
  }
  if (found.size() == 1) {
    context.coverage.mapped(*node, fmt::format("{}: {}", paths, value));
  } else if (found.size() > 1) {
    context.coverage.approximated(*node,
                                  fmt::format("{}: {} of each, not of all together", paths, value));
  }
}

}  // namespace

void read_budget(Kube& kube, const KubeObject& object) {
  Context& context = kube.context;
  const Document* spec = context.map(*object.root, "spec");
  if (spec == nullptr) return;
  const Document* selector = context.map(*spec, "selector");
  const Document* labels = selector != nullptr ? context.map(*selector, "matchLabels") : nullptr;
  std::vector<Workload*> found;
  if (labels != nullptr) found = kube.selected(labels_of(context, labels), object.space);
  if (found.empty()) {
    return context.coverage.unsupported(*spec, "it selects no pods of these files by their labels");
  }
  std::string apps;
  for (const Workload* workload : found) apps += (apps.empty() ? "" : ", ") + workload->app;
  context.coverage.mapped(*labels, "budget of " + apps);
  context.unsupported(*selector, {"matchExpressions"}, "pods are selected by their labels here");
  put_limit(kube, *spec, "minAvailable", "min_available", found);
  put_limit(kube, *spec, "maxUnavailable", "max_unavailable", found);
  if (const Document* policy = context.scalar(*spec, "unhealthyPodEvictionPolicy")) {
    if (policy->text == "IfHealthyBudget") {
      context.coverage.mapped(*policy, "what is not ready goes while the budget is kept, as here");
    } else {
      context.coverage.unsupported(*policy, "what is not ready goes while the budget is kept");
    }
  }
}

}  // namespace leapday::import
