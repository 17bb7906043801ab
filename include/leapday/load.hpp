/// \file load.hpp
/// From text to a validated scenario, and the language's self-description.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "leapday/platform.hpp"
#include "leapday/problem.hpp"
#include "leapday/registry.hpp"
#include "leapday/scenario.hpp"

namespace leapday {

struct LoadOptions {
  std::string environment;                               ///< --env; empty for none.
  std::vector<std::pair<std::string, std::string>> set;  ///< --set peak=900/s
  /// A platform profile in place of the file's. What the file sets for its own platform (`set`,
  /// `algorithms`) is left out, unless it is the same.
  std::string platform;
};

/// Reads, merges, decodes and checks a scenario file. Every problem found is returned.
Result<ScenarioFile> load(const std::string& path, const Registry& registry,
                          const LoadOptions& options = {});
/// The same from text; `name` stands for the file in messages, and files it names are looked for
/// in `folder` (none may be when it is empty).
Result<ScenarioFile> load_text(std::string_view text, const std::string& name,
                               const std::string& folder, const Registry& registry,
                               const LoadOptions& options = {});

/// JSON schema (draft 2020-12) of the language, generated from the field lists.
std::string json_schema(const Registry& registry);
/// The reference page (Markdown), generated from the field lists.
std::string reference_page(const Registry& registry);
/// What a key means, such as "apps.*.routing.policy" or "apps.shop.routing"; nearest keys as the
/// fix when there is none. "platform NAME" gives a profile's table.
Result<std::string> explain(std::string_view key, const Registry& registry);
/// A commented scenario that runs at once.
std::string starter_scenario();

/// Names of the platform profiles that ship with Leapday.
std::vector<std::string> profile_names();
Result<PlatformProfile> load_profile(std::string_view name);

/// The scenario library that ships with Leapday: name ("zone-loss") and the file's text. Files
/// that such a scenario names (manifests, logs) are not part of it.
std::vector<std::pair<std::string, std::string>> library_scenarios();

}  // namespace leapday
