/// \file problems.hpp
/// Collects what is wrong, up to a limit, and without saying the same thing twice.
/// Why: one mistake in a base file shows in every cell and environment; it is told once.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "leapday/problem.hpp"
#include "scenarios/load/limits.hpp"

namespace leapday::loading {

class Problems {
 public:
  /// False when it was known already or the list is full.
  bool add(SourceLocation at, std::string path, std::string message, std::string fix) {
    ++attempts_;
    if (list_.size() >= kMaxProblems) {
      full_ = true;
      return false;
    }
    Problem problem{std::move(at), std::move(path), std::move(message), std::move(fix)};
    if (!seen_.insert(to_string(problem)).second) return false;
    list_.push_back(std::move(problem));
    return true;
  }
  void add(Problem problem) {
    add(std::move(problem.at), std::move(problem.path), std::move(problem.message),
        std::move(problem.fix));
  }
  void add(std::vector<Problem> problems) {
    for (Problem& problem : problems) add(std::move(problem));
  }

  bool empty() const { return list_.empty(); }
  std::size_t size() const { return list_.size(); }
  /// Grows with every call of add, known problem or not: tells whether a step went well.
  std::size_t attempts() const { return attempts_; }
  bool full() const { return full_; }
  /// In the order of files as first met, then of lines.
  std::vector<Problem> take_sorted();

 private:
  std::vector<Problem> list_;
  std::set<std::string> seen_;
  std::size_t attempts_ = 0;
  bool full_ = false;
};

}  // namespace leapday::loading
