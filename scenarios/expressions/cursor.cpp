/// \file cursor.cpp
/// Tokens of expressions. Why: see cursor.hpp.
#include "scenarios/expressions/cursor.hpp"

#include <fmt/format.h>

#include "scenarios/load/limits.hpp"
#include "scenarios/load/text.hpp"

namespace leapday::loading {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_place(std::string_view word) {
  return word == "clients" || word == "control" || word == "routers" || word == "hosts";
}

}  // namespace

SourceLocation Cursor::location(std::size_t offset) const {
  SourceLocation where = start_;
  const std::string_view before = text_.substr(0, offset);
  if (before.find('\n') == before.npos && where.column > 0) {
    where.column += static_cast<int>(offset);
  }
  return where;
}

std::string Cursor::written(std::size_t from) const {
  std::size_t to = pos_;
  while (to > from && is_space(text_[to - 1])) --to;
  return std::string(text_.substr(from, to - from));
}

void Cursor::skip_space() {
  while (pos_ < text_.size() && is_space(text_[pos_])) ++pos_;
}

std::string_view Cursor::word_at(std::size_t from) const {
  if (from >= text_.size() || !is_letter(text_[from])) return {};
  std::size_t to = from;
  while (to < text_.size()) {
    const char c = text_[to];
    const bool arrow = c == '-' && to + 1 < text_.size() && text_[to + 1] == '>';
    if (arrow || !(is_letter(c) || is_digit(c) || c == '_' || c == '-')) break;
    ++to;
  }
  return text_.substr(from, to - from);
}

std::string_view Cursor::peek_word() { return word_at(position()); }

bool Cursor::accept_word(std::string_view word) {
  if (peek_word() != word) return false;
  pos_ += word.size();
  return true;
}

void Cursor::expect_word(std::string_view word, std::string_view where) {
  if (!accept_word(word)) fail_here(fmt::format("`{}` {}", word, where), "");
}

bool Cursor::accept_symbol(std::string_view symbol) {
  if (text_.substr(position(), symbol.size()) != symbol) return false;
  pos_ += symbol.size();
  return true;
}

void Cursor::expect_symbol(std::string_view symbol, std::string_view where) {
  if (!accept_symbol(symbol)) fail_here(fmt::format("`{}` {}", symbol, where), "");
}

bool Cursor::accept_adjacent(char c) {
  if (pos_ >= text_.size() || text_[pos_] != c) return false;
  ++pos_;
  return true;
}

int Cursor::accept_sign() {
  const std::size_t at = position();
  if (at >= text_.size() || (text_[at] != '+' && text_[at] != '-')) return 0;
  const bool before = at > 0 && is_space(text_[at - 1]);
  const bool after = at + 1 < text_.size() && is_space(text_[at + 1]);
  if (!before || !after) {
    fail(at, fmt::format("`{}` must stand between spaces", text_[at]),
         fmt::format("write \" {} \"", text_[at]));
  }
  ++pos_;
  return text_[at] == '+' ? 1 : -1;
}

std::string_view Cursor::name(std::string_view what, bool keywords_too) {
  const std::string_view word = peek_word();
  if (word.empty()) fail_here(what, "");
  if (!keywords_too && is_keyword(word)) {
    fail(pos_, fmt::format("expected {}, found the keyword `{}`", what, word),
         "docs/language.md has the grammar");
  }
  pos_ += word.size();
  return word;
}

std::string_view Cursor::number_token(std::string_view what) {
  const std::size_t from = position();
  if (!at_digit()) fail_here(what, "");
  const bool timestamp = looks_like_timestamp(text_.substr(from));
  while (pos_ < text_.size()) {
    const char c = text_[pos_];
    const bool part_of_number = is_letter(c) || is_digit(c) || c == '.' || c == '%' || c == '/';
    const bool part_of_time = timestamp && (c == '-' || c == ':' || c == '+');
    if (!part_of_number && !part_of_time) break;
    ++pos_;
  }
  return text_.substr(from, pos_ - from);
}

std::string_view Cursor::label(std::string_view what) {
  const std::size_t from = position();
  while (pos_ < text_.size()) {
    const char c = text_[pos_];
    if (!(is_letter(c) || is_digit(c) || c == '.' || c == '_' || c == '-' || c == '/')) break;
    ++pos_;
  }
  if (pos_ == from) fail_here(what, "");
  return text_.substr(from, pos_ - from);
}

Duration Cursor::duration(std::string_view what) {
  const std::size_t from = position();
  const Scalar<Duration> value = parse_duration(number_token(what), false);
  if (!value) fail(from, value.error());
  return *value;
}

std::int64_t Cursor::integer(std::string_view what) {
  const std::size_t from = position();
  if (!at_digit()) fail_here(what, "");
  std::size_t to = from;
  while (to < text_.size() && is_digit(text_[to])) ++to;
  const Scalar<std::int64_t> value = parse_integer(text_.substr(from, to - from));
  if (!value) fail(from, value.error());
  pos_ = to;
  return *value;
}

Ratio Cursor::percent(std::string_view what, bool above_one) {
  const std::size_t from = position();
  const Scalar<Ratio> value = parse_percent(number_token(what), above_one);
  if (!value) fail(from, value.error());
  return *value;
}

