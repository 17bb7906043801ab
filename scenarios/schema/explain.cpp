/// \file explain.cpp
/// `leapday explain KEY`: one key, kind, metric, law or profile. Why: the reference, where one
/// works.
#include <fmt/format.h>

#include <algorithm>

#include "leapday/load.hpp"
#include "leapday/metric.hpp"
#include "scenarios/load/scalars.hpp"
#include "scenarios/load/text.hpp"
#include "scenarios/schema/key_tree.hpp"

namespace leapday {
namespace loading {
namespace {

using Type = KeyDoc::Type;

/// "apps.shop.calls[0].to" to apps, shop, calls, [], to.
std::vector<std::string> parts_of(std::string_view key) {
  std::vector<std::string> parts;
  std::string part;
  for (std::size_t i = 0; i <= key.size(); ++i) {
    const char c = i < key.size() ? key[i] : '.';
    if (c == '.' || c == '[') {
      if (!part.empty()) parts.push_back(std::move(part));
      part.clear();
      if (c == '[') {
        parts.emplace_back("[]");
        i = std::min(key.find(']', i), key.size());
      }
    } else {
      part += c;
    }
  }
  return parts;
}

/// Keys that may follow, a kind's own keys among them.
std::vector<const KeyDoc*> followers(const KeyDoc& key) {
  std::vector<const KeyDoc*> out;
  for (const KeyDoc& child : key.children) {
    out.push_back(&child);
    for (const KeyDoc& kind : child.kinds) {
      for (const KeyDoc& parameter : kind.children) out.push_back(&parameter);
    }
  }
  return out;
}

std::string describe(const KeyDoc& key, const std::string& path) {
  std::string out = fmt::format("{}: {}\n", path, type_text(key));
  if (!key.help.empty()) out += fmt::format("  {}\n", key.help);
  if (key.required) out += "  required\n";
  if (!key.default_text.empty()) out += fmt::format("  default {}\n", key.default_text);
  if (key.type == Type::integer || key.type == Type::number) {
    out += fmt::format("  from {} to {}\n", format_number(key.bounds.low),
                       format_number(key.bounds.high));
  }
  if (key.type == Type::choice || key.type == Type::kind) {
    for (const auto& [word, help] : key.choices) out += fmt::format("  {:<24} {}\n", word, help);
  }
  const KeyDoc* inner = &key;
  if ((key.type == Type::named_map || key.type == Type::list) && key.children.size() == 1) {
    inner = &key.children.front();
    if (inner->children.empty()) out += fmt::format("  of {}\n", type_text(*inner));
  }
  for (const KeyDoc& child : inner->children) {
    out +=
        fmt::format("  {:<24} {}{}\n", child.name, child.help, child.required ? " (required)" : "");
  }
  return out;
}

/// "41 verified, 12 recalled, 3 assumed", of all constants.
std::string status_counts(const PlatformProfile& profile) {
  std::string out;
  for (const std::string_view status : {"verified", "partial", "recalled", "assumed"}) {
    const auto count = std::count_if(profile.sources.begin(), profile.sources.end(),
                                     [&](const auto& s) { return s.status == status; });
    if (count > 0) out += fmt::format("{}{} {}", out.empty() ? "" : ", ", count, status);
  }
  return out;
}

std::string describe_profile(const PlatformProfile& profile) {
  std::string out = fmt::format("platform {}: {}\n", profile.name, profile.title);
  if (!profile.version_range.empty()) out += fmt::format("  read from {}\n", profile.version_range);
  if (!profile.extends.empty()) out += fmt::format("  extends {}\n", profile.extends);
  out += fmt::format("  placement {}, routing {}, restart {}\n", profile.algorithms.placement,
                     profile.algorithms.routing, profile.algorithms.restart);
  out += fmt::format("  {} constants: {}\n", profile.sources.size(), status_counts(profile));
  for (const ConstantSource& source : profile.sources) {
    out += fmt::format("  {:<28} {:<10} {:<9} {}\n", source.key, source.value, source.status,
                       source.source);
  }
  return out;
}

/// A fault kind, metric, law or policy of that name; empty when there is none.
std::string describe_plugin(std::string_view name, const Registry& registry) {
  const KeyDoc root = key_tree(registry);
  for (const KeyDoc& section : root.children) {
    const bool faults = section.name == "faults";
    if (!faults && section.name != "scaling") continue;
    for (const KeyDoc& child : section.children.front().children) {
      for (const KeyDoc& kind : child.kinds) {
        if (kind.name != name) continue;
        std::string out =
            fmt::format("{} {}: {}\n", faults ? "fault" : "scaling policy", kind.name, kind.help);
        for (const KeyDoc& parameter : kind.children) {
          out += fmt::format("  {:<24} {}, {}{}\n", parameter.name, type_text(parameter),
                             parameter.help, parameter.required ? " (required)" : "");
        }
        return out;
      }
    }
  }
  if (const Metric* metric = registry.metric(name)) {
    return fmt::format("metric {}: {}\n  asked of {}\n", name, metric->help(), metric->subjects());
  }
  for (const KeyDoc& law : law_tree(registry)) {
    if (law.name == name)
      return fmt::format("law {}: {}\n  {}\n", law.name, law.help, law.default_text);
  }
  if (const auto* policy = registry.routing.find(name)) {
    return fmt::format("routing policy {}: {}\n", name, policy->help);
  }
  if (const auto* policy = registry.placement.find(name)) {
    return fmt::format("placement policy {}: {}\n", name, policy->help);
  }
  if (const auto* policy = registry.restart.find(name)) {
    return fmt::format("restart policy {}: {}\n", name, policy->help);
  }
  return {};
}

}  // namespace
}  // namespace loading

Result<std::string> explain(std::string_view key, const Registry& registry) {
  using namespace loading;  // NOLINT
  if (key.starts_with("platform ")) {
    const Result<PlatformProfile> profile = load_profile(key.substr(9));
    if (!profile) return profile.problems();
    return describe_profile(*profile);
  }
  const KeyDoc root = key_tree(registry);
  const KeyDoc* at = &root;
  std::string path;
  for (const std::string& part : parts_of(key)) {
    const std::vector<const KeyDoc*> next = followers(*at);
    const auto match = [&](auto fits) {
      const auto found = std::find_if(next.begin(), next.end(), fits);
      return found == next.end() ? nullptr : *found;
    };
    const KeyDoc* found = match([&](const KeyDoc* k) { return k->name == part; });
    if (found == nullptr) found = match([&](const KeyDoc* k) { return k->name == "*"; });
    if (found == nullptr && at->type == KeyDoc::Type::list) {  // items need not be written
      for (const KeyDoc* inner : followers(at->children.front())) {
        if (inner->name == part) found = inner;
      }
      if (found != nullptr) path += "[]";
    }
    if (found == nullptr) {
      if (std::string plugin = describe_plugin(key, registry); !plugin.empty()) return plugin;
      std::vector<std::string> known;
      for (const KeyDoc* k : next) known.push_back(path.empty() ? k->name : path + "." + k->name);
      const std::string wrong = path.empty() ? part : path + "." + part;
      return std::vector<Problem>{
          {{}, {}, fmt::format("there is no key {}", quoted(key)), suggestion(wrong, known)}};
    }
    path += found->name == "[]" ? "[]" : (path.empty() ? "" : ".") + found->name;
    at = found;
  }
  return describe(*at, path.empty() ? "a scenario" : path);
}

}  // namespace leapday
