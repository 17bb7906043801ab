/// \file conditions.cpp
/// Conditions, expectations, moments and promises: the recursive half of the grammar.
/// Why: see parse.hpp.
#include <fmt/format.h>

#include <array>

#include "scenarios/expressions/cursor.hpp"
#include "scenarios/expressions/parse.hpp"
#include "scenarios/load/text.hpp"

namespace leapday::loading {
namespace {

Condition condition(Cursor& c);

CompareOp compare_op(Cursor& c) {
  constexpr std::array<std::pair<std::string_view, CompareOp>, 6> kOps{{{"<=", CompareOp::le},
                                                                        {">=", CompareOp::ge},
                                                                        {"==", CompareOp::eq},
                                                                        {"!=", CompareOp::ne},
                                                                        {"<", CompareOp::lt},
                                                                        {">", CompareOp::gt}}};
  for (const auto& [symbol, op] : kOps) {
    if (c.accept_symbol(symbol)) return op;
  }
  if (c.peek() == '=') c.fail(c.position(), "`=` does not compare", "write ==");
  c.fail_here("a comparison such as <= or >", "");
}

bool at_compare_op(Cursor& c) {
  const char next = c.peek();
  return next == '<' || next == '>' || next == '=' || next == '!';
}

/// name [ "." integer ] "(" entity [ "@" name ] ")"
MetricCall call(Cursor& c) {
  MetricCall call;
  const std::size_t from = c.position();
  call.at = c.location(from);
  // instances(shop) is a metric although the word is also a kind of target.
  const bool kind = c.peek_word() == "instances";
  call.metric = std::string(c.name("a metric such as success(shop)", kind));
  if (c.accept_adjacent('.')) {
    call.metric += "." + std::to_string(c.integer("digits after `.` in the metric's name"));
  }
  if (!c.accept_adjacent('(')) {
    c.fail(c.position(), fmt::format("expected `(` after {}", call.metric),
           fmt::format("name what is measured, such as {}(shop)", call.metric));
  }
  call.entity = c.entity("what is measured: an app, load, dependency, ...", true);
  if (c.accept_adjacent('@')) {
    call.entity.release = std::string(c.name("the name of a release after `@`"));
  }
  c.expect_symbol(")", "after what is measured");
  return call;
}

/// What it is compared with, if that is measured; nothing is written here otherwise.
void reference(Cursor& c, Bound& bound) {
  if (c.accept_word("twin")) {
    bound.reference = Bound::Reference::twin;
  } else if (c.accept_word("baseline")) {
    bound.reference = Bound::Reference::baseline;
  } else if (!c.peek_word().empty()) {
    bound.other = call(c);
    bound.reference = Bound::Reference::other;
  }
}

Bound bound(Cursor& c) {
  Bound bound;
  reference(c, bound);
  if (bound.reference != Bound::Reference::none) {
    if (const int sign = c.accept_sign(); sign != 0) {
      bound.quantity = c.quantity();
      if (sign < 0) bound.quantity->text.insert(0, "-");
      bound.quantity->value *= sign;
    }
    return bound;
  }
  if (c.peek() == '-') {
    c.fail(c.position(), "a bound below 0: nothing that is measured is ever negative",
           "compare with 0 or more");
  }
  const Quantity q = c.quantity();
  if (!c.accept_word("of")) {
    bound.quantity = q;
    return bound;
  }
  if (q.kind != Quantity::Kind::percent) c.fail_here("a percentage before `of`", "");
  bound.factor = q.value;
  reference(c, bound);
  if (bound.reference == Bound::Reference::none) {
    c.fail_here("`twin`, `baseline` or something measured after `of`", "");
  }
  return bound;
}

/// The rest of a comparison whose call was read.
Comparison comparison(Cursor& c, MetricCall subject) {
  Comparison comparison;
  comparison.call = std::move(subject);
  comparison.op = compare_op(c);
  comparison.bound = bound(c);
  return comparison;
}

Duration window(Cursor& c, std::string_view what) {
  const std::size_t from = c.position();
  const Duration value = c.duration(what);
  if (value < std::chrono::seconds{1} || value % std::chrono::seconds{1} != Duration{0}) {
    c.fail(from, "windows are whole seconds, at least one", "use 1s or a multiple of it");
  }
  return value;
}

Condition factor(Cursor& c) {
  const std::size_t from = c.position();
  c.enter(from);
  Condition result;
  if (c.accept_word("not")) {
    result.kind = Condition::Kind::negation;
    result.operands.push_back(factor(c));
  } else if (c.accept_symbol("(")) {
    result = condition(c);
    c.expect_symbol(")", "after the condition");
  } else {
    MetricCall subject = call(c);
    if (at_compare_op(c)) {
      result.kind = Condition::Kind::comparison;
      result.comparison = comparison(c, std::move(subject));
      if (c.accept_word("over")) {
        result.comparison.over = window(c, "a duration after `over`");
      }
    } else {
      result.kind = Condition::Kind::call;
      result.comparison.call = std::move(subject);
    }
  }
  c.leave();
  result.text = c.written(from);
  return result;
}

/// One level of `and` or `or`; a single operand stays what it is.
template <class Operand>
Condition chain(Cursor& c, std::string_view word, Condition::Kind kind, Operand operand) {
  const std::size_t from = c.position();
  Condition first = operand(c);
  if (c.peek_word() != word) return first;
  Condition all;
  all.kind = kind;
  all.operands.push_back(std::move(first));
  while (c.accept_word(word)) all.operands.push_back(operand(c));
  all.text = c.written(from);
  return all;
}

Condition term(Cursor& c) { return chain(c, "and", Condition::Kind::all_of, factor); }
Condition condition(Cursor& c) { return chain(c, "or", Condition::Kind::any_of, term); }

void eventually(Cursor& c, Expectation& e) {
  e.kind = Expectation::Kind::eventually;
  e.condition = condition(c);
  if (c.accept_word("for")) e.hold = c.duration("a duration after `for`");
  if (!c.accept_word("within")) {
    c.fail_here("`within` and a duration", "eventually ... within 2min after cell-dies.begin");
  }
  e.within = c.duration("a duration after `within`");
  if (!c.accept_word("after")) {
    c.fail_here("`after` and an anchor", "eventually ... within 2min after cell-dies.begin");
  }
  e.after = c.anchor();
  if (e.within <= e.hold && e.hold > Duration{0}) {
    c.fail(0, "`within` is not longer than `for`, so it can never hold", "make `within` longer");
  }
}

void plain_comparison(Cursor& c, Expectation& e) {
  e.kind = Expectation::Kind::comparison;
  MetricCall subject = call(c);
  if (!at_compare_op(c)) {
    c.fail_here("a comparison such as >= 99.9%", "or put `always` or `never` before it");
  }
  e.comparison = comparison(c, std::move(subject));
  const std::string_view next = c.peek_word();
  if (next == "and" || next == "or" || next == "over") {
    c.fail(c.position(), fmt::format("`{}` needs `always`, `never` or `eventually` in front", next),
           next == "over" ? "or use `in every 10s`" : "or state two expectations");
  }
  if (!c.accept_word("in")) return;
  if (!c.accept_word("every")) {
    e.share = c.percent("`every` or a percentage after `in`", false);
    c.expect_word("of", "after the percentage");
  }
  e.window = window(c, "a duration such as 1min");
}

Scope scope(Cursor& c) {
  Scope scope;
  if (c.accept_word("after")) {
    scope.kind = Scope::Kind::after;
    scope.instant = c.instant();
    return scope;
  }
  if (c.accept_word("until")) {
    scope.kind = Scope::Kind::until;
    scope.instant = c.instant();
    return scope;
  }
  if (c.accept_word("except")) {
    scope.kind = Scope::Kind::except_during;
    c.expect_word("during", "after `except`");
  } else if (!c.accept_word("during")) {
    c.fail_here("the end, or during, except during, after or until", "");
  }
  scope.span = std::string(c.name("the name of a phase, deployment or fault"));
  const std::size_t sign_at = c.position();
  const int sign = c.accept_sign();
  if (sign < 0) c.fail(sign_at, "a span can be made longer only", "use `+`");
  if (sign > 0) scope.extend = c.duration("a duration after `+`");
  return scope;
}

Expectation expectation(Cursor& c) {
  Expectation e;
  if (c.accept_word("always")) {
    e.kind = Expectation::Kind::always;
    e.condition = condition(c);
  } else if (c.accept_word("never")) {
    e.kind = Expectation::Kind::never;
    e.condition = condition(c);
  } else if (c.accept_word("eventually")) {
    eventually(c, e);
  } else {
    plain_comparison(c, e);
  }
  while (!c.at_end()) e.scopes.push_back(scope(c));
  return e;
}

At moment(Cursor& c) {
  At at;
  if (!c.accept_word("when")) {
    at.what = c.instant();
    return at;
  }
  At::When when;
  when.condition = condition(c);
  if (c.accept_word("for")) when.hold = c.duration("a duration after `for`");
  at.what = std::move(when);
  return at;
}

GoodRequest good(Cursor& c) {
  GoodRequest good;
  c.expect_word("ok", "first: only answered requests can be good");
  if (!c.accept_word("and")) return good;
  c.expect_word("latency", "after `and`");
  if (c.accept_symbol("<=")) {
    good.inclusive = true;
  } else if (!c.accept_symbol("<")) {
    c.fail_here("`<` or `<=` after `latency`", "");
  }
  good.latency = c.duration("a duration such as 300ms");
  return good;
}

template <class T, class Read>
Result<T> parse(std::string_view text, const SourceLocation& at, Read read) {
  Cursor cursor(text, at);
  try {
    T value = read(cursor);
    cursor.end();
    return value;
  } catch (Failure& failure) {
    return std::vector<Problem>{std::move(failure.problem)};
  }
}

}  // namespace

Result<At> parse_at(std::string_view text, const SourceLocation& at) {
  return parse<At>(text, at, [&](Cursor& c) {
    At result = moment(c);
    result.text = std::string(text);
    result.at = at;
    return result;
  });
}

Result<Condition> parse_condition(std::string_view text, const SourceLocation& at) {
  return parse<Condition>(text, at, condition);
}

Result<Expectation> parse_expectation(std::string_view text, const SourceLocation& at) {
  return parse<Expectation>(text, at, [&](Cursor& c) {
    Expectation result = expectation(c);
    result.text = std::string(text);
    result.at = at;
    return result;
  });
}

Result<GoodRequest> parse_good(std::string_view text, const SourceLocation& at) {
  return parse<GoodRequest>(text, at, good);
}

Result<Entity> parse_entity(std::string_view text, const SourceLocation& at) {
  return parse<Entity>(text, at,
                       [](Cursor& c) { return c.entity("a name such as shoppers.browse"); });
}

}  // namespace leapday::loading
