/// \file kubernetes_placement.cpp
/// Where a pod may run: node selectors, tolerations, affinities and spreading.
/// Why: these rules keep pods pending when nodes are lost, which no other attribute shows.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "leapday/words.hpp"
#include "scenarios/import/kubernetes.hpp"

namespace leapday::import {
namespace {

struct Word {
  std::string_view theirs, ours;
};
constexpr std::array<Word, 3> kEffects{{{"NoSchedule", "no_schedule"},
                                        {"PreferNoSchedule", "prefer_no_schedule"},
                                        {"NoExecute", "no_execute"}}};
constexpr std::array<Word, 4> kOperators{
    {{"In", "in"}, {"NotIn", "not_in"}, {"Exists", "exists"}, {"DoesNotExist", "does_not_exist"}}};
constexpr std::array<Word, 5> kTopologies{{{"kubernetes.io/hostname", "host"},
                                           {"topology.kubernetes.io/zone", "zone"},
                                           {"failure-domain.beta.kubernetes.io/zone", "zone"},
                                           {"topology.kubernetes.io/region", "region"},
                                           {"failure-domain.beta.kubernetes.io/region", "region"}}};

template <std::size_t N>
std::optional<std::string> word(const std::array<Word, N>& words, std::string_view theirs) {
  for (const Word& one : words) {
    if (one.theirs == theirs) return std::string(one.ours);
  }
  return std::nullopt;
}

class PodPlacement {
 public:
  PodPlacement(Kube& kube, Workload& workload)
      : kube_(kube), context_(kube.context), workload_(workload), path_("apps." + workload.app) {}

  void read(const Document& spec) {
    if (const Document* labels = context_.map(spec, "nodeSelector")) selector(*labels);
    if (const Document* list = context_.list(spec, "tolerations")) tolerations(*list);
    if (const Document* affinity = context_.map(spec, "affinity")) {
      if (const Document* node = context_.map(*affinity, "nodeAffinity")) node_affinity(*node);
      if (const Document* apart = context_.map(*affinity, "podAntiAffinity")) anti_affinity(*apart);
      context_.unsupported(*affinity, {"podAffinity"}, "no app is drawn to where another runs");
    }
    if (const Document* list = context_.list(spec, "topologySpreadConstraints")) spread(*list);
    context_.unsupported(spec, {"nodeName"}, "hosts are not chosen by name; select their labels");
  }

 private:
  using Labels = std::vector<std::pair<std::string, std::string>>;

  /// The invented hosts get what is selected; false when they have another value already.
  bool labelled(const Labels& wanted) {
    for (const auto& [key, value] : wanted) {
      const auto known = kube_.host_labels.find(key);
      if (known != kube_.host_labels.end() && known->second != value) return false;
    }
    for (const auto& [key, value] : wanted) kube_.host_labels.emplace(key, value);
    return true;
  }
  static constexpr std::string_view kConflict =
      "another workload selects other nodes by this label, and the cluster's nodes are not in the "
      "files: label zones and state it by hand";

  void selector(const Document& labels) {
    Labels wanted;
    bool named = true;
    for (const auto& [key, value] : labels_of(context_, &labels)) {
      wanted.emplace_back(key, value);
      named = named && can_be_named(context_, key);
    }
    if (!named) {
      return context_.coverage.unsupported(labels, "a label's name is none of the language's");
    }
    if (!labelled(wanted)) return context_.coverage.unsupported(labels, std::string(kConflict));
    for (const Document::Entry& entry : labels.entries) {
      workload_.lines.at("node_selector").put_text(entry.key, entry.value.text, entry.key_at);
      context_.coverage.mapped(entry.value, fmt::format("{}.node_selector.{}", path_, entry.key));
    }
  }

  void tolerations(const Document& list) {
    for (const Document& one : list.items) {
      if (one.kind != Document::Kind::map) continue;
      Line item;
      const std::string effect = context_.text(one, "effect");
      const auto ours = word(kEffects, effect);
      if (!effect.empty() && !ours) {
        context_.coverage.unsupported(one, "its effect is none that Kubernetes documents");
        continue;
      }
      const std::string key = context_.text(one, "key");
      if (!key.empty()) item.put_text("key", key, one.at);
      if (context_.text(one, "operator") == "Exists") {
        item.put("operator", "exists");
      } else {
        item.put_text("value", context_.text(one, "value"), one.at);
      }
      if (ours) item.put("effect", *ours);
      workload_.lines.at("tolerations").item(std::move(item), one.at);
      context_.coverage.mapped(one, path_ + ".tolerations");
      context_.unsupported(one, {"tolerationSeconds"},
                           "taints do not come during a run; the platform's eviction_delay holds "
                           "for lost hosts");
    }
  }

