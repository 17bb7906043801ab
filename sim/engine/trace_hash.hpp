/// \file trace_hash.hpp
/// The digest of a run: each entity's own chain of outcomes, summed.
/// Why: it does not depend on the order in which entities were created or unrelated entities'
/// events were popped, so two implementations of one mechanism can be held against each other.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "leapday/random.hpp"

namespace leapday::engine {

class TraceHash {
 public:
  /// The chain of this name; the same name gives the same chain again.
  std::uint32_t add_entity(std::string_view name) {
    const std::uint64_t start = hash_name(name);
    const auto [found, is_new] =
        index_.try_emplace(start, static_cast<std::uint32_t>(chains_.size()));
    if (is_new) chains_.push_back({start, start});
    return found->second;
  }
  /// Appends a word to an entity's chain; the order within one entity matters.
  void mix(std::uint32_t entity, std::uint64_t word) {
    Chain& chain = chains_[entity];
    chain.value = hash_combine(chain.value, word);
  }
  /// Adds a word in any order: for outcomes that are a set, such as requests settled at one time.
  void add(std::uint64_t word) { unordered_ += word; }
  /// Wrapping sum of the finalised chains. An entity to which nothing happened adds nothing.
  std::uint64_t value() const {
    std::uint64_t sum = unordered_;
    for (const Chain& chain : chains_) {
      if (chain.value != chain.start) sum += hash_combine(chain.value, chain.start);
    }
    return sum;
  }

 private:
  struct Chain {
    std::uint64_t start;
    std::uint64_t value;
  };
  std::vector<Chain> chains_;
  std::unordered_map<std::uint64_t, std::uint32_t> index_;  ///< By name's hash; never iterated.
  std::uint64_t unordered_ = 0;
};

}  // namespace leapday::engine
