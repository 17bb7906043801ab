/// \file expression_test.cpp
/// The grammar: every production understood, every error at its column.
/// Why: a misread expectation is a wrong verdict.
#include <boost/test/unit_test.hpp>

#include "scenarios/expressions/parse.hpp"

namespace leapday::loading {
namespace {

const SourceLocation kStart{"f", 3, 10};

template <class T>
T good(const Result<T>& result) {
  for (const Problem& p : result.problems()) BOOST_TEST_MESSAGE(to_string(p));
  BOOST_REQUIRE(result);
  return *result;
}

/// "column: message", counted from the start of the text.
template <class T>
std::string bad(const Result<T>& result) {
  BOOST_REQUIRE(!result);
  BOOST_REQUIRE(result.problems().size() == 1U);
  const Problem& p = result.problems().front();
  return std::to_string(p.at.column - kStart.column) + ": " + p.message;
}

Expectation expect(std::string_view text) { return good(parse_expectation(text, kStart)); }
TargetExpression target(std::string_view text) { return good(parse_target(text, kStart)); }
At at(std::string_view text) { return good(parse_at(text, kStart)); }

}  // namespace

BOOST_AUTO_TEST_SUITE(expressions)

BOOST_AUTO_TEST_CASE(a_comparison_has_a_metric_an_entity_and_a_bound) {
  const Expectation e = expect("p99.9(shop.checkout) <= 1.5s in 99% of 1min");

  BOOST_TEST((e.kind == Expectation::Kind::comparison));
  BOOST_TEST(e.comparison.call.metric == "p99.9");
  BOOST_TEST(e.comparison.call.entity.text() == "shop.checkout");
  BOOST_TEST((e.comparison.op == CompareOp::le));
  BOOST_TEST((e.comparison.bound.quantity->kind == Quantity::Kind::duration));
  BOOST_TEST(e.comparison.bound.quantity->value == 1.5);
  BOOST_TEST((e.share == Ratio{99, 100}));
  BOOST_TEST(e.window->count() == Duration(1min).count());
  BOOST_TEST(e.comparison.call.entity.at.column == 16);
}

BOOST_AUTO_TEST_CASE(a_metric_may_share_its_name_with_a_kind_of_target) {
  const Expectation e = expect("instances(shop) <= 13 during rollout");

  BOOST_TEST(e.comparison.call.metric == "instances");
  BOOST_TEST(e.comparison.call.entity.text() == "shop");
}

BOOST_AUTO_TEST_CASE(bounds_may_refer_to_the_twin) {
  const Bound more = expect("failed(shoppers) <= twin + 500").comparison.bound;
  const Bound less = expect("failed(shoppers) <= baseline - 5").comparison.bound;
  const Bound share = expect("p99(shop) <= 110% of twin during rollout + 2min").comparison.bound;

  BOOST_TEST((more.reference == Bound::Reference::twin));
  BOOST_TEST(more.quantity->value == 500.0);
  BOOST_TEST((less.reference == Bound::Reference::baseline));
  BOOST_TEST(less.quantity->value == -5.0);
  BOOST_TEST(share.factor == 1.1);
  BOOST_TEST(!share.quantity.has_value());
}

BOOST_AUTO_TEST_CASE(quantities_have_kinds) {
  const auto kind = [](const char* bound) {
    return expect(std::string("m(x) < ") + bound).comparison.bound.quantity.value();
  };

  BOOST_TEST((kind("99.9%").kind == Quantity::Kind::percent));
  BOOST_TEST(kind("99.9%").value == 0.999);
  BOOST_TEST((kind("30/min").kind == Quantity::Kind::rate));
  BOOST_TEST(kind("30/min").value == 0.5);
  BOOST_TEST((kind("512MiB").kind == Quantity::Kind::size));
  BOOST_TEST((kind("1h30min").kind == Quantity::Kind::duration));
  BOOST_TEST(kind("1h30min").value == 5400.0);
  BOOST_TEST((kind("14.4").kind == Quantity::Kind::number));
  BOOST_TEST((kind("1e6").kind == Quantity::Kind::number));
}

BOOST_AUTO_TEST_CASE(and_binds_tighter_than_or) {
  const Condition c =
      expect("always a(x) or b(x) > 1 over 5min and not (c(x) or d(x) == 2)").condition;

  BOOST_TEST((c.kind == Condition::Kind::any_of));
  BOOST_REQUIRE(c.operands.size() == 2U);
  BOOST_TEST((c.operands[0].kind == Condition::Kind::call));
  BOOST_TEST((c.operands[1].kind == Condition::Kind::all_of));
  BOOST_TEST(c.operands[1].operands[0].comparison.over->count() == Duration(5min).count());
  BOOST_TEST((c.operands[1].operands[1].kind == Condition::Kind::negation));
  BOOST_TEST(c.operands[1].operands[1].text == "not (c(x) or d(x) == 2)");
  BOOST_TEST(c.operands[1].operands[0].text == "b(x) > 1 over 5min");
}

BOOST_AUTO_TEST_CASE(eventually_holds_within_a_time_after_an_anchor) {
  const Expectation e = expect(
      "eventually success(shoppers) >= 99.9% over 10s for 1min within 2min after cell-dies.begin@2 "
      "until 50min");

  BOOST_TEST((e.kind == Expectation::Kind::eventually));
  BOOST_TEST(e.hold.count() == Duration(1min).count());
  BOOST_TEST(e.within.count() == Duration(2min).count());
  BOOST_TEST(e.after->text() == "cell-dies.begin@2");
  BOOST_REQUIRE(e.scopes.size() == 1U);
  BOOST_TEST((e.scopes[0].kind == Scope::Kind::until));
  BOOST_TEST(e.scopes[0].instant.offset.count() == Duration(50min).count());
}

BOOST_AUTO_TEST_CASE(scopes_follow_the_claim) {
  const Expectation e =
      expect("never unroutable(shop) except during roll + 5s during night after roll.end");

  BOOST_REQUIRE(e.scopes.size() == 3U);
  BOOST_TEST((e.scopes[0].kind == Scope::Kind::except_during));
  BOOST_TEST(e.scopes[0].extend.count() == Duration(5s).count());
  BOOST_TEST(e.scopes[1].span == "night");
  BOOST_TEST(e.scopes[2].instant.anchor->event == "end");
}

BOOST_AUTO_TEST_CASE(moments_are_times_anchors_or_conditions) {
  BOOST_TEST(std::get<Instant>(at("20min").what).offset.count() == Duration(20min).count());
  BOOST_TEST(std::get<Instant>(at("20min - 5s").what).offset.count() == Duration(1195s).count());
  const Instant wall = std::get<Instant>(at("2012-02-29T01:00:00+01:00 + 30s").what);
  BOOST_TEST(wall.wall->seconds == 1330473600);
  BOOST_TEST(wall.offset.count() == Duration(30s).count());
  const Instant anchored = std::get<Instant>(at("rollout.done(12.5%) + 5s").what);
  BOOST_TEST((*anchored.anchor->percent == Ratio{1, 8}));
  BOOST_TEST(*std::get<Instant>(at("rollout.done(3)").what).anchor->argument == 3);
  const At::When when = std::get<At::When>(at("when p99(shop) > 200ms over 30s for 1min").what);
  BOOST_TEST(when.hold.count() == Duration(1min).count());
  BOOST_TEST(when.condition.comparison.over->count() == Duration(30s).count());
}

BOOST_AUTO_TEST_CASE(targets_are_sets_entities_or_links) {
  const TargetExpression set = target(
      "up to 25% of instances of shop in z1 where tier=web/front and arch!=arm except shop/0");
  BOOST_TEST((set.amount == TargetExpression::Amount::up_to_percent));
  BOOST_TEST((set.percent == Ratio{1, 4}));
  BOOST_TEST(set.of->name == "shop");
  BOOST_TEST(set.in->name == "z1");
  BOOST_REQUIRE(set.where.size() == 2U);
  BOOST_TEST(set.where[0].value == "web/front");
  BOOST_TEST(!set.where[1].equal);
  BOOST_TEST(*set.except[0].entity->index == 0);

  BOOST_TEST((target("oldest of instances of shop").amount == TargetExpression::Amount::oldest));
  BOOST_TEST(target("3 of hosts").count == 3);
  BOOST_TEST(
      (target("all of hosts except hosts in z2").except[0].kind == TargetExpression::Kind::hosts));
  BOOST_TEST(target("shop/3").entity->text() == "shop/3");
  BOOST_TEST(target("z1->z2").link->to.name == "z2");
  BOOST_TEST(!target("z1 -> z2").link->both_ways);
  BOOST_TEST(target("control <-> edge").link->both_ways);
}

BOOST_AUTO_TEST_CASE(promises_are_ok_and_perhaps_fast) {
  BOOST_TEST(!good(parse_good("ok", kStart)).latency.has_value());
  BOOST_TEST(good(parse_good("ok and latency <= 300ms", kStart)).inclusive);
}

BOOST_AUTO_TEST_CASE(errors_stand_at_their_column) {
  BOOST_TEST(bad(parse_expectation("success(x) >> 9", kStart)) ==
             "12: expected a number with its unit, found \">\"");
  BOOST_TEST(bad(parse_expectation("success(x", kStart)) ==
             "9: expected `)` after what is measured, found the end");
  BOOST_TEST(bad(parse_expectation("always a(x) and", kStart)) ==
             "15: expected a metric such as success(shop), found the end");
  BOOST_TEST(bad(parse_expectation("success(x) > 1 in every", kStart)) ==
             "23: expected a duration such as 1min, found the end");
  BOOST_TEST(bad(parse_expectation("a(x) < 5m", kStart)) == "7: \"5m\": m is not a unit");
  BOOST_TEST(bad(parse_expectation("a(x) < 5s whenever", kStart)) ==
             "10: expected the end, or during, except during, after or until, found \"whenever\"");
  BOOST_TEST(bad(parse_at("rollout.done(50%) - 5s", kStart)) ==
             "18: what happens before an anchor cannot be scheduled from it");
  BOOST_TEST(bad(parse_at("rollout", kStart)) == "7: rollout is a span, not a moment");
  BOOST_TEST(bad(parse_at("5min +5s", kStart)) == "5: `+` must stand between spaces");
  BOOST_TEST(bad(parse_at("5min + ", kStart)) ==
             "7: expected a duration after the sign, found the end");
  BOOST_TEST(bad(parse_at("2012-02-30T00:00:00Z", kStart)) ==
             "0: there is no such day as 2012-02-30");
  BOOST_TEST(bad(parse_at("a.begin@0", kStart)) == "8: occurrences count from 1 to 1000000");
  BOOST_TEST(bad(parse_target("instances of shop", kStart)) ==
             "0: expected an amount, found \"instances\"");
  BOOST_TEST(bad(parse_target("1 of hosts where", kStart)) ==
             "16: expected a label's key, found the end");
  BOOST_TEST(bad(parse_good("latency < 1s", kStart)) ==
             "0: expected `ok` first: only answered requests can be good, found \"latency\"");
}

BOOST_AUTO_TEST_CASE(depth_is_bounded) {
  const std::string deep = "always " + std::string(1000, '(') + "a(x)" + std::string(1000, ')');
  const std::string nots = [] {
    std::string text = "always ";
    for (int i = 0; i < 5000; ++i) text += "not ";
    return text + "a(x)";
  }();

  BOOST_TEST(bad(parse_expectation(deep, kStart)) == "71: nested more than 64 levels deep");
  BOOST_TEST(!parse_expectation(nots, kStart));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace leapday::loading
