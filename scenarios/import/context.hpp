/// \file context.hpp
/// What one import works on: the scenario being written, the coverage, the problems; and how
/// attributes are read.
/// Why: every importer refuses a wrong type in the same words.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "leapday/document.hpp"
#include "scenarios/import/coverage.hpp"
#include "scenarios/import/sketch.hpp"

namespace leapday::import {

/// What an importer is given.
struct ImportInput {
  const std::vector<Document>& documents;
  const std::vector<Document>* newer = nullptr;  ///< The same later, when the import compares.
};

struct Context {
  explicit Context(std::span<const std::string_view> reserved) : sketch(reserved) {}
  explicit Context(Sketch empty) : sketch(std::move(empty)) {}

  Sketch sketch;
  Coverage coverage;
  std::vector<Problem> problems;

  void problem(const Document& node, std::string_view key, std::string message, std::string fix) {
    problems.push_back({node.at, std::string(key), std::move(message), std::move(fix)});
  }
  /// The value under `key` when there is one; another kind than the wanted one is a problem.
  const Document* get(const Document& map, std::string_view key, Document::Kind kind);
  const Document* map(const Document& parent, std::string_view key) {
    return get(parent, key, Document::Kind::map);
  }
  const Document* list(const Document& parent, std::string_view key) {
    return get(parent, key, Document::Kind::sequence);
  }
  const Document* scalar(const Document& parent, std::string_view key) {
    return get(parent, key, Document::Kind::scalar);
  }
  /// The map at the end of a path of keys, or nullptr.
  const Document* map_at(const Document& parent, std::initializer_list<std::string_view> keys);
  /// The text under `key`; empty without one.
  std::string text(const Document& parent, std::string_view key);
  /// The whole number under `key`; anything else is a problem.
  std::optional<std::int64_t> whole(const Document& parent, std::string_view key, std::int64_t low,
                                    std::int64_t high);
  /// Notes what `map` has of `keys` as no part of a rehearsal.
  void outside(const Document& map, std::initializer_list<std::string_view> keys,
               const std::string& why = "no part of a rehearsal");
  void unsupported(const Document& map, std::initializer_list<std::string_view> keys,
                   const std::string& why);
};

/// Digits with an optional sign, within 15 digits.
std::optional<std::int64_t> whole_number(std::string_view text);
/// Kubernetes' quantities: 500m, 1.5, 2e3, 64Mi, 1G.
std::optional<double> quantity(std::string_view text);
/// Go's durations, as Istio has them: 1.5s, 250ms, 1m30s, 1h. In seconds.
std::optional<double> go_duration(std::string_view text);

}  // namespace leapday::import
