/// \file key_tree.hpp
/// The language as a tree of keys, collected from the field lists.
/// Why: schema, reference page and `explain` are three ways to write one tree.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "leapday/fields.hpp"
#include "leapday/registry.hpp"

namespace leapday::loading {

struct KeyDoc {
  enum class Type {
    object,
    named_map,
    list,
    boolean,
    integer,
    number,
    text,
    duration,
    percent,
    rate,
    byte_rate,
    size,
    timestamp,
    law,
    at,
    target,
    condition,
    expectation,
    good,
    choice,
    kind,
    any,  ///< Only of keys that the loader reads itself.
  };

  std::string name;  ///< "*" for what a map's user names, "[]" for a list's items.
  Type type = Type::object;
  std::string help;
  bool required = false;
  bool is_signed = false;
  bool above_one = false;
  bool recursive = false;    ///< A list inside itself: its items are those of the outer one.
  std::string default_text;  ///< Empty when absence has no value of its own.
  Bounds bounds;
  std::vector<std::pair<std::string, std::string>> choices;  ///< Of choice and kind: word, help.
  std::vector<KeyDoc> children;                              ///< Of objects; one for maps, lists.
  std::vector<KeyDoc> kinds;                                 ///< Of kind: parameters by kind.
};

/// The whole language; the root's children are its sections.
KeyDoc key_tree(const Registry& registry);
/// The probability laws, one object each; empty children where a law takes none.
std::vector<KeyDoc> law_tree(const Registry& registry);
/// The constants of platform profiles.
std::string type_text(const KeyDoc& key);

}  // namespace leapday::loading
