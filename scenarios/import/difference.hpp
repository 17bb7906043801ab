/// \file difference.hpp
/// What differs between two versions of one document, attribute by attribute.
/// Why: a release is what changes, and nothing that changes may be passed over in silence.
#pragma once

#include <string>
#include <vector>

#include "leapday/document.hpp"

namespace leapday::import {

/// A plain value or a list that was changed, added or removed.
struct Difference {
  std::vector<std::string> keys;        ///< From the top; an item of a list is "[its name]".
  std::vector<const Document*> nested;  ///< Of the newer document, as far as it goes.
  const Document* before = nullptr;     ///< nullptr: it was added.
  const Document* after = nullptr;      ///< nullptr: it was removed.

  const SourceLocation& at() const { return after != nullptr ? after->at : before->at; }
  /// "spec.template.spec.containers[main].image".
  std::string path() const;
  /// "1.2 (was 1.1)", "1.2 (was not stated)", "no longer stated (was 1.1)".
  std::string told() const;
  bool has(std::string_view key) const;
};

/// Maps are compared by key, lists of maps by their items' `name` or `type` when all have one,
/// other lists as a whole.
std::vector<Difference> differences(const Document& before, const Document& after);

}  // namespace leapday::import
