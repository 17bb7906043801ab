/// \file judge_test.cpp
/// Comparisons over scopes and windows, always and never: each held, broken and undecided.
/// Why: the verdict is the product; its three values must come out of the seconds as stated.
#include <boost/test/unit_test.hpp>

#include "tests/reports/lab.hpp"

namespace leapday::reports_test {

BOOST_AUTO_TEST_SUITE(whole_scope)

BOOST_AUTO_TEST_CASE(a_share_exactly_at_its_bound_holds) {
  Lab lab;
  lab.fails("shoppers", 0, 60, 1);  // 60 of 60,000: 99.9 %, which no double holds exactly

  const ExpectationVerdict e = lab.judge("success(shoppers) >= 99.9%");

  BOOST_TEST(e.outcome == pass);
  BOOST_TEST(*e.margin == 0.0);
  BOOST_TEST(e.unit == "%");
  BOOST_TEST(lab.outcome("success(shoppers) > 99.9%") == fail);
}

BOOST_AUTO_TEST_CASE(a_broken_bound_names_value_bound_margin_and_when) {
  Lab lab;
  lab.fails("shoppers", 120, 180, 50);

  const ExpectationVerdict e = lab.judge("success(shoppers) >= 99%");

  BOOST_TEST(e.outcome == fail);
  BOOST_TEST(e.worst->value == 0.95, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(*e.bound == 0.99);
  BOOST_TEST(*e.margin == -0.04, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(e.reason == "95 % against >= 99 %");
  BOOST_TEST(e.text == "success(shoppers) >= 99%");
  BOOST_TEST(e.at.line == 7);
  BOOST_TEST((e.first_violation->from == at_second(0)));
  BOOST_TEST((e.first_violation->to == at_second(600)));
}

BOOST_AUTO_TEST_CASE(a_count_over_its_bound_names_the_second_it_went_over) {
  Lab lab;
  lab.fails("shoppers", 100, 110, 10);
  lab.fails("shoppers", 200, 210, 10);

  const ExpectationVerdict e = lab.judge("failed(shoppers) <= 125");

  BOOST_TEST(e.outcome == fail);
  BOOST_TEST((e.first_violation->from == at_second(202)));
  BOOST_TEST((e.first_violation->to == at_second(203)));
  BOOST_TEST(e.first_violation->value == 200.0);
  const ExpectationVerdict later = lab.judge("failed(shoppers) < 50 after 150s");
  BOOST_TEST((later.first_violation->from == at_second(204)));
}

BOOST_AUTO_TEST_CASE(nothing_sent_is_nothing_known) {
  Lab lab;
  lab.sends("shoppers", 0, 600, 0);

  const ExpectationVerdict e = lab.judge("success(shoppers) >= 99%");

  BOOST_TEST(e.outcome == unclear);
  BOOST_TEST(e.reason == "nothing was sent");
  BOOST_TEST(lab.outcome("failed(shoppers) <= 5") == unclear);
  BOOST_TEST(lab.outcome("p99(shoppers) < 1s") == unclear);
}

BOOST_AUTO_TEST_CASE(a_percentile_with_too_few_requests_is_not_known) {
  Lab lab(10);
  lab.sends("shoppers", 0, 10, 9);  // 90 requests: enough for p90 and p98, not for p99

  BOOST_TEST(lab.outcome("p98(shoppers) < 1s") == pass);
  const ExpectationVerdict e = lab.judge("p99(shoppers) < 1s");
  BOOST_TEST(e.outcome == unclear);
  BOOST_TEST(e.reason == "90 answered requests are too few for p99 (100 needed)");
}

BOOST_AUTO_TEST_CASE(requests_that_never_settle_do_not_count_as_success) {
  Lab lab;
  lab.hangs("shoppers", 100, 600, 95);

  const ExpectationVerdict e = lab.judge("success(shoppers) >= 99%");

  BOOST_TEST(e.outcome == unclear);
  BOOST_TEST(e.reason == "47500 of 60000 requests had not settled when the run ended");
}

BOOST_AUTO_TEST_CASE(every_operator_compares_as_it_reads) {
  Lab lab;
  lab.fails("shoppers", 5, 6, 7);
  for (const auto& [text, expected] :
       std::vector<std::pair<std::string, Outcome>>{{"failed(shoppers) <= 7", pass},
                                                    {"failed(shoppers) < 7", fail},
                                                    {"failed(shoppers) >= 7", pass},
                                                    {"failed(shoppers) > 7", fail},
                                                    {"failed(shoppers) == 7", pass},
                                                    {"failed(shoppers) != 7", fail},
                                                    {"failed(shoppers) == 8", fail},
                                                    {"failed(shoppers) != 8", pass}}) {
    BOOST_TEST_CONTEXT(text) { BOOST_TEST(lab.outcome(text) == expected); }
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(windows)

BOOST_AUTO_TEST_CASE(every_window_is_judged_and_the_first_broken_one_named) {
  Lab lab;
  lab.fails("shoppers", 130, 140, 20);
  lab.fails("shoppers", 310, 320, 60);

  const ExpectationVerdict e = lab.judge("success(shoppers) >= 99% in every 1min");

  BOOST_TEST(e.outcome == fail);
  BOOST_TEST(e.windows == 10u);
  BOOST_TEST(e.violations == 2u);
  BOOST_TEST((e.first_violation->from == at_second(120)));
  BOOST_TEST((e.first_violation->to == at_second(180)));
  BOOST_TEST((e.worst->from == at_second(300)));
  BOOST_TEST(e.worst->value == 0.9, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(*e.margin == -0.09, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(e.reason ==
             "2 of 10 windows of 60 s broke it, the first with 96.6667 % against >= 99 %");
}

BOOST_AUTO_TEST_CASE(a_passed_one_still_tells_its_worst_window) {
  Lab lab;
  lab.fails("shoppers", 130, 131, 3);

  const ExpectationVerdict e = lab.judge("success(shoppers) >= 99% in every 1min");

  BOOST_TEST(e.outcome == pass);
  BOOST_TEST((e.worst->from == at_second(120)));
  BOOST_TEST(*e.margin > 0);
  BOOST_TEST(!e.first_violation.has_value());
}

BOOST_AUTO_TEST_CASE(a_broken_last_window_is_not_judged) {
  Lab lab(630);
  lab.fails("shoppers", 600, 630, 100);

  const ExpectationVerdict e = lab.judge("success(shoppers) >= 99% in every 1min");

  BOOST_TEST(e.outcome == pass);
  BOOST_TEST(e.windows == 10u);
}

BOOST_AUTO_TEST_CASE(windows_tumble_from_zero_and_scopes_cut_them) {
  Lab lab;
  lab.fault("cell-dies", 150, 210);
  lab.fails("shoppers", 121, 122, 90);  // in a window that the scope cuts: 2:00 to 3:00
  lab.fails("shoppers", 150, 210, 90);

  const ExpectationVerdict e =
      lab.judge("success(shoppers) >= 99% in every 1min except during cell-dies");

  BOOST_TEST(e.outcome == pass);
  BOOST_TEST(e.windows == 8u);
}

BOOST_AUTO_TEST_CASE(no_complete_window_is_inconclusive) {
  Lab lab;
  lab.fault("cell-dies", 130, 170);

  const ExpectationVerdict e = lab.judge("success(shoppers) >= 99% in every 1min during cell-dies");

  BOOST_TEST(e.outcome == unclear);
  BOOST_TEST(e.reason == "no complete window of 60 s lies in its scope");
}

BOOST_AUTO_TEST_CASE(a_share_of_windows_may_break) {
  Lab lab(6000);
  lab.fails("shoppers", 60, 120, 50);
  BOOST_TEST(lab.outcome("success(shoppers) >= 99% in 99% of 1min") == pass);
  BOOST_TEST(lab.outcome("success(shoppers) >= 99% in every 1min") == fail);

  const ExpectationVerdict held = lab.judge("success(shoppers) >= 99% in 99% of 1min");
  BOOST_TEST(*held.margin == 0.01, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(held.violations == 1u);
  BOOST_TEST(!held.first_violation.has_value());

  lab.fails("shoppers", 300, 360, 50);
  const ExpectationVerdict broken = lab.judge("success(shoppers) >= 99% in 99% of 1min");
  BOOST_TEST(broken.outcome == fail);
  BOOST_TEST(broken.violations == 2u);
  BOOST_TEST(*broken.margin == -0.49, boost::test_tools::tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(unknown_windows_leave_it_open_only_where_they_matter) {
  Lab lab(6000);
  lab.sends("shoppers", 60, 120, 0);
  BOOST_TEST(lab.outcome("success(shoppers) >= 99% in every 1min") == unclear);
  BOOST_TEST(lab.outcome("success(shoppers) >= 99% in 99% of 1min") == pass);  // 99 of 100 held
  lab.fails("shoppers", 180, 240, 50);
  BOOST_TEST(lab.outcome("success(shoppers) >= 99% in 99% of 1min") == unclear);  // 98, 99 or 100
  BOOST_TEST(lab.outcome("success(shoppers) >= 99% in every 1min") == fail);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(steps)

BOOST_AUTO_TEST_CASE(never_is_broken_by_one_second) {
  Lab lab;
  BOOST_TEST(lab.outcome("never unroutable(shoppers)") == pass);
  lab.fails("shoppers", 77, 79, 3, FailureReason::unroutable);

  const ExpectationVerdict e = lab.judge("never unroutable(shoppers)");

  BOOST_TEST(e.outcome == fail);
  BOOST_TEST(e.violations == 2u);
  BOOST_TEST(e.windows == 600u);
  BOOST_TEST((e.first_violation->from == at_second(77)));
  BOOST_TEST((e.first_violation->to == at_second(78)));
  BOOST_TEST(e.worst->value == 3.0);
  BOOST_TEST(*e.margin == -3.0);
}

BOOST_AUTO_TEST_CASE(always_is_never_the_opposite) {
  Lab lab;
  lab.fails("shoppers", 77, 78, 30);
  BOOST_TEST(lab.outcome("always success(shoppers) >= 70%") == pass);
  BOOST_TEST(lab.outcome("always success(shoppers) >= 71%") == fail);
  BOOST_TEST(lab.outcome("never success(shoppers) < 71%") == fail);
  BOOST_TEST(lab.outcome("never not success(shoppers) >= 70%") == pass);
}

BOOST_AUTO_TEST_CASE(trailing_windows_smooth_and_must_be_complete) {
  Lab lab;
  lab.fails("shoppers", 100, 101, 50);
  BOOST_TEST(lab.outcome("never success(shoppers) < 90%") == fail);

  const ExpectationVerdict smooth = lab.judge("never success(shoppers) < 90% over 10s");
  BOOST_TEST(smooth.outcome == pass);
  BOOST_TEST(smooth.windows == 591u);
  BOOST_TEST(smooth.worst->value == 0.95, boost::test_tools::tolerance(1e-12));

  const ExpectationVerdict never_complete = lab.judge("never success(shoppers) < 90% over 11min");
  BOOST_TEST(never_complete.outcome == unclear);
  BOOST_TEST(never_complete.reason ==
             "no trailing window of 11min was ever complete within its scope");
}

BOOST_AUTO_TEST_CASE(trailing_windows_do_not_reach_back_over_the_scope) {
  Lab lab;
  lab.fault("cell-dies", 100, 200);
  lab.fails("shoppers", 100, 200, 90);

  const ExpectationVerdict e =
      lab.judge("never success(shoppers) < 99% over 10s after cell-dies.end");

  BOOST_TEST(e.outcome == pass);
  BOOST_TEST(e.windows == 391u);  // the first ten seconds after 3:20 have no full window yet
}

BOOST_AUTO_TEST_CASE(conditions_join_with_and_or_not) {
  Lab lab;
  lab.fails("shoppers", 50, 51, 50);
  lab.sends("shoppers", 200, 201, 100, 2s);
  const std::string bad = "success(shoppers) < 90%";
  const std::string slow = "p50(shoppers) > 1s";
  BOOST_TEST(lab.outcome("never " + bad + " and " + slow) == pass);
  BOOST_TEST(lab.outcome("never " + bad + " or " + slow) == fail);
  BOOST_TEST(lab.outcome("always not (" + bad + " and " + slow + ")") == pass);
  const ExpectationVerdict e = lab.judge("never " + bad + " or " + slow);
  BOOST_TEST((e.first_violation->from == at_second(50)));
  BOOST_TEST(e.violations == 2u);
}

BOOST_AUTO_TEST_CASE(unknown_decides_a_condition_only_where_it_matters) {
  Lab lab;
  lab.sends("shoppers", 0, 600, 20);
  lab.fails("shoppers", 50, 51, 10);
  // 20 requests a second are too few for p99, so that only the other side can decide.
  BOOST_TEST(lab.outcome("never success(shoppers) < 90% and p99(shoppers) > 1s") == unclear);
  BOOST_TEST(lab.outcome("never success(shoppers) < 40% and p99(shoppers) > 1s") == pass);
  BOOST_TEST(lab.outcome("never success(shoppers) < 90% or p99(shoppers) > 1s") == fail);
}

BOOST_AUTO_TEST_CASE(quiet_seconds_are_not_judged_unless_they_are_most) {
  Lab lab;
  lab.sends("shoppers", 0, 200, 0);
  const ExpectationVerdict some = lab.judge("never success(shoppers) < 90%");
  BOOST_TEST(some.outcome == pass);
  BOOST_TEST(some.windows == 400u);
  BOOST_TEST(some.reason == "held in 400 seconds; nothing was sent in 200 others");

  lab.sends("shoppers", 0, 400, 0);
  const ExpectationVerdict most = lab.judge("never success(shoppers) < 90%");
  BOOST_TEST(most.outcome == unclear);
  BOOST_TEST(most.reason ==
             "nothing was sent in 400 of 600 seconds; `over` a longer window would tell");
  BOOST_TEST(lab.outcome("never failed(shoppers) > 0") == pass);  // a count of nothing is 0
}

BOOST_AUTO_TEST_CASE(states_are_seen_at_the_instant_they_change) {
  Lab lab;
  lab.steps("ready", "shop", {{0, 3}, {100.25, 1}, {100.5, 3}});
  BOOST_TEST(lab.outcome("never ready(shop) < 1") == pass);

  const ExpectationVerdict e = lab.judge("never ready(shop) < 3");

  BOOST_TEST(e.outcome == fail);
  BOOST_TEST((e.first_violation->from == at_second(100.25)));
  BOOST_TEST(e.worst->value == 1.0);
  BOOST_TEST(e.violations == 1u);
  BOOST_TEST(lab.outcome("never ready(shop) < 3 until 100.25s") == pass);
  BOOST_TEST(lab.outcome("never ready(shop) < 3 after 100.5s") == pass);
  BOOST_TEST(lab.outcome("always ready(shop) >= 3 after 100.4s") == fail);
}

BOOST_AUTO_TEST_CASE(a_state_over_a_window_is_its_worst) {
  Lab lab;
  lab.steps("hosts_up", "z1", {{0, 10}, {100.25, 8}, {200, 10}});
  BOOST_TEST(lab.outcome("hosts_up(z1) >= 8") == pass);
  const ExpectationVerdict e = lab.judge("hosts_up(z1) >= 9 in every 1min");
  BOOST_TEST(e.outcome == fail);
  BOOST_TEST(e.violations == 3u);  // 1:00 to 4:00
  BOOST_TEST((e.first_violation->from == at_second(60)));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(long_runs)

BOOST_AUTO_TEST_CASE(longer_rows_tell_the_same_of_what_begins_and_ends_with_them) {
  Lab lab, longer;
  for (Lab* one : {&lab, &longer}) {
    one->fails("shoppers", 121, 123, 50);
    one->sends("shop", 200, 230, 70, 33ms);
  }
  longer.lengthen(4, 400);
  for (const char* call : {"success(shoppers)", "failed(shoppers)", "rate(shop)", "p50(shop)",
                           "p99(shop)", "mean(shop)", "max(shop)", "throughput(shop)"}) {
    BOOST_TEST(longer.measure(call, 0, 600).value == lab.measure(call, 0, 600).value);
    BOOST_TEST(longer.measure(call, 120, 240).value == lab.measure(call, 120, 240).value);
    BOOST_TEST(longer.measure(call, 411, 517).value == lab.measure(call, 411, 517).value);
    BOOST_TEST(longer.measure(call, 121, 240).coarse);
    BOOST_TEST(!longer.measure(call, 121, 240).known);
  }
  const std::string claim = "success(shoppers) >= 99% in every 1min";
  BOOST_TEST(longer.judge(claim).reason == lab.judge(claim).reason);
  BOOST_TEST(longer.outcome("success(shoppers) == 100% until 120s") == pass);
}

BOOST_AUTO_TEST_CASE(windows_that_no_row_fits_are_told_of_the_last_seconds_only) {
  Lab lab;
  lab.fault("cell-dies", 450.5, 470);
  lab.fails("shoppers", 451, 455, 50);
  lab.lengthen(4, 400);

  const ExpectationVerdict e = lab.judge("success(shoppers) >= 10% in every 30s");

  BOOST_TEST(e.outcome == unclear);
  BOOST_TEST(
      e.reason ==
      "of shoppers rows of 4 s are kept here, and what is asked begins or ends within one of "
      "them (0:00:00 to 0:00:30)");
  BOOST_TEST(lab.outcome("success(shoppers) >= 10% in every 30s after 410s") == pass);
  BOOST_TEST(lab.outcome("success(shoppers) == 100% until 202s") == unclear);
  BOOST_TEST(lab.outcome("always success(shoppers) >= 10%") == unclear);
  BOOST_TEST(lab.outcome("always success(shoppers) >= 10% after 401s") == pass);
  BOOST_TEST(lab.outcome("success(shoppers) == 50% during cell-dies") == fail);
  const ExpectationVerdict met = lab.judge(
      "eventually success(shoppers) >= 99% over 10s for 5s within 1min after cell-dies.begin");
  BOOST_TEST(met.outcome == pass);
  BOOST_TEST(met.worst->value == 18.5);  // good from 465 on, held since 464
}

BOOST_AUTO_TEST_CASE(recovery_from_what_is_too_long_ago_is_not_known) {
  Lab lab;
  lab.fault("cell-dies", 101, 200);
  lab.lengthen(4, 400);

  const ExpectationVerdict e =
      lab.judge("eventually success(shoppers) >= 99% within 2min after cell-dies.begin");

  BOOST_TEST(e.outcome == unclear);
  BOOST_TEST(e.reason.starts_with("of shoppers rows of 4 s are kept here"));
}

BOOST_AUTO_TEST_CASE(a_bound_on_a_count_holds_in_every_second_of_a_row_that_keeps_it) {
  Lab lab, bad;
  lab.lengthen(4, 400);
  const ExpectationVerdict held = lab.judge("never unroutable(shoppers)");
  BOOST_TEST(held.outcome == pass);
  BOOST_TEST(held.windows == 600u);
  BOOST_TEST(lab.outcome("never failed(shoppers) > 3 over 10s") == pass);
  BOOST_TEST(lab.outcome("always failed(shoppers) <= 3") == pass);
  BOOST_TEST(lab.outcome("never answered(shoppers) < 1") == unclear);      // no upper bound
  BOOST_TEST(lab.outcome("always requests(shoppers) <= 100") == unclear);  // 400 in a row

  bad.fails("shoppers", 77, 79, 3, FailureReason::unroutable);
  bad.fails("shoppers", 500, 501, 9, FailureReason::reset);
  bad.lengthen(4, 400);
  const ExpectationVerdict broken = bad.judge("never unroutable(shoppers)");
  BOOST_TEST(broken.outcome == fail);
  BOOST_TEST((broken.first_violation->from == at_second(76)));
  BOOST_TEST((broken.first_violation->to == at_second(80)));
  // Six in four seconds: perhaps never more than three in one.
  const ExpectationVerdict open = bad.judge("never unroutable(shoppers) > 4");
  BOOST_TEST(open.outcome == unclear);
  BOOST_TEST(open.reason.starts_with("single seconds are not kept here"));
  BOOST_TEST(bad.outcome("never unroutable(shoppers) > 6") == pass);
  // What came before the scope does not count against it.
  BOOST_TEST(bad.outcome("never unroutable(shoppers) after 79s") == unclear);
  BOOST_TEST(bad.outcome("never unroutable(shoppers) after 80s") == pass);
  // In the last seconds it is seen when it happened.
  const ExpectationVerdict late = bad.judge("never failed(shoppers) > 8");
  BOOST_TEST(late.outcome == fail);
  BOOST_TEST((late.first_violation->from == at_second(500)));
  BOOST_TEST((late.first_violation->to == at_second(501)));
}

BOOST_AUTO_TEST_CASE(states_are_as_exact_as_ever) {
  Lab lab;
  lab.steps("ready", "shop", {{0, 3}, {100.25, 1}, {100.5, 3}, {200, 2}});
  lab.lengthen(4, 400);
  const ExpectationVerdict e = lab.judge("never ready(shop) < 3");
  BOOST_TEST(e.outcome == fail);
  BOOST_TEST((e.first_violation->from == at_second(100.25)));
  BOOST_TEST(e.windows == 600u);
  BOOST_TEST(e.violations == 401u);
  BOOST_TEST(lab.judge("never ready(shop) < 1").windows == 600u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace leapday::reports_test
