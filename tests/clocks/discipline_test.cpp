/// \file discipline_test.cpp
/// ntpd and chronyd on a host's clock: steps, slews, panic, and what is left when sources go.
/// Why: the numbers that operators quote are checked on the clock itself, not on the daemon.
#include "sim/clocks/discipline.hpp"

#include <cstdlib>
#include <functional>

#include "sim/clocks/sources.hpp"
#include "tests/clocks/lab.hpp"

namespace leapday::clocks {
namespace {

using namespace lab;
using Kind = Correction::Kind;

const WallTime kStart{1'353'355'200, 0};  // 2012-11-19 20:00:00
SimTime at(Duration t) { return kSimStart + t; }

Correction ask(Ntpd& daemon, const HostClock& clock, SimTime now, Measured measured,
               Duration poll) {
  return daemon.update(clock.raw(now), measured, poll);
}
Correction ask(Chronyd& daemon, const HostClock& clock, SimTime now, Measured measured, Duration) {
  return daemon.update(clock.raw(now), measured);
}

/// A clock that a daemon keeps by sources whose common error is given.
template <typename Daemon>
class Host {
 public:
  using Error = std::function<Duration(SimTime)>;
  explicit Host(Daemon kept, Duration wrong = {}) : daemon(std::move(kept)), clock(at(0s), kStart) {
    clock.step(at(0s), wrong);
  }

  /// Polls until then; false from when on the daemon is gone.
  Host& run(Duration until, Duration poll = 64s, const Error& error = {}) {
    for (; now_ + poll <= at(until); now_ += poll) poll_at(now_ + poll, poll, error);
    return *this;
  }
  /// Nobody is polled until then.
  Host& rest(Duration until) {
    settle(at(until));
    now_ = at(until);
    return *this;
  }
  Correction poll_at(SimTime when, Duration poll, const Error& error) {
    settle(when);
    const Duration offset = -wrong(when) + (error ? error(when) : Duration{0});
    const Correction told = ask(daemon, clock, when, {offset, 1ms}, poll);
    if (told.kind == Kind::exit) exited = true;
    if (told.kind == Kind::step) steps.push_back(told.step);
    follow(told, when);
    return told;
  }
  void follow(const Correction& told, SimTime when) {
    if (told.kind == Kind::ignore) return;
    apply(told, clock, when);
    ends_ = told.lasts ? std::optional(when + *told.lasts) : std::nullopt;
    after_ = told.after;
  }
  void settle(SimTime when) {
    if (!ends_ || *ends_ > when) return;
    clock.slew(*ends_, after_);
    ends_.reset();
  }
  /// How far the clock is ahead of true time.
  Duration wrong(SimTime when) const {
    return ahead(clock.realtime(when), kStart) - (when - kSimStart);
  }
  Duration wrong() const { return wrong(now_); }
  SimTime now() const { return now_; }

  Daemon daemon;
  HostClock clock;
  bool exited = false;
  std::vector<Duration> steps;

 private:
  SimTime now_ = kSimStart;
  std::optional<SimTime> ends_;
  ClockRate after_;
};

Host<Ntpd> ntpd(Ntpd::Options options = {}, Duration wrong = {}) {
  return Host<Ntpd>(Ntpd(options, MonoTime{}), wrong);
}
Host<Chronyd> chronyd(Chronyd::Options options = {}, Duration wrong = {}) {
  return Host<Chronyd>(Chronyd(options), wrong);
}
Duration size(Duration d) { return d < Duration{0} ? -d : d; }
/// In parts per billion.
std::int64_t ppb(ClockRate rate) { return rate.gain(1s).count(); }

void near(Duration value, Duration expected, Duration within) {
  BOOST_TEST(size(value - expected) <= within,
             value.count() << " ns is not within " << within.count() << " of " << expected.count());
}

Ntpd::Options settled() {
  Ntpd::Options options;
  options.drift_file = ClockRate{};
  return options;
}

BOOST_AUTO_TEST_SUITE(discipline_ntpd)

BOOST_AUTO_TEST_CASE(an_offset_above_128_ms_is_a_spike_until_the_stepout_is_over) {
  auto host = ntpd(settled());
  host.run(3840s);  // 60 polls: it is synchronised
  host.clock.step(host.now(), -200ms);
  host.run(3840s + 256s);
  BOOST_TEST(host.steps.empty());
  BOOST_TEST((host.daemon.state() == Ntpd::State::spike));
  host.run(3840s + 320s);  // 320 s after the last update that it used
  BOOST_REQUIRE(host.steps.size() == 1u);
  near(host.steps[0], 200ms, 1ms);
  near(host.wrong(), {}, 1ms);
}

BOOST_AUTO_TEST_CASE(ntpsec_waits_for_a_quarter_of_an_hour) {
  auto options = Ntpd::ntpsec();
  options.drift_file = ClockRate{};
  auto host = ntpd(options);
  host.run(3840s);
  host.clock.step(host.now(), -200ms);
  host.run(3840s + 896s);
  BOOST_TEST(host.steps.empty());
  host.run(3840s + 960s);
  BOOST_TEST(host.steps.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_spike_that_goes_away_leaves_no_trace) {
  auto host = ntpd(settled());
  host.run(3840s);
  host.run(3840s + 192s, 64s, [](SimTime) { return Duration{5s}; });
  host.run(7680s);
  BOOST_TEST(host.steps.empty());
  near(host.wrong(), {}, 1ms);
  BOOST_TEST((host.daemon.state() == Ntpd::State::synchronised));
}

BOOST_AUTO_TEST_CASE(slewing_at_its_most_takes_2000_seconds_for_each) {
  auto options = Ntpd::slewing();
  options.drift_file = ClockRate{};
  auto host = ntpd(options, -10s);
  host.run(64s);
  const Duration begun = host.wrong();
  host.run(64s + 4000s - 32s);  // 62 polls
  near(host.wrong() - begun, Duration{62 * 64s} / 2000, 1us);
  BOOST_TEST(host.steps.empty());
}

BOOST_AUTO_TEST_CASE(with_x_it_steps_from_ten_minutes_on) {
  auto options = Ntpd::slewing();
  options.drift_file = ClockRate{};
  auto host = ntpd(options, -601s);
  host.run(64s);
  BOOST_TEST(host.steps.size() == 1u);
}

BOOST_AUTO_TEST_CASE(without_a_drift_file_it_measures_the_frequency_over_the_stepout) {
  auto host = ntpd();
  host.clock.drift(at(0s), ClockRate::ppb(30'000));
  host.run(448s);
  BOOST_TEST((host.daemon.state() == Ntpd::State::synchronised));
  BOOST_TEST(std::abs(ppb(host.daemon.frequency()) + 30'000) < 3'000);
  host.run(24h);
  BOOST_TEST(std::abs(ppb(host.daemon.frequency()) + 30'000) < 10);
  near(host.wrong(), {}, 100us);
}

BOOST_AUTO_TEST_CASE(holdover_keeps_the_frequency_and_loses_what_the_oscillator_changes) {
  auto host = ntpd();
  host.clock.drift(at(0s), ClockRate::ppb(30'000));
  host.run(24h);
  host.follow(host.daemon.lost(), host.now());
  const Duration before = host.wrong();
  host.rest(48h);
  near(host.wrong(), before, 1ms);                       // 30 ppm alone would be 2.6 s
  host.clock.drift(host.now(), ClockRate::ppb(31'000));  // the room got warmer
  host.rest(72h);
  near(host.wrong() - before, 86'400us, 1ms);
}

BOOST_AUTO_TEST_CASE(an_oscillator_beyond_500_ppm_cannot_be_held) {
  auto host = ntpd();
  host.clock.drift(at(0s), ClockRate::ppb(600'000));
  host.run(6h);
  BOOST_TEST(ppb(host.daemon.frequency()) == -500'000);
  BOOST_TEST(host.steps.size() > 10u);  // the other 100 ppm are 128 ms in 21 minutes
  BOOST_TEST(host.steps.size() < 20u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(discipline_r7)

/// tick, tock and a third source, and what they make of true time; the bad ones are bad from
/// 21:12:47 to 22:04:02.
struct Usno {
  SourceGraph graph{published()};
  std::vector<SourceGraph::Id> tick_and_tock, others;

  Usno() {
    for (int i = 0; i < 2; ++i) {
      const auto reference = graph.add_reference();
      graph.fault(reference, SourceFault::usno_2012(published()));
      tick_and_tock.push_back(graph.add_server({reference}));
    }
    for (int i = 0; i < 3; ++i) others.push_back(graph.add_server({graph.add_reference()}));
  }
  Selection at(SimTime now, const std::vector<SourceGraph::Id>& sources) {
    return graph.select(
        published().tai({kStart.seconds / 86400, kStart.seconds % 86400, 0}) + (now - kSimStart),
        sources);
  }
  Host<Ntpd>::Error error(std::vector<SourceGraph::Id> sources) {
    return [this, sources](SimTime now) { return *at(now, sources).offset; };
  }
};
const Duration kBad = 4367s;  // 21:12:47
const Duration kGood = 7443s;

BOOST_AUTO_TEST_CASE(a_running_ntpd_with_one_source_exits_at_panic) {
  Usno usno;
  auto host = ntpd(settled());
  host.run(3h, 64s, usno.error({usno.tick_and_tock[0]}));
  BOOST_TEST(host.exited);
  BOOST_TEST(host.steps.empty());
  near(host.wrong(), {}, 1ms);  // the clock runs on, right
}

BOOST_AUTO_TEST_CASE(at_the_longest_poll_of_17_minutes_it_is_seen_all_the_same) {
  Usno usno;
  auto host = ntpd(settled());
  host.run(3h, 1024s, usno.error({usno.tick_and_tock[0]}));  // 51 minutes are three polls
  BOOST_TEST(host.exited);
}

BOOST_AUTO_TEST_CASE(with_g_in_that_hour_it_jumps_to_the_year_2000_and_exits_on_the_way_back) {
  Usno usno;
  auto options = settled();
  options.first_panic = true;
  auto host = ntpd(options);
  host.rest(kBad + 60s);
  host.run(kBad + 60s + 64s, 64s, usno.error({usno.tick_and_tock[0]}));
  BOOST_REQUIRE(host.steps.size() == 1u);
  BOOST_TEST(date_text(host.clock.realtime(host.now())) == "2000-11-19");
  BOOST_TEST(!host.exited);
  host.run(3h, 64s, usno.error({usno.tick_and_tock[0]}));
  BOOST_TEST(host.exited);  // 12 years back are a panic too, and -g holds once
  BOOST_TEST(date_text(host.clock.realtime(host.now())) == "2000-11-19");
}

BOOST_AUTO_TEST_CASE(with_panic_0_it_jumps_after_the_stepout_and_back_again) {
  Usno usno;
  auto options = settled();
  options.panic = 0s;
  auto host = ntpd(options);
  host.run(3h, 64s, usno.error({usno.tick_and_tock[0]}));
  BOOST_TEST(!host.exited);
  BOOST_REQUIRE(host.steps.size() == 2u);
  near(host.steps[0], std::chrono::seconds{-378'691'200}, 1s);
  near(host.steps[1], std::chrono::seconds{378'691'200}, 1s);
}

BOOST_AUTO_TEST_CASE(three_other_sources_outvote_both_and_one_other_does_not) {
  Usno usno;
  auto sources = usno.tick_and_tock;
  sources.insert(sources.end(), usno.others.begin(), usno.others.end());
  const Selection outvoted = usno.at(at(kBad + 1s), sources);
  BOOST_TEST(outvoted.offset->count() == 0);
  BOOST_TEST(outvoted.falsetickers == (std::vector<std::size_t>{0, 1}),
             boost::test_tools::per_element());
  auto host = ntpd(settled());
  host.run(3h, 64s, usno.error(sources));
  BOOST_TEST(!host.exited);
  near(host.wrong(), {}, 1ms);
  // Two machines of one operator fail as one: now the honest source is the falseticker.
  sources.resize(3);
  const Selection fooled = usno.at(at(kBad + 2s), sources);
  BOOST_TEST(fooled.offset->count() == Duration{std::chrono::seconds{-378'691'200}}.count());
  BOOST_TEST(fooled.falsetickers == std::vector<std::size_t>{2}, boost::test_tools::per_element());
  BOOST_TEST(usno.at(at(kGood), sources).falsetickers.empty());
}

BOOST_AUTO_TEST_CASE(a_packaged_chronyd_that_runs_slews_a_twelfth_slow_and_believes_it) {
  Usno usno;
  auto host = chronyd(Chronyd::packaged());
  host.run(kBad, 64s, usno.error({usno.tick_and_tock[0]}));
  const Duration before = host.wrong();
  host.run(kBad + 10min, 64s, usno.error({usno.tick_and_tock[0]}));
  BOOST_TEST(host.steps.empty());
  BOOST_TEST(host.wrong() - before < -40s);
  BOOST_TEST(host.wrong() - before > -50s);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(discipline_chronyd)

BOOST_AUTO_TEST_CASE(a_second_is_slewed_in_twelve) {
  auto host = chronyd({}, -1s);
  host.run(16s, 16s);
  host.rest(16s + 6s);
  near(host.wrong(), -500ms, 1us);
  host.rest(16s + 12s);
  near(host.wrong(), {}, 1us);
  host.rest(16s + 60s);
  near(host.wrong(), {}, 1us);
}

BOOST_AUTO_TEST_CASE(another_maxslewrate_is_another_pace) {
  Chronyd::Options options;
  options.max_slew = ClockRate::ppb(1'000'000);
  auto host = chronyd(options, -1s);
  host.run(16s, 16s);
  host.rest(16s + 500s);
  near(host.wrong(), -500ms, 1us);
}

BOOST_AUTO_TEST_CASE(makestep_1_3_steps_in_the_first_three_updates_and_never_again) {
  auto early = chronyd(Chronyd::packaged(), -1h);
  early.run(16s, 16s);
  BOOST_TEST(early.steps.size() == 1u);
  near(early.wrong(), {}, 1us);
  auto third = chronyd(Chronyd::packaged());
  third.run(32s, 16s);
  third.clock.step(third.now(), -1h);
  third.run(48s, 16s);
  BOOST_TEST(third.steps.size() == 1u);
  auto fourth = chronyd(Chronyd::packaged());
  fourth.run(48s, 16s);
  fourth.clock.step(fourth.now(), -1h);
  fourth.run(64s, 16s);
  BOOST_TEST(fourth.steps.empty());
  near(fourth.wrong(), -1h, 1s);
  fourth.run(64s + 12h, 16s);  // 3,600 s at a twelfth
  near(fourth.wrong(), {}, 1s);
}

BOOST_AUTO_TEST_CASE(makestep_steps_only_above_its_threshold_and_with_minus_1_always) {
  auto below = chronyd(Chronyd::packaged(), -900ms);
  below.run(16s, 16s);
  BOOST_TEST(below.steps.empty());
  auto options = Chronyd::packaged();
  options.makestep_limit = -1;
  auto always = chronyd(options);
  always.run(160s, 16s);
  always.clock.step(always.now(), 1h);
  always.run(176s, 16s);
  BOOST_TEST(always.steps.size() == 1u);
}

BOOST_AUTO_TEST_CASE(maxchange_ignores_so_many_updates_and_then_exits) {
  Chronyd::Options options;
  options.maxchange = 1000s;
  options.maxchange_start = 1;
  options.maxchange_ignore = 2;
  auto host = chronyd(options);
  host.run(64s);
  const auto year_2000 = [](SimTime) { return Duration{std::chrono::seconds{-378'691'200}}; };
  host.run(192s, 64s, year_2000);
  BOOST_TEST(!host.exited);
  host.run(256s, 64s, year_2000);
  BOOST_TEST(host.exited);
  BOOST_TEST(host.daemon.gone());
  near(host.wrong(), {}, 1us);
}

BOOST_AUTO_TEST_CASE(it_finds_the_frequency_and_keeps_it_in_holdover) {
  auto host = chronyd();
  host.clock.drift(at(0s), ClockRate::ppb(-40'000));
  host.run(6h);
  BOOST_TEST(std::abs(ppb(host.daemon.frequency()) - 40'000) <= 10);
  near(host.wrong(), {}, 100us);
  host.follow(host.daemon.lost(host.clock.raw(host.now())), host.now());
  const Duration before = host.wrong();
  host.rest(30h);
  near(host.wrong(), before, 1ms);  // the bare oscillator would lose 3.5 s
  host.clock.drift(host.now(), ClockRate::ppb(-45'000));
  host.rest(54h);
  near(host.wrong() - before, Duration{-432ms}, 1ms);
}

BOOST_AUTO_TEST_CASE(a_jump_of_the_source_is_not_taken_for_a_frequency) {
  auto host = chronyd();
  host.clock.drift(at(0s), ClockRate::ppb(20'000));
  host.run(2h);
  host.run(2h + 5min, 64s, [](SimTime) { return Duration{30s}; });
  BOOST_TEST(std::abs(ppb(host.daemon.frequency()) + 20'000) < 2'000);
}

BOOST_AUTO_TEST_CASE(a_leap_second_that_it_ignores_is_then_slewed_like_any_offset) {
  auto host = chronyd();
  host.run(640s);
  host.run(704s, 64s, [](SimTime) { return Duration{-1s}; });  // UTC fell behind by a second
  near(host.wrong(), {}, 1ms);
  host.rest(716s);
  near(host.wrong(), -1s, 1ms);
}

BOOST_AUTO_TEST_CASE(leap_modes_hold_at_the_ends_of_june_and_december_and_nowhere_else) {
  const LeapSecond december = new_year_2017();
  BOOST_TEST((leap_mode(ChronyLeap::system, december) == LeapMode::step));
  BOOST_TEST((leap_mode(ChronyLeap::step, december) == LeapMode::step));
  BOOST_TEST((leap_mode(ChronyLeap::slew, december) == LeapMode::slew));
  BOOST_TEST((leap_mode(ChronyLeap::ignore, december) == LeapMode::ignore));
  const std::int64_t july = posix_seconds({2027, 7, 1, 0}) / 86400;
  BOOST_TEST((leap_mode(ChronyLeap::slew, {july, -1}) == LeapMode::slew));
  BOOST_TEST((leap_mode(ChronyLeap::slew, {july - 91, 1}) == LeapMode::ignore));  // end of March
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::clocks
