/// \file scheduling.hpp
/// What an app says of the hosts it may run on, and what hosts say of the apps they take.
/// Why: most instances that stay pending on the worst day do so because of a rule that was written
/// on a good one. Words and defaults are those of Kubernetes; labels and taints belong to the hosts
/// of a zone, which are all alike.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "leapday/fields.hpp"

namespace leapday {

/// What a taint does to instances that do not tolerate it. Taints stay as they are during a run, so
/// that no_execute keeps away what no_schedule keeps away, and evicts nothing.
enum class TaintEffect { no_schedule, prefer_no_schedule, no_execute };
std::span<const Choice> choices_of(TaintEffect);
enum class TolerationOperator { equal, exists };
std::span<const Choice> choices_of(TolerationOperator);
enum class LabelOperator { in, not_in, exists, does_not_exist };
std::span<const Choice> choices_of(LabelOperator);
/// What a rule on spreading counts by.
enum class Across { host, zone, region };
std::span<const Choice> choices_of(Across);
enum class Unsatisfiable { do_not_schedule, schedule_anyway };
std::span<const Choice> choices_of(Unsatisfiable);
enum class TaintsPolicy { ignore, honor };
std::span<const Choice> choices_of(TaintsPolicy);

struct Taint {
  std::string key;
  std::string value;
  TaintEffect effect = TaintEffect::no_schedule;

  void fields(FieldVisitor& v) {
    v.required("key", key, "name of the taint");
    v.optional("value", value, "its value");
    v.optional("effect", effect, "what it does to instances that do not tolerate it");
  }
};

struct Toleration {
  std::string key;
  TolerationOperator compare = TolerationOperator::equal;
  std::string value;
  std::optional<TaintEffect> effect;

  bool tolerates(const Taint& taint) const {
    if (effect && *effect != taint.effect) return false;
    if (!key.empty() && key != taint.key) return false;
    return compare == TolerationOperator::exists || value == taint.value;
  }
  void fields(FieldVisitor& v) {
    v.optional("key", key, "the taint's key; every taint when absent, with operator exists");
    v.optional("operator", compare, "whether the value matters");
    v.optional("value", value, "the taint's value");
    v.optional("effect", effect, "the taint's effect; every effect when absent");
    v.check(compare == TolerationOperator::equal || value.empty(), "value",
            "with operator exists no value is compared", "remove the value");
    v.check(compare == TolerationOperator::exists || !key.empty(), "key",
            "only operator exists may be without a key", "name the taint's key");
  }
};

/// How many taints that keep instances away, or only make hosts less liked, are not tolerated.
inline std::int64_t untolerated(const std::vector<Toleration>& tolerations,
                                const std::vector<Taint>& taints, bool only_disliked = false) {
  return std::count_if(taints.begin(), taints.end(), [&](const Taint& taint) {
    const bool disliked = taint.effect == TaintEffect::prefer_no_schedule;
    return disliked == only_disliked &&
           std::none_of(tolerations.begin(), tolerations.end(),
                        [&](const Toleration& one) { return one.tolerates(taint); });
  });
}

/// One condition on the labels of hosts.
struct LabelRule {
  std::string label;
  LabelOperator compare = LabelOperator::in;
  std::vector<std::string> values;

  bool holds(const NamedMap<std::string>& labels) const {
    const std::string* value = labels.find(label);
    const bool listed =
        value != nullptr && std::find(values.begin(), values.end(), *value) != values.end();
    switch (compare) {
      case LabelOperator::in:
        return listed;
      case LabelOperator::not_in:
        return !listed;
      case LabelOperator::exists:
        return value != nullptr;
      case LabelOperator::does_not_exist:
        break;
    }
    return value == nullptr;
  }
  void fields(FieldVisitor& v) {
    v.required("label", label, "label of a zone's hosts");
    v.optional("operator", compare, "how its value is compared");
    v.optional("values", values, "values for in and not_in");
    const bool lists = compare == LabelOperator::in || compare == LabelOperator::not_in;
    v.check(lists != values.empty(), "values",
            lists ? "in and not_in compare with values" : "exists compares with no value",
            lists ? "list at least one value" : "remove the values");
  }
};

inline bool all_hold(const std::vector<LabelRule>& rules, const NamedMap<std::string>& labels) {
  return std::all_of(rules.begin(), rules.end(),
                     [&](const LabelRule& rule) { return rule.holds(labels); });
}

/// All of its rules must hold.
struct NodeTerm {
  std::vector<LabelRule> match;

  void fields(FieldVisitor& v) {
    v.required("match", match, "conditions on a host's labels, all of which must hold");
    v.check(!match.empty(), "match", "a term without conditions matches no host",
            "list a condition, or remove the term");
  }
};

struct PreferredNodeTerm {
  std::int64_t weight = 1;
  std::vector<LabelRule> match;

  void fields(FieldVisitor& v) {
    v.optional("weight", weight, "how much a host gains that matches", {1, 100});
    v.required("match", match, "conditions on a host's labels, all of which must hold");
    v.check(!match.empty(), "match", "a term without conditions prefers nothing",
            "list a condition, or remove the term");
  }
};

struct NodeAffinity {
  std::vector<NodeTerm> required;
  std::vector<PreferredNodeTerm> preferred;

  /// Hosts with these labels may take the app.
  bool admits(const NamedMap<std::string>& labels) const {
    return required.empty() ||
           std::any_of(required.begin(), required.end(),
                       [&](const NodeTerm& term) { return all_hold(term.match, labels); });
  }
  void fields(FieldVisitor& v) {
    v.optional("required", required, "a host must match one of these");
    v.optional("preferred", preferred, "hosts that match these are liked better");
  }
};

struct PreferredApart {
  Across across = Across::host;
  std::int64_t weight = 100;

  void fields(FieldVisitor& v) {
    v.optional("across", across, "what its instances should not share");
    v.optional("weight", weight, "how much each instance that is there already costs", {1, 100});
  }
};

/// Between the instances of one app.
struct AntiAffinity {
  std::vector<Across> required;
  std::vector<PreferredApart> preferred;

  void fields(FieldVisitor& v) {
    v.optional("required", required, "what no two of its instances may share");
    v.optional("preferred", preferred, "what its instances should not share");
  }
};

struct TopologySpread {
  Across across = Across::zone;
  std::int64_t max_skew = 1;
  Unsatisfiable when_unsatisfiable = Unsatisfiable::do_not_schedule;
  TaintsPolicy node_taints = TaintsPolicy::ignore;

  void fields(FieldVisitor& v) {
    v.optional("across", across, "what instances are counted by");
    v.optional("max_skew", max_skew, "instances that one may have more than the least", {1, 2e6});
    v.optional("when_unsatisfiable", when_unsatisfiable, "whether the rule is hard or soft");
    v.optional("node_taints", node_taints,
               "whether places without a host that takes it, lost ones say, count as the least");
  }
};

}  // namespace leapday
