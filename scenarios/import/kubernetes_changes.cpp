/// \file kubernetes_changes.cpp
/// Two versions of Kubernetes objects: what is rolled out, and what no release can say.
/// Why: the change that goes wrong is seldom the one that was looked at.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "scenarios/import/difference.hpp"
#include "scenarios/import/kubernetes.hpp"

namespace leapday::import {
namespace {

using Fate = ImportFinding::Fate;

/// What a change of an attribute means, by a key on the way to it; the first that fits counts.
enum class Meaning { release, rollout, image, app };
struct Rule {
  std::string_view key;
  Meaning meaning;
  std::string_view own;  ///< The release's key.
};
constexpr std::array<Rule, 16> kRules{{
    {"replicas", Meaning::release, "instances"},
    {"memory", Meaning::release, "memory"},
    {"cpu", Meaning::release, ""},
    {"resources", Meaning::release, ""},
    {"strategy", Meaning::rollout, ""},
    {"updateStrategy", Meaning::rollout, ""},
    {"progressDeadlineSeconds", Meaning::rollout, ""},
    {"minReadySeconds", Meaning::app, ""},
    {"image", Meaning::image, ""},
    {"readinessProbe", Meaning::app, ""},
    {"livenessProbe", Meaning::app, ""},
    {"startupProbe", Meaning::app, ""},
    {"lifecycle", Meaning::app, ""},
    {"terminationGracePeriodSeconds", Meaning::app, ""},
    {"labels", Meaning::app, ""},
    {"schedule", Meaning::app, ""},
}};

class Comparison {
 public:
  Comparison(Kube& before, Kube& after, std::vector<ImportFinding>& changes)
      : before_(before), after_(after), changes_(changes) {}

  void object(const KubeObject& after);
  void gone(const KubeObject& before);

 private:
  void workload(Workload& before, const Workload& after, const std::string& label);
  void judge(const Difference& one, const Workload& before, const Line& next);
  void release(const Difference& one, const Workload& before, const Line& next,
               std::string_view own);
  void note(const Difference& one, Fate fate, const std::string& text) {
    changes_.push_back(
        {one.at(), fate, label_ + " " + one.path(), fmt::format("{}: {}", one.told(), text)});
  }
  static Line next_of(const Workload& before, const Workload& after);

