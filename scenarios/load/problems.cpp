/// \file problems.cpp
/// Sorting problems for a reader. Why: see problems.hpp.
#include "scenarios/load/problems.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace leapday::loading {

std::vector<Problem> Problems::take_sorted() {
  std::map<std::string, std::size_t> files;
  for (const Problem& problem : list_) files.emplace(problem.at.file, files.size());
  std::stable_sort(list_.begin(), list_.end(), [&](const Problem& a, const Problem& b) {
    return std::make_tuple(files[a.at.file], a.at.line, a.at.column) <
           std::make_tuple(files[b.at.file], b.at.line, b.at.column);
  });
  if (full_) {
    list_.push_back({{}, {}, "too many problems; the rest is not shown", "mend these first"});
  }
  seen_.clear();
  return std::move(list_);
}

}  // namespace leapday::loading
