/// \file cursor.hpp
/// Reads tokens off an expression on demand and says where it failed.
/// Why: the grammar's tokens depend on what is expected (a label, a timestamp, a name), so there is
/// no separate token stream.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "leapday/expression.hpp"
#include "leapday/problem.hpp"
#include "scenarios/load/scalars.hpp"

namespace leapday::loading {

/// Thrown by the cursor, caught by the parse functions; never leaves scenarios/expressions.
struct Failure {
  Problem problem;
};

class Cursor {
 public:
  Cursor(std::string_view text, const SourceLocation& start) : text_(text), start_(start) {}

  std::size_t position() {
    skip_space();
    return pos_;
  }
  SourceLocation location(std::size_t offset) const;
  SourceLocation location() { return location(position()); }
  /// The text from `from` to here, without the space around it.
  std::string written(std::size_t from) const;
  bool at_end() { return position() == text_.size(); }
  char peek() { return at_end() ? '\0' : text_[pos_]; }
  bool at_digit() { return peek() >= '0' && peek() <= '9'; }

  /// The name or keyword that comes next, or empty; does not move.
  std::string_view peek_word();
  bool accept_word(std::string_view word);
  void expect_word(std::string_view word, std::string_view where);
  bool accept_symbol(std::string_view symbol);
  void expect_symbol(std::string_view symbol, std::string_view where);
  /// A `+` or `-` between spaces; 0 when there is none.
  int accept_sign();

  /// A name that is no keyword, unless `keywords_too`.
  std::string_view name(std::string_view what, bool keywords_too = false);
  /// The characters of a number with its unit, or of a timestamp; starts with a digit.
  std::string_view number_token(std::string_view what);
  std::string_view label(std::string_view what);
  Duration duration(std::string_view what);
  std::int64_t integer(std::string_view what);
  Ratio percent(std::string_view what, bool above_one);
  Quantity quantity();
  Entity entity(std::string_view what, bool places_too = false);
  Anchor anchor();
  Instant instant();
  void end();

  /// Nothing may follow directly, without a space, such as the `.` in `shop.`.
  bool accept_adjacent(char c);

  [[noreturn]] void fail(std::size_t offset, std::string message, std::string fix);
  [[noreturn]] void fail_here(std::string_view expected, std::string fix);
  [[noreturn]] void fail(std::size_t offset, const ScalarError& error);

  void enter(std::size_t offset);
  void leave() { --depth_; }

 private:
  void skip_space();
  std::string_view word_at(std::size_t from) const;

  std::string_view text_;
  SourceLocation start_;
  std::size_t pos_ = 0;
  std::size_t depth_ = 0;
};

}  // namespace leapday::loading
