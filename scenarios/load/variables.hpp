/// \file variables.hpp
/// `vars` and `$name`: whole values, or parts of an expression.
/// Why: one number, such as the peak rate, belongs in one place and in the matrix.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "leapday/document.hpp"
#include "scenarios/load/problems.hpp"

namespace leapday::loading {

/// What Document::from_variable says of a value that could not be filled in: it was reported
/// already.
inline constexpr std::string_view kUnresolved = "?";

class Variables {
 public:
  /// `values` by name, as written: they may refer to each other.
  Variables(std::map<std::string, Document> values, Problems& problems)
      : raw_(std::move(values)), problems_(problems) {}

  /// Replaces every `$name` below `node`; `$$` stands for a dollar sign. Problems name `path`.
  void substitute(Document& node, const std::string& path);
  /// Names that nothing referred to.
  std::vector<std::string> unused() const;
  /// Values that were asked for, after substitution.
  const std::map<std::string, Document>& resolved() const { return resolved_; }
  /// The value of a variable after substitution, or nullptr when it does not resolve.
  const Document* resolve(const std::string& name, const SourceLocation& at,
                          const std::string& path);

 private:
  enum class State { fresh, open, done, failed };
  void substitute(Document& node, std::string& path, std::size_t depth);
  void substitute_text(Document& node, const std::string& path, std::size_t depth);
  void take_whole(Document& node, const std::string& name, const std::string& path,
                  std::size_t depth);

  std::map<std::string, Document> raw_;
  std::map<std::string, Document> resolved_;
  std::map<std::string, State> state_;
  std::map<std::string, std::size_t> depth_of_;
  std::set<std::string> used_;
  std::vector<std::string> chain_;
  std::size_t expanded_ = 0;
  Problems& problems_;
};

}  // namespace leapday::loading