  Kube& before_;
  Kube& after_;
  std::vector<ImportFinding>& changes_;
  std::string label_;
  // Of the workload at hand:
  bool may_roll_ = false;     ///< Its kind has rollouts.
  bool pods_change_ = false;  ///< Its template differs.
  bool rolled_out_ = false;
};

const KubeObject* find(const Kube& kube, const KubeObject& like) {
  const auto found =
      std::find_if(kube.objects.begin(), kube.objects.end(), [&](const KubeObject& object) {
        return object.kind == like.kind && object.name == like.name && object.space == like.space;
      });
  return found == kube.objects.end() ? nullptr : &*found;
}

template <class Workloads>
auto* workload_of(Workloads& workloads, const KubeObject& object) {
  const auto found = std::find_if(workloads.begin(), workloads.end(),
                                  [&](const Workload& one) { return one.object == &object; });
  return found == workloads.end() ? nullptr : &*found;
}

/// What the newer object states otherwise, in a release's keys.
Line Comparison::next_of(const Workload& before, const Workload& after) {
  Line next;
  next.key = "next";
  next.put("like", "running");
  if (after.replicas != before.replicas) put_instances(next, after);
  Line sizes;
  put_sizes(sizes, after);
  Line old;
  put_sizes(old, before);
  for (const Line& line : sizes.below) {
    const Line* known = old.find(line.key);
    if (known == nullptr || known->value != line.value) next.below.push_back(line);
  }
  if (before.cpu_request && !after.cpu_request) {
    next.put("cpu_weight", cpu_shares(after), "no CPU request any more: the least share");
  }
  return next;
}

void Comparison::release(const Difference& one, const Workload& before, const Line& next,
                         std::string_view own) {
  if (own.empty()) own = one.has("limits") ? "cpu" : "cpu_request";
  const Line* line = next.find(own);
  const std::string path = fmt::format("apps.{}.releases.next.{}", before.app, own);
  if (line != nullptr && own == "instances" && !pods_change_) {
    note(one, Fate::approximated,
         fmt::format("{}: {}, by a rollout; Kubernetes adds or removes pods and replaces none",
                     path, line->value));
  } else if (line != nullptr) {
    note(one, Fate::mapped, fmt::format("{}: {}", path, line->value));
  } else if (one.after == nullptr) {
    note(one, Fate::unsupported, "a release can change a size but not take it away");
  } else {
    note(one, Fate::mapped, "the same for the app, in other words");
  }
}

void Comparison::judge(const Difference& one, const Workload& before, const Line& next) {
  const std::string& kind = before.object->kind;
  if (!may_roll_ && one.keys.front() != "metadata") {
    return note(one, Fate::unsupported,
                fmt::format("a {} is not rolled out; the older file's holds throughout", kind));
  }
  const std::string* reason =
      one.after != nullptr ? after_.context.coverage.unsupported_of(one.nested) : nullptr;
  if (reason != nullptr) return note(one, Fate::unsupported, *reason);
  const auto rule = std::find_if(kRules.begin(), kRules.end(),
                                 [&](const Rule& candidate) { return one.has(candidate.key); });
  const bool in_pod = one.has("template");
  if (rule == kRules.end() || one.keys.front() == "metadata" ||
      (rule->key == "labels" && !in_pod)) {
    return note(one, Fate::outside,
                in_pod ? "the pods are replaced for it; what it does to them is not in the file"
                       : "no part of a rehearsal");
  }
  switch (rule->meaning) {
    case Meaning::release:
      return release(one, before, next, rule->own);
    case Meaning::image:
      return note(one, Fate::approximated,
                  fmt::format("apps.{}.releases.next is the new image; how it behaves is not in "
                              "the file",
                              before.app));
    case Meaning::rollout:
      if (rolled_out_) {
        return note(one, Fate::mapped,
                    fmt::format("deployments.{}-rollout goes by the newer file", before.app));
      }
      return note(one, Fate::outside, "no pod changes, so that nothing is rolled out");
    case Meaning::app:
      return note(one, Fate::unsupported,
                  "it belongs to the app, not to a release; the older file's holds throughout");
  }
}

void Comparison::workload(Workload& before, const Workload& after, const std::string& label) {
  label_ = label;
  const auto found = differences(*before.object->root, *after.object->root);
  if (found.empty()) return;
  const std::string& kind = before.object->kind;
  may_roll_ = !before.is_job && kind != "Pod" && !kind.starts_with("Replica");
  pods_change_ = std::any_of(found.begin(), found.end(),
                             [](const Difference& one) { return one.has("template"); });
  const Line next = next_of(before, after);
  rolled_out_ = may_roll_ && (pods_change_ || next.below.size() > 1);
  for (const Difference& one : found) judge(one, before, next);
  if (!rolled_out_) return;
  before.next = next;
  before.next_memory = after.memory;
  before.rollout = after.rollout;
}

void Comparison::object(const KubeObject& after) {
  const KubeObject* before = find(before_, after);
  if (before == nullptr) {
    changes_.push_back({after.root->at, Fate::unsupported, after.label,
                        "new: the rehearsal begins without it; import the newer files alone to "
                        "have it"});
    return;
  }
  Workload* old = workload_of(before_.workloads, *before);
  const Workload* now = workload_of(after_.workloads, after);
  if (old != nullptr && now != nullptr) return workload(*old, *now, after.label);
  label_ = after.label;
  for (const Difference& one : differences(*before->root, *after.root)) {
    if (one.keys.front() == "metadata" || one.keys.front() == "apiVersion") {
      note(one, Fate::outside, "no part of a rehearsal");
    } else {
      note(one, Fate::unsupported,
           "only what runs is rolled out; the older file's holds throughout");
    }
  }
}

void Comparison::gone(const KubeObject& before) {
  if (find(after_, before) != nullptr) return;
  changes_.push_back({before.root->at, Fate::unsupported, before.label,
                      "no longer there: in the rehearsal it stays as it is"});
}

}  // namespace

void compare_kubernetes(Kube& before, Kube& after, std::vector<ImportFinding>& changes) {
  before.compared = true;
  Comparison comparison(before, after, changes);
  for (const KubeObject& object : after.objects) comparison.object(object);
  for (const KubeObject& object : before.objects) comparison.gone(object);
}

}  // namespace leapday::import
