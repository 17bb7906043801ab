/// \file cf_changes.cpp
/// What a push of the newer manifest changes, and what no release can say. Why: see cf_changes.hpp.
#include "scenarios/import/cf_changes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "scenarios/import/cf_manifest.hpp"
#include "scenarios/import/difference.hpp"

namespace leapday::import {
namespace {

using Fate = ImportFinding::Fate;

/// Keys of a manifest that a release can state.
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kOfRelease{
    {{"instances", "instances"}, {"memory", "memory"}, {"disk-quota", "disk"}}};
/// Keys that make the droplet another one.
constexpr std::array<std::string_view, 10> kCode{
    "buildpack", "buildpacks", "docker", "docker-image", "stack",
    "path",      "command",    "env",    "sidecars",     "droplet-path"};

const CfApplication* find(const std::vector<CfApplication>& apps, const std::string& name) {
  const auto found = std::find_if(apps.begin(), apps.end(),
                                  [&](const CfApplication& app) { return app.name == name; });
  return found == apps.end() ? nullptr : &*found;
}

/// The release's keys whose values the newer manifest states otherwise. What it no longer states
/// stays as it is, as with `cf push`.
Line next_of(const CfApplication& before, const CfApplication& after) {
  Line next;
  next.key = "next";
  next.put("like", "running");
  for (const auto& [key, own] : kOfRelease) {
    const Line* old = before.lines.find(own);
    const Line* now = after.lines.find(own);
    if (now == nullptr || (old != nullptr && old->value == now->value)) continue;
    next.below.push_back(*now);
  }
  return next;
}

/// The attribute's own key, with dashes: that of the app or of its web process.
std::string key_of(const Difference& one) {
  const bool process = one.keys.size() > 2 && one.keys.front() == "processes";
  return dashed(process ? one.keys[2] : one.keys.front());
}

std::pair<Fate, std::string> judge(const Difference& one, const CfApplication& before,
                                   const Line& next) {
  const std::string key = key_of(one);
  const std::string& app = before.lines.key;
  const bool other_process = one.keys.front() == "processes" && one.has("[web]") == false;
  if (other_process) return {Fate::unsupported, "only the web process is rehearsed"};
  for (const auto& [name, own] : kOfRelease) {
    if (name != key) continue;
    const Line* line = next.find(own);
    if (line != nullptr) {
      return {Fate::mapped, fmt::format("apps.{}.releases.next.{}: {}", app, own, line->value)};
    }
    if (one.after == nullptr) {
      return {Fate::mapped, "a push without it leaves it as it is"};
    }
    return {Fate::mapped, "the same for the app, in other words"};
  }
  if (std::find(kCode.begin(), kCode.end(), key) != kCode.end()) {
    return {Fate::approximated,
            fmt::format("apps.{}.releases.next is what is pushed; how it behaves is not in the "
                        "manifest",
                        app)};
  }
  if (without_effect(key) || key == "name") return {Fate::outside, "no part of a rehearsal"};
  return {Fate::unsupported,
          "it belongs to the app, not to a release; the older manifest's holds throughout"};
}

}  // namespace

void compare_cf(std::vector<CfApplication>& before, const std::vector<CfApplication>& after,
                std::vector<ImportFinding>& changes) {
  for (const CfApplication& now : after) {
    const std::string label = "application " + now.name;
    const CfApplication* old = find(before, now.name);
    if (old == nullptr) {
      changes.push_back({now.merged.at, Fate::unsupported, label,
                         "new: the rehearsal begins without it; import the newer manifest alone to "
                         "have it"});
      continue;
    }
    const auto found = differences(old->merged, now.merged);
    if (found.empty()) continue;
    const Line next = next_of(*old, now);
    for (const Difference& one : found) {
      const auto [fate, text] = judge(one, *old, next);
      changes.push_back(
          {one.at(), fate, label + " " + one.path(), fmt::format("{}: {}", one.told(), text)});
    }
    before[static_cast<std::size_t>(old - before.data())].next = next;
  }
  for (const CfApplication& old : before) {
    if (find(after, old.name) != nullptr) continue;
    changes.push_back({old.merged.at, Fate::unsupported, "application " + old.name,
                       "no longer there: in the rehearsal it stays as it is"});
  }
}

}  // namespace leapday::import
