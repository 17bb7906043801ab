/// \file verdict_test.cpp
/// Recovery, scopes, twins and baselines, causes, and what makes a whole verdict.
/// Why: what cannot be told must come out as inconclusive, never as held.
#include <boost/test/unit_test.hpp>

#include "tests/reports/lab.hpp"

namespace leapday::reports_test {

BOOST_AUTO_TEST_SUITE(recovery)

const std::string kRecovers =
    "eventually success(shoppers) >= 99.9% over 10s for 1min within 2min after cell-dies.begin";

BOOST_AUTO_TEST_CASE(recovery_counts_from_the_anchor_and_holds_for_its_time) {
  Lab lab;
  lab.fault("cell-dies", 100, 400);
  lab.fails("shoppers", 100, 130, 20);

  const ExpectationVerdict e = lab.judge(kRecovers);

  // Bad until 130, so windows of 10 s are good from 140 on; held since 139 (the second that ends
  // at 140), for a minute at 199.
  BOOST_TEST(e.outcome == pass);
  BOOST_TEST(e.worst->value == 99.0);
  BOOST_TEST(*e.margin == 21.0);
  BOOST_TEST(*e.bound == 120.0);
  BOOST_TEST(e.unit == "s");
  BOOST_TEST(e.reason == "met 99 s after cell-dies.begin");
}

BOOST_AUTO_TEST_CASE(late_recovery_says_how_late) {
  Lab lab;
  lab.fault("cell-dies", 100, 400);
  lab.fails("shoppers", 100, 230, 20);

  const ExpectationVerdict e = lab.judge(kRecovers);

  BOOST_TEST(e.outcome == fail);
  BOOST_TEST(*e.margin == -79.0);
  BOOST_TEST(e.reason == "met 3min19s after cell-dies.begin, 79 s late");
  BOOST_TEST((e.first_violation->from == at_second(100)));
  BOOST_TEST((e.first_violation->to == at_second(220)));
}

BOOST_AUTO_TEST_CASE(never_recovering_says_what_was_last_seen) {
  Lab lab;
  lab.fault("cell-dies", 100, 400);
  lab.fails("shoppers", 100, 600, 20);

  const ExpectationVerdict e = lab.judge(kRecovers);

  BOOST_TEST(e.outcome == fail);
  BOOST_TEST(!e.margin.has_value());
  BOOST_TEST(e.reason == "not met by the end of the run; last seen 80 % against >= 99.9 %");
}

BOOST_AUTO_TEST_CASE(a_relapse_starts_the_hold_anew) {
  Lab lab;
  lab.fault("cell-dies", 100, 400);
  lab.fails("shoppers", 100, 101, 20);
  lab.fails("shoppers", 160, 161, 20);  // 51 good seconds are not a minute

  const ExpectationVerdict e = lab.judge(kRecovers);

  BOOST_TEST(e.outcome == fail);
  BOOST_TEST(e.reason == "met 2min10s after cell-dies.begin, 10 s late");
}

BOOST_AUTO_TEST_CASE(an_anchor_never_reached_is_inconclusive) {
  Lab lab;
  const ExpectationVerdict e = lab.judge(kRecovers);
  BOOST_TEST(e.outcome == unclear);
  BOOST_TEST(e.reason == "cell-dies.begin was never reached");
}

BOOST_AUTO_TEST_CASE(a_deadline_beyond_the_run_is_inconclusive_unless_met) {
  Lab lab;
  lab.fault("cell-dies", 550, 600);
  BOOST_TEST(lab.outcome("eventually success(shoppers) >= 99% within 2min after cell-dies.begin") ==
             pass);
  lab.fails("shoppers", 550, 600, 20);
  const ExpectationVerdict e =
      lab.judge("eventually success(shoppers) >= 99% within 2min after cell-dies.begin");
  BOOST_TEST(e.outcome == unclear);
  BOOST_TEST(e.reason == "the run ended 70 s before the deadline; last seen 80 % against >= 99 %");
}

BOOST_AUTO_TEST_CASE(a_state_at_the_very_deadline_is_in_time) {
  Lab lab;
  lab.span("rollout", Span::Kind::deployment, 60.5, 400);
  lab.steps("hosts_faulty", "hosts", {{0, 0}, {360.5, 1}});
  BOOST_TEST(lab.outcome("eventually hosts_faulty(hosts) >= 1 within 5min after rollout.begin") ==
             pass);
  lab.record.steps[0].steps[1].first += Duration{1};
  BOOST_TEST(lab.outcome("eventually hosts_faulty(hosts) >= 1 within 5min after rollout.begin") ==
             fail);
}

BOOST_AUTO_TEST_CASE(completion_is_read_from_milestones) {
  Lab lab;
  lab.span("rollout", Span::Kind::deployment, 60, 300);
  lab.record.anchors.push_back({"rollout", "done", 0.5, 5, at_second(180)});
  lab.record.anchors.push_back({"rollout", "done", 1, 10, at_second(300)});
  const std::string claim = "eventually completed(rollout) within 4min after rollout.begin";
  BOOST_TEST(lab.outcome(claim) == pass);
  BOOST_TEST(lab.outcome("eventually completed(rollout) within 239s after rollout.begin") == fail);
  BOOST_TEST(lab.outcome("eventually completed(rollout) within 2min after rollout.done(50%)") ==
             pass);
  BOOST_TEST(lab.outcome("eventually completed(rollout) within 2min after rollout.done(51%)") ==
             pass);
  BOOST_TEST(lab.outcome("never completed(rollout)") == fail);
  BOOST_TEST(lab.outcome("completed(rollout) == 1") == pass);
  BOOST_TEST(lab.outcome("completed(rollout) == 0 until rollout.done(50%)") == pass);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(scopes)

BOOST_AUTO_TEST_CASE(scopes_choose_what_is_judged) {
  Lab lab;
  lab.fault("cell-dies", 100, 200);
  lab.fails("shoppers", 100, 200, 50);
  lab.fails("shoppers", 200, 230, 5);
  BOOST_TEST(lab.outcome("success(shoppers) == 50% during cell-dies") == pass);
  BOOST_TEST(lab.outcome("success(shoppers) < 60% during cell-dies + 30s") == fail);
  BOOST_TEST(lab.outcome("success(shoppers) >= 99.6% except during cell-dies") == pass);
  BOOST_TEST(lab.outcome("success(shoppers) == 100% except during cell-dies + 30s") == pass);
  BOOST_TEST(lab.outcome("success(shoppers) == 100% until cell-dies.begin") == pass);
  BOOST_TEST(lab.outcome("success(shoppers) == 100% after cell-dies.end") == fail);
  BOOST_TEST(lab.outcome("success(shoppers) == 100% after cell-dies.end + 30s") == pass);
  BOOST_TEST(lab.outcome("success(shoppers) == 100% after 230s") == pass);
  BOOST_TEST(lab.outcome("success(shoppers) == 100% after 2012-02-29T00:03:50Z") == pass);
  BOOST_TEST(lab.outcome("success(shoppers) == 100% after 2012-02-29T00:03:49Z") == fail);
  BOOST_TEST(lab.outcome("success(shoppers) == 95% after cell-dies.end until 230s") == pass);
}

BOOST_AUTO_TEST_CASE(every_occurrence_of_a_span_counts) {
  Lab lab;
  lab.fault("blip", 100, 110);
  lab.fault("blip", 300, 310);
  lab.fails("shoppers", 100, 110, 50);
  lab.fails("shoppers", 300, 310, 30);
  BOOST_TEST(lab.outcome("success(shoppers) == 60% during blip") == pass);
  BOOST_TEST(lab.outcome("success(shoppers) == 100% except during blip") == pass);
  BOOST_TEST(lab.outcome("failed(shoppers) == 300 after blip.begin@2") == pass);
  BOOST_TEST(lab.outcome("failed(shoppers) == 300 after blip.begin@3") == unclear);
}

BOOST_AUTO_TEST_CASE(seconds_cut_by_a_scope_are_not_counted) {
  Lab lab;
  lab.fault("cell-dies", 100.5, 200.5);
  lab.fails("shoppers", 100, 101, 50);
  lab.fails("shoppers", 200, 201, 50);
  BOOST_TEST(lab.outcome("failed(shoppers) == 0 during cell-dies") == pass);
  BOOST_TEST(lab.outcome("requests(shoppers) == 9900 during cell-dies") == pass);
}

BOOST_AUTO_TEST_CASE(the_last_second_of_a_run_counts_even_when_broken) {
  Lab lab(10);
  lab.record.ended = at_second(9.5);
  lab.record.duration = lab.record.ended.time_since_epoch();
  lab.fails("shoppers", 9, 10, 40);
  BOOST_TEST(lab.outcome("failed(shoppers) == 40") == pass);
  BOOST_TEST(lab.outcome("never failed(shoppers) > 39") == fail);
}

BOOST_AUTO_TEST_CASE(a_scope_that_never_began_is_inconclusive) {
  Lab lab;
  const ExpectationVerdict during = lab.judge("success(shoppers) >= 99% during rollout");
  BOOST_TEST(during.outcome == unclear);
  BOOST_TEST(during.reason == "rollout never began");
  BOOST_TEST(lab.judge("success(shoppers) >= 99% after rollout.end").reason ==
             "rollout.end was never reached");
  // What never began excludes nothing.
  BOOST_TEST(lab.outcome("success(shoppers) >= 99% except during rollout") == pass);
}

BOOST_AUTO_TEST_CASE(an_open_span_lasts_to_the_end_and_has_no_end) {
  Lab lab;
  lab.record.spans.push_back({.name = "rollout",
                              .kind = Span::Kind::deployment,
                              .begin = at_second(500),
                              .end = at_second(600),
                              .open = true});
  BOOST_TEST(lab.outcome("requests(shoppers) == 10000 during rollout") == pass);
  BOOST_TEST(lab.outcome("success(shoppers) >= 99% after rollout.begin") == pass);
  BOOST_TEST(lab.outcome("success(shoppers) >= 99% after rollout.end") == unclear);
}

BOOST_AUTO_TEST_CASE(a_fault_that_touched_nothing_proves_nothing) {
  Lab lab;
  lab.fault("cell-dies", 100, 200, 0);

  const ExpectationVerdict e = lab.judge("success(shoppers) >= 99% during cell-dies");

  BOOST_TEST(e.outcome == unclear);
  BOOST_TEST(e.reason ==
             "cell-dies touched nothing, so this says nothing about it; 100 % against >= 99 %");
  lab.fails("shoppers", 100, 200, 50);
  BOOST_TEST(lab.outcome("success(shoppers) >= 99% during cell-dies") == fail);  // still broken
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(references)

BOOST_AUTO_TEST_CASE(the_twin_is_measured_over_the_same_seconds) {
  Lab lab;
  lab.fault("cell-dies", 100, 200);
  lab.twin = lab.record;
  lab.fails("shoppers", 100, 110, 50);  // 500 more than the twin's 0
  lab.sends("shop", 100, 200, 100, 21ms);
  BOOST_TEST(lab.outcome("failed(shoppers) <= twin + 500") == pass);
  BOOST_TEST(lab.outcome("failed(shoppers) <= twin + 499") == fail);
  BOOST_TEST(lab.outcome("p99(shop) <= 110% of twin during cell-dies") == pass);
  BOOST_TEST(lab.outcome("p99(shop) <= 104% of twin during cell-dies") == fail);
  BOOST_TEST(lab.outcome("p99(shop) <= twin in every 1min") == fail);
  const ExpectationVerdict e = lab.judge("failed(shoppers) <= twin + 499");
  BOOST_TEST(*e.bound == 499.0);
  BOOST_TEST(e.reason == "500 against <= 499 (from the twin)");
}

BOOST_AUTO_TEST_CASE(without_a_twin_it_cannot_be_told) {
  Lab lab;
  const ExpectationVerdict e = lab.judge("failed(shoppers) <= twin + 500");
  BOOST_TEST(e.outcome == unclear);
  BOOST_TEST(e.reason == "no un-faulted twin was run");
}

BOOST_AUTO_TEST_CASE(only_expectations_about_the_twin_need_one) {
  Lab lab;
  lab.expect("a", "failed(shoppers) <= 5");
  lab.expect("b", "p99(shop) <= 110% of baseline");
  BOOST_TEST(!needs_twin(lab.scenario));
  lab.expect("c", "never success(shoppers) < 90% and failed(shoppers) > twin");
  BOOST_TEST(needs_twin(lab.scenario));
}

BOOST_AUTO_TEST_CASE(the_baseline_is_the_run_before_anything_began) {
  Lab lab;
  lab.fault("cell-dies", 100, 200);
  lab.sends("shop", 100, 600, 100, 40ms);
  BOOST_TEST(lab.outcome("p99(shop) <= 210% of baseline") == pass);
  BOOST_TEST(lab.outcome("p99(shop) <= 190% of baseline") == fail);
  // Counts are scaled: 100 requests a second before, and during the fault.
  BOOST_TEST(lab.outcome("requests(shoppers) == baseline during cell-dies") == pass);
  BOOST_TEST(lab.outcome("requests(shoppers) == baseline") == pass);
}

BOOST_AUTO_TEST_CASE(without_a_beginning_there_is_no_baseline) {
  Lab lab;
  const ExpectationVerdict e = lab.judge("p99(shop) <= 110% of baseline");
  BOOST_TEST(e.outcome == unclear);
  BOOST_TEST(e.reason == "there is no baseline: no fault or deployment began after t=0");
  lab.fault("bad-certs", 0, 600);
  BOOST_TEST(lab.outcome("p99(shop) <= 110% of baseline") == unclear);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(honesty)

BOOST_AUTO_TEST_CASE(an_unstable_app_has_no_steady_mean) {
  Lab lab;
  lab.record.stability.push_back({"shop", 1.1, false});

  const ExpectationVerdict held = lab.judge("mean(shoppers) < 1s");
  BOOST_TEST(held.outcome == unclear);
  BOOST_TEST(held.reason == "unstable: offered load 1.10 >= 1");
  BOOST_TEST(!held.worst.has_value());

  const ExpectationVerdict broken = lab.judge("p99(shop) < 10ms");
  BOOST_TEST(broken.outcome == fail);
  BOOST_TEST(broken.reason.ends_with("; unstable: offered load 1.10 >= 1"));
  // A window is what it was, and success has no steady state to miss.
  BOOST_TEST(lab.outcome("p99(shop) < 1s in every 1min") == pass);
  BOOST_TEST(lab.outcome("success(shop) >= 99%") == pass);
}

BOOST_AUTO_TEST_CASE(what_an_app_waits_for_makes_it_unstable_too) {
  Lab lab;
  lab.scenario.apps["catalogue"];
  lab.scenario.apps["shop"].calls.push_back({.to = "catalogue"});
  lab.record.stability.push_back({"catalogue", 0.97, false});
  BOOST_TEST(lab.judge("mean(shoppers) < 1s").reason ==
             "unstable: the backlog kept growing (offered load 0.97)");
}

BOOST_AUTO_TEST_CASE(a_run_cut_short_decides_only_what_it_has_seen) {
  Lab lab;
  lab.record.ended = at_second(300);
  lab.record.cut_short = "max_events";
  lab.fault("cell-dies", 100, 200);
  BOOST_TEST(lab.outcome("success(shoppers) >= 99%") == unclear);
  BOOST_TEST(lab.outcome("success(shoppers) >= 99% in every 1min") == unclear);
  BOOST_TEST(lab.outcome("never unroutable(shoppers)") == unclear);
  BOOST_TEST(lab.outcome("success(shoppers) >= 99% during cell-dies") == pass);
  BOOST_TEST(lab.outcome("eventually success(shoppers) >= 99% within 1min after cell-dies.begin") ==
             pass);
  lab.fails("shoppers", 100, 110, 90);
  BOOST_TEST(lab.outcome("success(shoppers) >= 99%") == unclear);  // more might have mended it
  BOOST_TEST(lab.outcome("success(shoppers) >= 99% in every 1min") == fail);
  BOOST_TEST(lab.outcome("never failed(shoppers) > 50") == fail);
  BOOST_TEST(lab.judge("never unroutable(shoppers)").reason ==
             "the run was cut short at 0:05:00 (max_events); it held until then");
}

BOOST_AUTO_TEST_CASE(no_expectation_is_no_verdict) {
  Lab lab;
  const Verdict verdict = lab.judge();
  BOOST_TEST(verdict.outcome == unclear);
  BOOST_TEST(verdict.reason == "the scenario states no expectation");
}

BOOST_AUTO_TEST_CASE(a_run_fails_when_one_expectation_does) {
  Lab lab;
  lab.expect("served", "success(shoppers) >= 99%");
  BOOST_TEST(lab.judge().outcome == pass);
  lab.expect("after-it", "success(shoppers) >= 99% after rollout.end");
  BOOST_TEST(lab.judge().outcome == unclear);
  BOOST_TEST(lab.judge().reason == "1 of 2 expectations could not be decided: after-it");
  lab.expect("fast", "p99(shoppers) < 1ms");
  BOOST_TEST(lab.judge().outcome == fail);
  BOOST_TEST(lab.judge().reason == "1 of 3 expectations failed: fast");
}

BOOST_AUTO_TEST_CASE(a_fault_that_hit_nothing_makes_the_verdict_inconclusive) {
  Lab lab;
  lab.expect("served", "success(shoppers) >= 99%");
  lab.fault("cell-dies", 100, 200, 0);
  const Verdict verdict = lab.judge();
  BOOST_TEST(verdict.expectations[0].outcome == pass);
  BOOST_TEST(verdict.outcome == unclear);
  BOOST_TEST(verdict.reason == "every expectation held, but a fault touched nothing: cell-dies");
}

BOOST_AUTO_TEST_CASE(lost_requests_fail_every_run) {
  Lab lab;
  lab.expect("served", "success(shoppers) >= 99%");
  lab.settle(lab.record);
  lab.record.attempts = {.injected = 10, .answered = 9};

  const Verdict verdict = leapday::judge(lab.scenario, lab.registry, lab.record, nullptr);

  BOOST_TEST(verdict.outcome == fail);
  BOOST_REQUIRE(verdict.expectations.size() == 2u);
  BOOST_TEST(verdict.expectations[1].name == "conservation");
  BOOST_TEST(verdict.expectations[1].outcome == fail);
  BOOST_TEST(verdict.expectations[1].reason ==
             "internal error: attempts: 10 sent, but 9 answered, 0 failed and 0 in flight");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(causes)

BOOST_AUTO_TEST_CASE(the_chain_walks_back_from_the_last_blow_to_the_fault) {
  Lab lab;
  lab.span("rollout", Span::Kind::deployment, 50, 400);
  lab.fault("cell-dies", 100, 200);
  const EventId deployed = lab.event(50, "deployment.begin", "rollout");
  lab.event(99, "instance.crashed", "other/0");
  const EventId fault = lab.event(100, "fault.begin", "cell-dies");
  const EventId host = lab.event(100, "host.crashed", "z1-0", fault);
  const EventId crash = lab.event(101, "instance.crashed", "shop/3", host);
  lab.event(115, "instance.ready", "shop/3", crash);
  lab.event(500, "host.lost", "z2-0");
  lab.fails("shoppers", 110, 120, 50);

  const ExpectationVerdict e = lab.judge("success(shoppers) >= 99% in every 1min");

  const std::vector<EventId> expected{fault, host, crash};
  BOOST_TEST((e.chain == expected));
  BOOST_TEST(deployed.valid());
}

BOOST_AUTO_TEST_CASE(a_chain_without_a_beginning_gets_the_one_under_way) {
  Lab lab;
  lab.span("rollout", Span::Kind::deployment, 50, 400);
  lab.scenario.deployments["rollout"].app = "shop";
  const EventId deployed = lab.event(50, "deployment.begin", "rollout");
  const EventId crash = lab.event(101, "instance.crashed", "shop/3");
  lab.fails("shoppers", 110, 120, 50);

  const ExpectationVerdict e = lab.judge("never success(shoppers) < 99%");

  BOOST_TEST((e.chain == std::vector<EventId>{deployed, crash}));
}

BOOST_AUTO_TEST_CASE(a_long_chain_keeps_its_root_and_its_end) {
  Lab lab;
  lab.fault("cell-dies", 10, 200);
  EventId cause = lab.event(10, "fault.begin", "cell-dies");
  for (int i = 0; i < 20; ++i) cause = lab.event(20 + i, "instance.crashed", "shop/0", cause);
  lab.fails("shoppers", 50, 60, 50);

  const ExpectationVerdict e = lab.judge("never success(shoppers) < 99%");

  BOOST_REQUIRE(e.chain.size() == 8u);
  BOOST_TEST(e.chain.front().index == 0u);
  BOOST_TEST(e.chain.back().index == 20u);
}

BOOST_AUTO_TEST_CASE(what_held_has_no_chain) {
  Lab lab;
  lab.event(100, "instance.crashed", "shop/3");
  BOOST_TEST(lab.judge("success(shoppers) >= 99%").chain.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace leapday::reports_test
