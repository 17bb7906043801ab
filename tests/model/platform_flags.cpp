/// \file platform_flags.cpp
/// Feature flags in a run: news that travels, users who keep what they have, switches that save.
/// Why: what a flag says and what an app does differ for as long as the news takes.
#include <fmt/format.h>

#include <map>

#include "sim/model/flag_path.hpp"
#include "tests/model/platform_lab.hpp"
#include "tests/model/traffic_lab.hpp"

BOOST_AUTO_TEST_SUITE(platform_flags)

using namespace leapday;
using namespace leapday::model;
using leapday::model::Rehearsal;

namespace {

/// App "shop" of ten instances, whose flag "search" has variants "old" and "new".
std::string flagged(const std::string& flag, const std::string& fresh, const std::string& rest = "",
                    const std::string& load = "rate: 200/s, users: 5000") {
  return fmt::format(R"(
run: {{duration: 200s, warmup: 5s}}
topology: {{zones: {{a: {{hosts: 5}}, b: {{hosts: 5}}}}}}
apps:
  shop: {{instances: 10, service_time: 10ms, concurrency: 10}}
load: {{users: {{to: shop, {}}}}}
flags:
  search:
    app: shop
    variants: {{old: {{}}, new: {{{}}}}}
    default_variant: old
{}
{}
)",
                     load, fresh, flag, rest);
}

const Series& series(const Record& record, const std::string& subject) {
  const Series* found = record.find_series(subject);
  BOOST_REQUIRE(found != nullptr);
  return *found;
}

std::uint64_t failed_between(const Record& record, const std::string& subject, std::size_t from,
                             std::size_t to) {
  std::uint64_t failed = 0;
  const auto& rows = series(record, subject).by_send;
  for (std::size_t s = from; s < std::min(to, rows.size()); ++s) {
    for (const std::uint32_t n : rows[s].failed) failed += n;
  }
  return failed;
}

std::uint64_t sent_between(const Record& record, const std::string& subject, std::size_t from,
                           std::size_t to) {
  std::uint64_t sent = 0;
  const auto& rows = series(record, subject).by_send;
  for (std::size_t s = from; s < std::min(to, rows.size()); ++s) sent += rows[s].sent;
  return sent;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_share_of_the_users_gets_the_new_variant) {
  const Record record = Rehearsal(flagged("    fractional: {new: 25%, old: 75%}",
                                          "error_rate: 100%", "", "rate: 400/s, users: 1000000"))
                            .run();

  const auto all = static_cast<double>(series(record, "users").total.injected);
  const std::uint64_t fresh = series(record, "search.new").total.injected;
  check_share("new", static_cast<double>(fresh) / all, all, 0.25);
  BOOST_TEST(series(record, "search.new").total.answered == 0U);
  BOOST_TEST(series(record, "search.old").total.failed_total() == 0U);
  BOOST_TEST(series(record, "users").total.failed_total() == fresh);
}

BOOST_AUTO_TEST_CASE(a_user_stays_in_the_bucket_while_the_share_grows) {
  // A closed loop: one user per client, who either always fails or never, until the ramp takes
  // her in. Nobody who had it loses it again.
  Rehearsal lab(flagged("    fractional: {new: 10%, old: 90%}", "error_rate: 100%", "",
                        "closed: {clients: 400, think_time: 900ms}"));
  struct Seen {
    std::map<std::uint64_t, std::vector<bool>> failed;
  } seen;
  TrafficLab bench(lab.scenario);
  bench.traffic.watch(
      [](void* self, const SettledRequest& request) {
        const bool bad = request.reason != FailureReason::count_;
        static_cast<Seen*>(self)->failed[request.number % 400].push_back(bad);
      },
      &seen);
  FlagPath& flags = bench.traffic.flags();
  const auto tell = [&] {
    for (std::uint32_t i = 0; i < 10; ++i) flags.learn(0, i, flags.newest_version(0));
  };
  tell();
  const FlagShares from = flags.newest(0).fractional, to{.weights = {{1, 1}, {0, 1}}, .total = 2};
  for (std::uint64_t part = 1; part <= 8; ++part) {
    bench.run_until(50s + static_cast<std::int64_t>(part) * 10s);
    flags.flip(0, {.fractional = between(from, to, part, 8)});
    tell();
  }
  bench.finish();

  BOOST_TEST(seen.failed.size() == 400U);
  std::size_t with = 0;
  for (const auto& [user, failures] : seen.failed) {
    BOOST_TEST(failures.size() > 150U);
    BOOST_TEST(std::is_sorted(failures.begin(), failures.end()), "user " << user << " lost it");
    with += failures.back() ? 1 : 0;
  }
  check_share("users with it", static_cast<double>(with) / 400, 400, 0.5);
}