  /// `match: [...]` of a term, or nothing when a rule has no counterpart.
  std::optional<Line> term(const Document& node, Labels* wanted) {
    const Document* rules = context_.list(node, "matchExpressions");
    if (rules == nullptr || rules->items.empty() || node.find("matchFields") != nullptr) {
      return std::nullopt;
    }
    Line match;
    for (const Document& rule : rules->items) {
      if (rule.kind != Document::Kind::map) return std::nullopt;
      const auto compare = word(kOperators, context_.text(rule, "operator"));
      if (!compare) return std::nullopt;
      Line item;
      const std::string label = context_.text(rule, "key");
      item.put_text("label", label, rule.at);
      if (*compare != "in") item.put("operator", *compare);
      const Document* values = context_.list(rule, "values");
      for (std::size_t i = 0; values != nullptr && i < values->items.size(); ++i) {
        item.at("values").item_text(values->items[i].text, values->items[i].at);
      }
      if (wanted != nullptr && *compare == "in" && values != nullptr && !values->items.empty()) {
        wanted->emplace_back(label, values->items.front().text);
      }
      if (wanted != nullptr && *compare == "exists") wanted->emplace_back(label, "true");
      if (wanted != nullptr && !wanted->empty() && !can_be_named(context_, wanted->back().first)) {
        return std::nullopt;
      }
      match.item(std::move(item), rule.at);
    }
    return match;
  }

  void node_affinity(const Document& affinity) {
    constexpr std::string_view kRequired = "requiredDuringSchedulingIgnoredDuringExecution";
    constexpr std::string_view kPreferred = "preferredDuringSchedulingIgnoredDuringExecution";
    if (const Document* required = context_.map(affinity, kRequired)) required_nodes(*required);
    const Document* preferred = context_.list(affinity, kPreferred);
    if (preferred == nullptr) return;
    for (const Document& one : preferred->items) {
      if (one.kind != Document::Kind::map) continue;
      const Document* preference = context_.map(one, "preference");
      auto match = preference != nullptr ? term(*preference, nullptr) : std::nullopt;
      if (!match) {
        context_.coverage.unsupported(one, "only labels that are, are not or are one of a list");
        continue;
      }
      Line item;
      item.put("weight", std::to_string(context_.whole(one, "weight", 1, 100).value_or(1)));
      item.at("match").below = std::move(match->below);
      workload_.lines.at("node_affinity").at("preferred").item(std::move(item), one.at);
      context_.coverage.mapped(one, path_ + ".node_affinity.preferred");
    }
  }

  void required_nodes(const Document& required) {
    const Document* terms = context_.list(required, "nodeSelectorTerms");
    if (terms == nullptr) return;
    Line list;
    Labels wanted;
    for (const Document& one : terms->items) {
      // The hosts that are made up fit the first.
      auto match = one.kind == Document::Kind::map
                       ? term(one, list.below.empty() ? &wanted : nullptr)
                       : std::nullopt;
      if (!match) {
        return context_.coverage.unsupported(required,
                                             "only labels that are, are not or are one of a list");
      }
      Line item;
      item.at("match").below = std::move(match->below);
      list.item(std::move(item), one.at);
    }
    if (!labelled(wanted)) return context_.coverage.unsupported(required, std::string(kConflict));
    workload_.lines.at("node_affinity").at("required").below = std::move(list.below);
    context_.coverage.mapped(required, path_ + ".node_affinity.required");
  }

