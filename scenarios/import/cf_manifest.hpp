/// \file cf_manifest.hpp
/// Cloud Foundry manifests, as `apps.NAME.manifest` and `releases.NAME.manifest` import them.
/// Why: a real release is described by its manifest already; typing it again invites mistakes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "leapday/document.hpp"

namespace leapday::import {

/// What a manifest says of one app, in this language's keys.
struct CfApp {
  Document app;  ///< instances, memory, disk, labels, routing: {policy}, health: {...}
  std::vector<std::string> warnings;
  std::vector<Problem> problems;
};

/// Takes the manifest's only app, or the one named `app_name`. A placeholder such as
/// `((instances))` is kept as its text: the caller decides whether anything replaces it.
CfApp import_cf_manifest(const Document& manifest, std::string_view app_name);

/// True for a key that a rehearsal has no use for, with dashes.
bool without_effect(std::string_view key);
/// `health_check_type` and `health-check-type` are the same key.
std::string dashed(std::string_view key);
/// True for a text that holds a `((placeholder))`.
bool has_placeholder(std::string_view text);

}  // namespace leapday::import