BOOST_AUTO_TEST_CASE(
    instances_that_poll_hear_of_it_within_one_period_and_answers_are_mixed_so_long) {
  const Record record = Rehearsal(flagged(R"(    poll_every: 30s
    steps: {on: {at: 60s, fractional: {new: 100%}}})",
                                          "error_rate: 100%"))
                            .run();

  const Span* span = record.find_span("on");
  BOOST_REQUIRE(span != nullptr);
  BOOST_TEST((span->kind == Span::Kind::flag));
  BOOST_TEST(seconds(span->begin) == 60);
  BOOST_TEST(seconds(span->end) > 75);  // the last of ten polls
  BOOST_TEST(seconds(span->end) <= 90);
  const auto end = static_cast<std::size_t>(seconds(span->end));
  BOOST_TEST(failed_between(record, "users", 0, 60) == 0U);
  BOOST_TEST(failed_between(record, "users", 60, end) > 0U);
  BOOST_TEST(series(record, "search.old").total.injected > 0U);
  BOOST_TEST(sent_between(record, "search.old", 60, end) > 0U);
  BOOST_TEST(sent_between(record, "search.old", end + 1, 200) == 0U);
  BOOST_TEST(failed_between(record, "users", end + 1, 199) ==
             sent_between(record, "users", end + 1, 199));
}

BOOST_AUTO_TEST_CASE(the_mixed_window_lasts_exactly_as_long_as_the_news_takes) {
  const Record record = Rehearsal(flagged(R"(    delay: 7s
    steps: {on: {at: 60s, fractional: {new: 100%}}})",
                                          "error_rate: 100%"))
                            .run();

  const Span* span = record.find_span("on");
  BOOST_REQUIRE(span != nullptr);
  BOOST_TEST(seconds(span->begin) == 60);
  BOOST_TEST(seconds(span->end) == 67);
  BOOST_TEST(first(record, "flag.flipped", "on") == 60);
  BOOST_TEST(first(record, "flag.propagated", "on") == 67);
  BOOST_TEST(failed_between(record, "users", 0, 67) < 3U);  // sent just before, begun after
  BOOST_TEST(sent_between(record, "search.old", 67, 200) == 0U);
  std::vector<std::pair<double, double>> done;
  for (const AnchorHit& hit : record.anchors) {
    if (hit.name == "on" && hit.event == "done") done.emplace_back(seconds(hit.at), hit.share);
  }
  BOOST_REQUIRE(done.size() == 10U);
  BOOST_TEST(done.front().second == 0.1);
  BOOST_TEST(done.back().second == 1);
  BOOST_TEST(done.back().first == 67);
}

BOOST_AUTO_TEST_CASE(a_kill_switch_ends_the_errors_within_the_propagation_delay) {
  const Record record = Rehearsal(flagged(R"(    fractional: {new: 30%, old: 70%}
    poll_every: 10s
    delay: 500ms
    steps: {kill: {at: 100s, state: disabled}})",
                                          "error_rate: 50%"))
                            .run();

  const Span* kill = record.find_span("kill");
  BOOST_REQUIRE(kill != nullptr);
  BOOST_TEST(seconds(kill->end) <= 110.5);
  BOOST_TEST(seconds(kill->end) > 105);
  const auto end = static_cast<std::size_t>(seconds(kill->end)) + 1;
  BOOST_TEST(failed_between(record, "users", 90, 100) > 200U);
  BOOST_TEST(failed_between(record, "users", 100, end) > 0U);
  BOOST_TEST(failed_between(record, "users", end, 200) == 0U);
}

