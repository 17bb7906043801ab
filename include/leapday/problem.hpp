/// \file problem.hpp
/// What is wrong with an input, where, and how to mend it.
/// Why: input errors are values, all reported at once; exceptions are for broken code.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace leapday {

/// A place in a file; line and column count from 1, 0 means unknown.
struct SourceLocation {
  std::string file;
  int line = 0;
  int column = 0;
};

/// One thing wrong with an input.
struct Problem {
  SourceLocation at;
  std::string path;     ///< Where in the document: "faults.cell-dies.target".
  std::string message;  ///< What is wrong.
  std::string fix;      ///< How to mend it; may be empty.
};

/// "file:line:column: error: path: message\n  fix: ..." without a trailing newline; control and
/// format characters of a file's own words are escaped, see leapday/words.hpp.
std::string to_string(const Problem& problem);

/// A value, or every problem found while making it.
template <class T>
class Result {
 public:
  Result(T value) : value_(std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Result(std::vector<Problem> problems) : problems_(std::move(problems)) {}  // NOLINT

  explicit operator bool() const { return value_.has_value(); }
  /// The value; only when the result converts to true.
  const T& value() const& { return *value_; }
  T& value() & { return *value_; }
  T&& value() && { return std::move(*value_); }
  const T* operator->() const { return &*value_; }
  const T& operator*() const& { return *value_; }
  T&& operator*() && { return std::move(*value_); }
  /// Every problem, in file order; empty when there is a value.
  const std::vector<Problem>& problems() const { return problems_; }

 private:
  std::optional<T> value_;
  std::vector<Problem> problems_;
};

}  // namespace leapday
