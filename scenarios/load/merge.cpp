/// \file merge.cpp
/// The merge rule. Why: see merge.hpp.
#include "scenarios/load/merge.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace leapday::loading {

bool is_law_or_assumption(const Document& node) {
  static constexpr std::array<std::string_view, 9> kLaws{"deterministic", "exponential", "uniform",
                                                         "lognormal",     "gamma",       "pareto",
                                                         "weibull",       "empirical",   "mixture"};
  if (node.kind != Document::Kind::map || node.entries.empty()) return false;
  if (node.find("assume") != nullptr) return true;
  return node.entries.size() == 1 &&
         std::find(kLaws.begin(), kLaws.end(), node.entries.front().key) != kLaws.end();
}

void merge_over(Document& base, const Document& over) {
  const bool maps = base.kind == Document::Kind::map && over.kind == Document::Kind::map;
  if (!maps || (is_law_or_assumption(over) && is_law_or_assumption(base))) {
    base = over;
    return;
  }
  std::unordered_map<std::string_view, std::size_t> index;
  for (std::size_t i = 0; i < base.entries.size(); ++i) index.emplace(base.entries[i].key, i);
  std::unordered_set<std::size_t> removed;
  std::vector<Document::Entry> added;
  for (const Document::Entry& entry : over.entries) {
    const auto found = index.find(entry.key);
    if (found == index.end()) {
      added.push_back(entry);
    } else if (entry.value.kind == Document::Kind::null) {
      removed.insert(found->second);
    } else {
      base.entries[found->second].key_at = entry.key_at;
      merge_over(base.entries[found->second].value, entry.value);
    }
  }
  index.clear();  // its keys point into what changes now
  if (!removed.empty()) {
    std::vector<Document::Entry> kept;
    for (std::size_t i = 0; i < base.entries.size(); ++i) {
      if (!removed.contains(i)) kept.push_back(std::move(base.entries[i]));
    }
    base.entries = std::move(kept);
  }
  for (Document::Entry& entry : added) base.entries.push_back(std::move(entry));
  base.at = over.at;
}

}  // namespace leapday::loading
