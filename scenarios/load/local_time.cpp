/// \file local_time.cpp
/// TZif files beside the scenario. Why: see local_time.hpp.
#include "scenarios/load/local_time.hpp"

#include <fmt/format.h>

#include "leapday/schedules.hpp"

namespace leapday::loading {
namespace {

/// tzdata's largest file has 3.5 KiB.
constexpr std::size_t kMaxZoneBytes = std::size_t{256} << 10;

void read_rules(LocalTimeRules& rules, const Document* node, const std::string& path, Files& files,
                Problems& problems) {
  const Document* named = node != nullptr ? node->find("file") : nullptr;
  const Document* rule = node != nullptr ? node->find("rule") : nullptr;
  SourceLocation at = node != nullptr ? node->at : SourceLocation{};
  if (named != nullptr) at = named->at;
  if (rule != nullptr) at = rule->at;
  if (!rules.file.empty()) {
    const auto file = files.read(rules.file, at, path + ".file", kMaxZoneBytes);
    if (!file) {
      problems.add(file.problems());
      return;
    }
    rules.bytes = (*file)->text;
    if (rules.bytes.empty()) {
      problems.add(at, path + ".file", "is empty", "name a TZif file of tzdata");
      return;
    }
  }
  if (const auto why = problem_of(rules)) {
    problems.add(at, path + (rules.file.empty() ? ".rule" : ".file"), *why,
                 rules.file.empty() ? "write it as CET-1CEST,M3.5.0,M10.5.0/3"
                                    : "copy a file of /usr/share/zoneinfo beside the scenario");
  }
}

const Document* child_of(const Document* node, std::string_view key) {
  return node != nullptr ? node->find(key) : nullptr;
}

}  // namespace

void read_local_time(Scenario& scenario, const Document& sections, Files& files,
                     Problems& problems) {
  const Document* zones = child_of(sections.find("topology"), "zones");
  for (auto& zone : scenario.topology.zones) {
    if (!zone.value.local_time) continue;
    read_rules(*zone.value.local_time, child_of(child_of(zones, zone.name), "local_time"),
               fmt::format("topology.zones.{}.local_time", zone.name), files, problems);
  }
  const Document* apps = sections.find("apps");
  for (auto& app : scenario.apps) {
    if (!app.value.cron || !app.value.cron->local_time) continue;
    const Document* cron = child_of(child_of(apps, app.name), "cron");
    read_rules(*app.value.cron->local_time, child_of(cron, "local_time"),
               fmt::format("apps.{}.cron.local_time", app.name), files, problems);
  }
}

}  // namespace leapday::loading
