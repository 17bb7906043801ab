/// \file targets.cpp
/// What a fault hits: entities, links and sets. Why: see parse.hpp.
#include <fmt/format.h>

#include <array>

#include "scenarios/expressions/cursor.hpp"
#include "scenarios/expressions/parse.hpp"
#include "scenarios/load/text.hpp"

namespace leapday::loading {
namespace {

using Amount = TargetExpression::Amount;
using Kind = TargetExpression::Kind;

constexpr std::array<std::pair<std::string_view, Kind>, 6> kKinds{{{"hosts", Kind::hosts},
                                                                   {"instances", Kind::instances},
                                                                   {"zones", Kind::zones},
                                                                   {"regions", Kind::regions},
                                                                   {"routers", Kind::routers},
                                                                   {"agents", Kind::agents}}};
constexpr std::string_view kKindNames = "hosts, instances, zones, regions, routers or agents";

Kind kind_of(std::string_view word) {
  for (const auto& [name, kind] : kKinds) {
    if (name == word) return kind;
  }
  return Kind::none;
}

void filters(Cursor& c, TargetExpression& target) {
  do {
    LabelFilter filter;
    filter.key = std::string(c.label("a label's key"));
    filter.equal = !c.accept_symbol("!=");
    if (filter.equal) c.expect_symbol("=", "or `!=` after the label's key");
    filter.value = std::string(c.label("a label's value"));
    target.where.push_back(std::move(filter));
  } while (c.accept_word("and"));
}

/// kind [ "of" entity ] [ "in" entity ] [ "where" filters ]
void set(Cursor& c, TargetExpression& target) {
  const std::size_t from = c.position();
  const std::string_view word = c.peek_word();
  target.kind = kind_of(word);
  if (target.kind == Kind::none) {
    c.fail_here(kKindNames,
                suggestion(word, {"hosts", "instances", "zones", "regions", "routers"}));
  }
  c.name("a kind", true);
  if (c.accept_word("of")) {
    if (target.kind != Kind::instances) {
      c.fail(from, fmt::format("{} do not belong to an app", word), "use `in` for places");
    }
    target.of = c.entity("the name of an app");
  }
  if (c.accept_word("in")) target.in = c.entity("the name of a place");
  if (c.accept_word("where")) filters(c, target);
}

/// Reads an amount and its `of`; false, without moving, when there is none.
bool amount(Cursor& c, TargetExpression& target) {
  constexpr std::array<std::pair<std::string_view, Amount>, 6> kWords{
      {{"all", Amount::all},
       {"oldest", Amount::oldest},
       {"newest", Amount::newest},
       {"leader", Amount::leader},
       {"minority", Amount::minority},
       {"majority", Amount::majority}}};
  bool found = false;
  for (const auto& [word, value] : kWords) {
    if (!found && c.accept_word(word)) {
      target.amount = value;
      found = true;
    }
  }
  if (!found && c.accept_word("up")) {
    c.expect_word("to", "after `up`");
    target.amount = Amount::up_to_percent;
    target.percent = c.percent("a percentage after `up to`", false);
    found = true;
  } else if (!found && c.at_digit()) {
    const std::size_t from = c.position();
    const std::string_view token = c.number_token("an amount");
    if (token.back() == '%') {
      const Scalar<Ratio> percent = parse_percent(token, false);
      if (!percent) c.fail(from, percent.error());
      if ((*percent).is_zero()) c.fail(from, "an amount of 0% hits nothing", "use more than 0%");
      target.amount = Amount::percent;
      target.percent = *percent;
    } else {
      const Scalar<std::int64_t> count = parse_integer(token);
      if (!count) c.fail(from, count.error());
      if (*count < 1) c.fail(from, "an amount of 0 hits nothing", "use at least 1");
      target.amount = Amount::count;
      target.count = *count;
    }
    found = true;
  }
  if (found) c.expect_word("of", "after the amount");
  return found;
}

TargetExpression target_expression(Cursor& c, std::string_view text, const SourceLocation& at) {
  TargetExpression target;
  target.text = std::string(text);
  target.at = at;
  if (amount(c, target)) {
    set(c, target);
    if (c.accept_word("except")) {
      TargetExpression except;
      const std::size_t from = c.position();
      except.at = c.location(from);
      if (kind_of(c.peek_word()) != Kind::none) {
        set(c, except);
      } else {
        except.entity = c.entity("a set or a name after `except`");
      }
      except.text = c.written(from);
      target.except.push_back(std::move(except));
    }
    return target;
  }
  const std::string_view word = c.peek_word();
  if (kind_of(word) != Kind::none && word != "hosts" && word != "routers") {
    c.fail_here("an amount", fmt::format("say how many: all of {}, 1 of {}", word, word));
  }
  const std::size_t from = c.position();
  Entity first = c.entity("a name, or an amount such as `1 of hosts`", true);
  const bool both = c.accept_symbol("<->");
  if (both || c.accept_symbol("->")) {
    target.link = {std::move(first), c.entity("the other end of the link", true), both};
    return target;
  }
  if (is_keyword(first.name) && first.name != "control") {
    c.fail(from, fmt::format("`{}` alone does not say which", first.name),
           fmt::format("say how many: all of {}, 1 of {}", first.name, first.name));
  }
  target.entity = std::move(first);
  return target;
}

}  // namespace

Result<TargetExpression> parse_target(std::string_view text, const SourceLocation& at) {
  Cursor cursor(text, at);
  try {
    TargetExpression target = target_expression(cursor, text, at);
    cursor.end();
    return target;
  } catch (Failure& failure) {
    return std::vector<Problem>{std::move(failure.problem)};
  }
}

}  // namespace leapday::loading
