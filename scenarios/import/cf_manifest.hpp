/// \file cf_manifest.hpp
/// Cloud Foundry manifests, as `apps.NAME.manifest` and `releases.NAME.manifest` import them.
/// Why: a real release is described by its manifest already; typing it again invites mistakes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "leapday/document.hpp"
#include "scenarios/import/app_part.hpp"
#include "scenarios/import/placeholders.hpp"

namespace leapday::import {

/// instances, memory, disk, labels, routing: {policy}, health: {...}
using CfApp = AppPart;

/// The manifest's applications; a manifest without a list of them is one itself, as older
/// versions of the CLI have it.
std::vector<const Document*> cf_applications(const Document& manifest);
/// The keys at the manifest's top that are defaults for every app.
Document cf_defaults(const Document& manifest);
/// An application with the defaults laid under it: maps merge, lists follow each other.
Document with_defaults(const Document& defaults, const Document& application);
/// Lays `over` over `base` as the CLI does: maps merge, lists follow each other, the rest wins.
void merge_manifests(Document& base, const Document& over);
/// What such an application says.
CfApp import_cf_application(const Document& application);

/// Takes the manifest's only app, or the one named `app_name`. A placeholder such as
/// `((instances))` is kept as its text: the caller decides whether anything replaces it.
CfApp import_cf_manifest(const Document& manifest, std::string_view app_name);

/// True for more than the 180 seconds that Cloud Foundry allows a start by default, an operator's
/// maximum_health_check_timeout.
bool beyond_start_timeout(const Document& timeout);
constexpr std::string_view kBeyondStartTimeout =
    "more than 180s, which Cloud Foundry refuses where no operator has raised "
    "maximum_health_check_timeout";

/// True for a key that an application may have, with dashes.
bool is_application_key(const std::string& key);
/// True for a key that a rehearsal has no use for, with dashes.
bool without_effect(std::string_view key);
/// `health_check_type` and `health-check-type` are the same key.
std::string dashed(std::string_view key);

}  // namespace leapday::import
