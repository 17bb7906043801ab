/// \file coverage.hpp
/// Notes what became of each attribute of an imported document.
/// Why: an importer that drops an attribute in silence rehearses another system.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "leapday/document.hpp"
#include "leapday/import.hpp"

namespace leapday::import {

/// Nodes are known by their address: the documents must stay where they are. A note on a map or
/// list speaks for everything in it that has none of its own.
class Coverage {
 public:
  using Fate = ImportFinding::Fate;
  void note(const Document& node, Fate fate, std::string text);
  void mapped(const Document& node, std::string key) { note(node, Fate::mapped, std::move(key)); }
  void approximated(const Document& node, std::string how) {
    note(node, Fate::approximated, std::move(how));
  }
  void unsupported(const Document& node, std::string why) {
    note(node, Fate::unsupported, std::move(why));
  }
  void outside(const Document& node, std::string why = "no part of a rehearsal") {
    note(node, Fate::outside, std::move(why));
  }
  bool has(const Document& node) const { return notes_.contains(&node); }
  /// What was noted of the innermost of nested nodes; nullptr when nothing was.
  const std::string* unsupported_of(const std::vector<const Document*>& nested) const;

  /// The findings of one document in its order; a value that nobody noted is unsupported.
  void collect(const Document& root, const std::string& label,
               std::vector<ImportFinding>& out) const;

 private:
  struct Note {
    Fate fate;
    std::string text;
  };
  void walk(const Document& node, const SourceLocation& at, const std::string& label,
            const std::string& path, bool covered, std::vector<ImportFinding>& out) const;

  std::unordered_map<const Document*, Note> notes_;
};

}  // namespace leapday::import