  /// The pods of this workload are among those that a selector takes.
  bool takes_itself(const Document& rule) {
    const Document* selector = context_.map(rule, "labelSelector");
    if (selector == nullptr) return false;
    for (const auto& [key, value] : labels_of(context_, context_.map(*selector, "matchLabels"))) {
      const auto own = workload_.labels.find(key);
      if (own == workload_.labels.end() || own->second != value) return false;
    }
    const Document* rules = context_.list(*selector, "matchExpressions");
    return rules == nullptr || std::all_of(rules->items.begin(), rules->items.end(),
                                           [this](const Document& one) { return holds(one); });
  }
  bool holds(const Document& rule) {
    if (rule.kind != Document::Kind::map) return false;
    const auto own = workload_.labels.find(context_.text(rule, "key"));
    const std::string compare = context_.text(rule, "operator");
    const Document* values = context_.list(rule, "values");
    const bool there = own != workload_.labels.end();
    const bool listed = there && values != nullptr &&
                        std::any_of(values->items.begin(), values->items.end(),
                                    [&](const Document& v) { return v.text == own->second; });
    if (compare == "In") return listed;
    if (compare == "NotIn") return !listed;
    return compare == "Exists" ? there : compare == "DoesNotExist" && !there;
  }

  /// What a rule on this workload's own pods counts by; else notes `node` as unsupported.
  std::optional<std::string> across(const Document& node, const Document& rule) {
    const auto by = word(kTopologies, context_.text(rule, "topologyKey"));
    if (!by) {
      context_.coverage.unsupported(node, "instances are counted by host, zone and region only");
    } else if (!takes_itself(rule)) {
      context_.coverage.unsupported(node, "it is about other pods than the workload's own");
      return std::nullopt;
    }
    return by;
  }

  void anti_affinity(const Document& apart) {
    const Document* required =
        context_.list(apart, "requiredDuringSchedulingIgnoredDuringExecution");
    for (std::size_t i = 0; required != nullptr && i < required->items.size(); ++i) {
      const Document& one = required->items[i];
      if (one.kind != Document::Kind::map) continue;
      const auto by = across(one, one);
      if (!by) continue;
      Line item;
      item.value = *by;
      workload_.lines.at("anti_affinity").at("required").item(std::move(item), one.at);
      context_.coverage.mapped(one, path_ + ".anti_affinity.required: " + *by);
    }
    const Document* preferred =
        context_.list(apart, "preferredDuringSchedulingIgnoredDuringExecution");
    for (std::size_t i = 0; preferred != nullptr && i < preferred->items.size(); ++i) {
      const Document& one = preferred->items[i];
      if (one.kind != Document::Kind::map) continue;
      const Document* rule = context_.map(one, "podAffinityTerm");
      const auto by = rule != nullptr ? across(one, *rule) : std::nullopt;
      if (!by) continue;
      Line item;
      item.put("across", *by);
      item.put("weight", std::to_string(context_.whole(one, "weight", 1, 100).value_or(1)));
      workload_.lines.at("anti_affinity").at("preferred").item(std::move(item), one.at);
      context_.coverage.mapped(one, path_ + ".anti_affinity.preferred: " + *by);
    }
  }

  void spread(const Document& list) {
    for (const Document& one : list.items) {
      if (one.kind != Document::Kind::map) continue;
      const auto by = across(one, one);
      if (!by) continue;
      const bool soft = context_.text(one, "whenUnsatisfiable") == "ScheduleAnyway";
      Line item;
      item.put("across", *by);
      item.put("max_skew",
               std::to_string(context_.whole(one, "maxSkew", 1, 2'000'000).value_or(1)));
      if (soft) item.put("when_unsatisfiable", "schedule_anyway");
      if (!soft && context_.text(one, "nodeTaintsPolicy") == "Honor") {
        item.put("node_taints", "honor");
      }
      workload_.lines.at("topology_spread").item(std::move(item), one.at);
      context_.coverage.mapped(one, path_ + ".topology_spread");
      context_.unsupported(one, {"minDomains", "matchLabelKeys"},
                           "every place and every release of the app counts");
      if (context_.text(one, "nodeAffinityPolicy") == "Ignore") {
        context_.unsupported(one, {"nodeAffinityPolicy"},
                             "places that the app does not select do not count");
      }
    }
  }

  Kube& kube_;
  Context& context_;
  Workload& workload_;
  std::string path_;
};

}  // namespace

bool can_be_named(const Context& context, std::string_view key) {
  const bool plain = key.find_first_not_of(
                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                         "0123456789_-./") == key.npos;
  const bool letter = !key.empty() && key[0] >= 'A' && key[0] != '_';
  return plain && letter && !context.sketch.is_reserved(key) && key.size() <= 60;
}

void read_placement(Kube& kube, Workload& workload, const Document& spec) {
  PodPlacement(kube, workload).read(spec);
}

}  // namespace leapday::import