BOOST_AUTO_TEST_CASE(a_source_that_is_down_leaves_what_was_known) {
  // Down from 50 s to 120 s; the flip at 60 s is heard at the first poll after that.
  const Record record = Rehearsal(flagged(R"(    poll_every: 10s
    source: flagd
    steps: {on: {at: 60s, fractional: {new: 100%}}})",
                                          "error_rate: 100%", R"(
dependencies: {flagd: {kind: external, service_time: 1ms}}
faults: {away: {at: 50s, kind: dependency.down, target: flagd, for: 70s}})"))
                            .run();

  BOOST_TEST(failed_between(record, "users", 0, 120) == 0U);
  const Span* on = record.find_span("on");
  BOOST_TEST(seconds(on->begin) == 60);
  BOOST_TEST(seconds(on->end) > 120);
  BOOST_TEST(seconds(on->end) <= 130);
  BOOST_TEST(record.find_span("away")->touched > 10U);
}

BOOST_AUTO_TEST_CASE(whoever_is_told_tries_again_until_the_source_is_back) {
  const Record record = Rehearsal(flagged(R"(    retry_every: 4s
    source: flagd
    steps: {on: {at: 60s, fractional: {new: 100%}}})",
                                          "error_rate: 100%", R"(
dependencies: {flagd: {kind: external, service_time: 1ms}}
faults: {away: {at: 50s, kind: dependency.down, target: flagd, for: 71s}})"))
                            .run();

  BOOST_TEST(seconds(record.find_span("on")->end) == 124);  // 60 s + 16 x 4 s, the first past 121 s
  BOOST_TEST(failed_between(record, "users", 0, 124) < 3U);
}

BOOST_AUTO_TEST_CASE(an_instance_that_starts_without_the_source_takes_what_its_code_says) {
  // Killed at 60 s while the source is away, an instance comes back with the fallback, although the
  // flag has said "new" for everybody from the start.
  const Record record = Rehearsal(flagged(R"(    fractional: {new: 100%}
    fallback: old
    poll_every: 10s
    source: flagd)",
                                          "error_rate: 100%", R"(
dependencies: {flagd: {kind: external, service_time: 1ms}}
faults:
  away: {at: 50s, kind: dependency.down, target: flagd, for: 60s}
  dies: {at: 60s, kind: instance.crash, target: all of instances of shop})"))
                            .run();

  BOOST_TEST(sent_between(record, "search.old", 0, 60) == 0U);
  BOOST_TEST(sent_between(record, "search.old", 70, 110) > 1'000U);
  BOOST_TEST(sent_between(record, "search.new", 70, 110) == 0U);
  BOOST_TEST(sent_between(record, "search.old", 121, 200) == 0U);
}

BOOST_AUTO_TEST_CASE(variants_change_time_calls_and_fate) {
  const std::string rest = R"(
dependencies: {ranker: {kind: external, service_time: 30ms}})";
  const Rehearsal calls(flagged("    fractional: {new: 100%}",
                                "service_time_factor: 2, calls: [{to: ranker}]", rest));
  const Rehearsal other(flagged("    fractional: {new: 100%}", "service_time: 70ms"));
  const Rehearsal crash(flagged("    fractional: {new: 100%}", "crash_probability: 1%"));

  const Record called = calls.run();

  BOOST_TEST(std::abs(mean_latency(called) - 0.050) < 1e-9);
  BOOST_TEST(called.calls.answered + called.calls.in_flight == called.calls.injected);
  check_near("calls", static_cast<double>(series(called, "ranker").total.answered),
             static_cast<double>(series(called, "users").total.answered), 0.001);
  BOOST_TEST(std::abs(mean_latency(other.run()) - 0.070) < 1e-9);
  BOOST_TEST(events(crash.run(), "instance.crashed").size() > 10U);
}

BOOST_AUTO_TEST_CASE(only_the_endpoints_named_ask_the_flag) {
  std::string yaml = flagged("    endpoints: [find]\n    fractional: {new: 100%}",
                             "error_rate: 100%", "", "rate: 200/s, mix: {find: 30%, buy: 70%}");
  yaml.replace(yaml.find("service_time: 10ms,"), 19,
               "service_time: 10ms, endpoints: {find: {}, buy: {}},");

  const Record record = Rehearsal(yaml).run();

  BOOST_TEST(series(record, "users.find").total.answered == 0U);
  BOOST_TEST(series(record, "users.buy").total.failed_total() == 0U);
  BOOST_TEST(series(record, "search.new").total.injected ==
             series(record, "users.find").total.failed_total());
}