Quantity Cursor::quantity() {
  const std::size_t from = position();
  const std::string_view token = number_token("a number with its unit");
  Quantity q;
  q.text = std::string(token);
  const auto take = [&](const auto& parsed, Quantity::Kind kind, auto convert) {
    if (!parsed) fail(from, parsed.error());
    q.kind = kind;
    q.value = convert(*parsed);
  };
  if (token.back() == '%') {
    take(parse_percent(token, true), Quantity::Kind::percent, [](Ratio r) { return r.value(); });
  } else if (token.find('/') != token.npos) {
    take(parse_rate(token), Quantity::Kind::rate, [](Rate r) { return r.per_second; });
  } else if (token.back() == 'B') {
    take(parse_bytes(token), Quantity::Kind::size,
         [](Bytes b) { return static_cast<double>(b.count); });
  } else if (is_letter(token.back()) && token.find_first_of("eE") == token.npos) {
    take(parse_duration(token, false), Quantity::Kind::duration,
         [](Duration d) { return static_cast<double>(d.count()) * 1e-9; });
  } else {
    take(parse_number(token), Quantity::Kind::number, [](double d) { return d; });
  }
  return q;
}

Entity Cursor::entity(std::string_view what, bool places_too) {
  Entity e;
  const std::size_t from = position();
  e.at = location(from);
  e.name = std::string(name(what, places_too && is_place(peek_word())));
  if (accept_adjacent('.')) {
    const std::string_view part = word_at(pos_);
    if (part.empty()) fail_here("a name after `.`", "");
    e.part = std::string(part);
    pos_ += part.size();
  }
  if (accept_adjacent('/')) e.index = integer("an instance number after `/`");
  return e;
}

Anchor Cursor::anchor() {
  Anchor a;
  a.name = std::string(name("the name of a deployment, fault, phase or load"));
  if (!accept_adjacent('.')) {
    fail(pos_, fmt::format("{} is a span, not a moment", a.name),
         fmt::format("write {}.begin or {}.end", a.name, a.name));
  }
  const std::string_view event = word_at(pos_);
  if (event.empty()) fail_here("begin, end or another event after `.`", "");
  a.event = std::string(event);
  pos_ += event.size();
  if (accept_adjacent('(')) {
    const std::size_t from = position();
    const std::string_view token = number_token("a percentage or a count");
    if (token.back() == '%') {
      const Scalar<Ratio> percent = parse_percent(token, false);
      if (!percent) fail(from, percent.error());
      a.percent = *percent;
    } else {
      const Scalar<std::int64_t> count = parse_integer(token);
      if (!count) fail(from, count.error());
      a.argument = *count;
    }
    expect_symbol(")", "after the amount");
  }
  if (accept_adjacent('@')) {
    const std::size_t from = pos_;
    const std::int64_t n = integer("which occurrence after `@`");
    if (n < 1 || n > 1'000'000) fail(from, "occurrences count from 1 to 1000000", "");
    a.occurrence = static_cast<int>(n);
  }
  return a;
}

Instant Cursor::instant() {
  Instant instant;
  const std::size_t from = position();
  if (!at_digit()) {
    if (peek_word().empty()) fail_here("a time or an anchor such as rollout.begin", "");
    instant.anchor = anchor();
    const std::size_t sign_at = position();
    const int sign = accept_sign();
    if (sign < 0) {
      fail(sign_at, "what happens before an anchor cannot be scheduled from it",
           "use an earlier anchor and `+`");
    }
    if (sign > 0) instant.offset = duration("a duration after `+`");
    return instant;
  }
  const std::string_view token = number_token("a time");
  if (looks_like_timestamp(token)) {
    const Scalar<WallTime> wall = parse_timestamp(token);
    if (!wall) fail(from, wall.error());
    instant.wall = *wall;
  } else {
    const Scalar<Duration> value = parse_duration(token, false);
    if (!value) fail(from, value.error());
    instant.offset = *value;
  }
  if (const int sign = accept_sign(); sign != 0) {
    instant.offset += sign * duration("a duration after the sign");
  }
  return instant;
}

void Cursor::end() {
  if (!at_end()) fail_here("the end of the expression", "");
}

void Cursor::fail(std::size_t offset, std::string message, std::string fix) {
  throw Failure{{location(offset), {}, std::move(message), std::move(fix)}};
}

void Cursor::fail(std::size_t offset, const ScalarError& error) {
  fail(offset, error.message, error.fix);
}

void Cursor::fail_here(std::string_view expected, std::string fix) {
  const std::size_t at = position();
  std::string_view found = word_at(at);
  if (found.empty()) {
    found = text_.substr(at);
    const std::size_t space = found.find_first_of(" \t\n");
    if (space != found.npos) found = found.substr(0, space);
  }
  const std::string what = found.empty() ? "the end" : quoted(found);
  if (fix.empty()) fix = "docs/language.md has the grammar";
  fail(at, fmt::format("expected {}, found {}", expected, what), std::move(fix));
}

void Cursor::enter(std::size_t offset) {
  if (++depth_ > kMaxExpressionDepth) {
    fail(offset, fmt::format("nested more than {} levels deep", kMaxExpressionDepth),
         "nest less deeply");
  }
}

}  // namespace leapday::loading
