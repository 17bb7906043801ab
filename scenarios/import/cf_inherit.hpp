/// \file cf_inherit.hpp
/// `inherit: base.yml` of Cloud Foundry manifests, as versions of the CLI before 7 follow it.
/// Why: the base holds the sizes and services that every app of such a manifest has.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "leapday/document.hpp"

namespace leapday::import {

/// A manifest that was read for another one.
struct InheritedManifest {
  std::string path;
  Document tree;
};
/// Reads the file that a scalar names, relative to the file the scalar stands in; says itself what
/// is wrong with it.
using ReadManifest = std::function<std::optional<InheritedManifest>(const Document& named)>;

/// Lays `manifest` over what it inherits from, and that over what it inherits from itself. Circles
/// and chains of more than 16 manifests are problems.
void follow_inherit(Document& manifest, const ReadManifest& read, std::vector<Problem>& problems);

}  // namespace leapday::import