BOOST_AUTO_TEST_CASE(a_call_between_apps_asks_for_the_user_at_its_top) {
  // All calls of one user meet one variant of the back's flag, whoever makes them for her.
  const Rehearsal lab(R"(
run: {duration: 100s}
apps:
  front: {instances: 4, service_time: 1ms, concurrency: 100, calls: [{to: back, fan_out: 3}]}
  back: {instances: 4, service_time: 1ms, concurrency: 100}
load: {users: {to: front, closed: {clients: 100, think_time: 900ms}}}
flags:
  search:
    app: back
    variants: {old: {}, new: {error_rate: 100%}}
    default_variant: old
    fractional: {new: 50%, old: 50%}
)");

  const Record record = lab.run();

  // Were each call a user of its own, an eighth of the requests would have three good ones.
  const auto sent = static_cast<double>(series(record, "users").total.injected);
  const double failed = static_cast<double>(series(record, "users").total.failed_total()) / sent;
  check_share("failed", failed, 100, 0.5);
}

BOOST_AUTO_TEST_CASE(a_newer_step_stops_a_ramp_where_it_is) {
  const Record record = Rehearsal(flagged(R"(    steps:
      rise: {at: 50s, fractional: {new: 100%, old: 0%}, over: 100s, flips: 11}
      hold: {at: 75s, fractional: {new: 20%, old: 80%}})",
                                          ""))
                            .run();

  BOOST_TEST(events(record, "flag.flipped", "rise").size() == 3U);  // 50, 60 and 70 s
  BOOST_TEST(events(record, "flag.flipped", "rise").back().detail ==
             "search: new 27.27% old 72.73%");
  BOOST_TEST(seconds(record.find_span("rise")->end) == 75);
  const double all = static_cast<double>(sent_between(record, "users", 76, 200));
  const double fresh = static_cast<double>(sent_between(record, "search.new", 76, 200));
  BOOST_TEST(std::abs(fresh / all - 0.2) < 0.03);
}

BOOST_AUTO_TEST_CASE(a_condition_may_pull_the_switch_and_is_its_cause) {
  const Record record = Rehearsal(flagged(R"(    steps:
      on: {at: 50s, fractional: {new: 50%, old: 50%}}
      kill: {at: when success(users) < 80% over 5s, state: disabled})",
                                          "error_rate: 60%"))
                            .run();

  const auto met = events(record, "condition.met", "kill");
  const auto flipped = events(record, "flag.flipped", "kill");
  BOOST_REQUIRE(met.size() == 1U);
  BOOST_REQUIRE(flipped.size() == 1U);
  BOOST_REQUIRE(flipped.front().cause.valid());
  BOOST_TEST(record.events[flipped.front().cause.index].kind == "condition.met");
  BOOST_TEST(failed_between(record, "users", 70, 200) == 0U);
}

BOOST_AUTO_TEST_CASE(the_direct_path_meets_the_same_variants) {
  const Rehearsal lab(flagged("    fractional: {new: 30%, old: 70%}",
                              "error_rate: 10%, service_time_factor: 1.5", "",
                              "rate: 200/s, timeout: 1s"));
  const auto run = [&lab](bool fast) {
    Run one(lab.scenario, lab.registry, {.seed = 3, .fast_path = fast});
    one.run_until(one.end());
    return one.finish();
  };

  const Record fast = run(true), slow = run(false);

  BOOST_TEST(fast.trace_hash == slow.trace_hash);
  BOOST_TEST(series(fast, "search.new").total.injected ==
             series(slow, "search.new").total.injected);
}

BOOST_AUTO_TEST_CASE(a_flag_that_gives_everybody_the_old_changes_nothing) {
  const std::string yaml = flagged("    fractional: {new: 0%, old: 100%}", "error_rate: 100%");
  const std::string without = yaml.substr(0, yaml.find("flags:"));

  const Record a = Rehearsal(yaml).run(), b = Rehearsal(without).run();

  BOOST_TEST(series(a, "users").total.answered == series(b, "users").total.answered);
  BOOST_TEST(series(a, "users").latency_sum_seconds == series(b, "users").latency_sum_seconds);
}

BOOST_AUTO_TEST_SUITE_END()
