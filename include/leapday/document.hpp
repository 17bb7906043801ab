/// \file document.hpp
/// A parsed YAML or JSON document as a positioned tree.
/// Why: every later stage can name the line it complains about, without seeing the YAML library.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "leapday/problem.hpp"

namespace leapday {

/// One node. A value type: overlays copy and merge nodes freely.
struct Document {
  enum class Kind { null, scalar, sequence, map };
  struct Entry;

  Kind kind = Kind::null;
  SourceLocation at;
  std::string text;             ///< Of a scalar, after `$var` substitution.
  bool quoted = false;          ///< The scalar was quoted in the source, so it is a string.
  std::string from_variable;    ///< Name of the variable that supplied (part of) it, or empty.
  std::vector<Document> items;  ///< Of a sequence.
  std::vector<Entry> entries;   ///< Of a map, in file order, keys unique.

  /// The value under `key`, or nullptr.
  const Document* find(std::string_view key) const;
  Document* find(std::string_view key);
};

struct Document::Entry {
  std::string key;
  SourceLocation key_at;
  Document value;
};

}  // namespace leapday
