/// \file scheduler_test.cpp
/// Order, ties, limits and independence of schedulers, and lanes against plain events.
/// Why: what fires when, and in which order at one instant, is what makes two runs the same run.
#include "sim/engine/scheduler.hpp"

#include <algorithm>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <map>
#include <tuple>
#include <vector>

namespace leapday::engine {
namespace {

namespace bdata = boost::unit_test::data;

constexpr SimTime at(Duration since_start) { return kSimStart + since_start; }

/// What fired: when, which target and argument.
struct Fired {
  Duration when;
  std::uint32_t target;
  std::uint32_t arg;
  friend bool operator==(const Fired&, const Fired&) = default;
};

/// A scheduler whose one handler keeps a log.
struct Log {
  explicit Log(std::optional<std::uint64_t> shuffle = {}) : scheduler(kSimStart, shuffle) {
    handler = scheduler.add_handler(&Log::note, this);
  }
  static void note(void* self, std::uint32_t target, std::uint32_t arg) {
    auto& log = *static_cast<Log*>(self);
    log.fired.push_back({log.scheduler.now().time_since_epoch(), target, arg});
  }
  std::vector<std::uint32_t> targets() const {
    std::vector<std::uint32_t> all;
    for (const Fired& f : fired) all.push_back(f.target);
    return all;
  }
  Scheduler scheduler;
  HandlerId handler;
  std::vector<Fired> fired;
};

using Targets = std::vector<std::uint32_t>;

}  // namespace

BOOST_AUTO_TEST_SUITE(scheduler)

BOOST_AUTO_TEST_CASE(events_fire_by_time_then_priority_then_target_then_argument) {
  Log log;
  Scheduler& s = log.scheduler;
  s.schedule(at(2s), Priority::completion, log.handler, 9);
  s.schedule(at(1s), Priority::observer, log.handler, 0);
  s.schedule(at(1s), Priority::completion, log.handler, 7, 2);
  s.schedule(at(1s), Priority::completion, log.handler, 7, 1);
  s.schedule(at(1s), Priority::completion, log.handler, 6, 3);
  s.schedule(at(1s), Priority::arrival, log.handler, 5);

  BOOST_TEST(s.run_until(at(10s)));

  const std::vector<Fired> expected{{1s, 6, 3}, {1s, 7, 1}, {1s, 7, 2},
                                    {1s, 5, 0}, {1s, 0, 0}, {2s, 9, 0}};
  BOOST_TEST((log.fired == expected));
  BOOST_TEST(s.processed() == 6U);
  BOOST_TEST((s.now() == at(10s)));
}

BOOST_AUTO_TEST_CASE(an_event_at_the_end_of_a_step_belongs_to_the_next_step) {
  Log log;
  log.scheduler.schedule(at(5s), Priority::completion, log.handler, 1);

  log.scheduler.run_until(at(5s));
  BOOST_TEST(log.fired.empty());
  BOOST_TEST((log.scheduler.now() == at(5s)));

  log.scheduler.run_until(at(5s) + 1ns);
  BOOST_TEST(log.fired.size() == 1U);
}

BOOST_AUTO_TEST_CASE(time_before_zero_is_time_like_any_other) {
  Scheduler s(at(-300s));
  std::vector<Duration> seen;
  struct Context {
    Scheduler& s;
    std::vector<Duration>& seen;
  } context{s, seen};
  const HandlerId h = s.add_handler(
      [](void* self, std::uint32_t, std::uint32_t) {
        auto& c = *static_cast<Context*>(self);
        c.seen.push_back(c.s.now().time_since_epoch());
      },
      &context);
  s.schedule(at(0s), Priority::timer, h, 0);
  s.schedule(at(-1ns), Priority::timer, h, 0);
  s.schedule(at(-300s), Priority::timer, h, 0);

  s.run_until(at(1s));

  BOOST_TEST((seen == std::vector<Duration>{-300s, -1ns, 0s}));
}

BOOST_AUTO_TEST_CASE(the_order_of_scheduling_never_shows) {
  Targets forwards(500);
  for (std::uint32_t i = 0; i < 500; ++i) forwards[i] = i;
  Random random = Random::keyed(3);
  for (int round = 0; round < 20; ++round) {
    Targets order = forwards;
    for (std::size_t i = order.size() - 1; i > 0; --i)
      std::swap(order[i], order[random.below(i + 1)]);
    Log log;
    for (const std::uint32_t target : order) {
      log.scheduler.schedule(at(1s), Priority::timer, log.handler, target);
    }

    log.scheduler.run_until(at(2s));

    BOOST_REQUIRE(log.targets() == forwards);
  }
}

BOOST_AUTO_TEST_CASE(shuffled_ties_are_the_same_events_in_an_order_of_the_seed) {
  const auto run = [](std::optional<std::uint64_t> seed, bool backwards) {
    Log log(seed);
    const LaneId lane = log.scheduler.lane(1s, Priority::timer, log.handler);
    for (std::uint32_t i = 0; i < 200; ++i) {
      const std::uint32_t target = backwards ? 199 - i : i;
      if (target % 2 == 0) {
        log.scheduler.schedule(at(1s), Priority::timer, log.handler, target, 17);
      } else {
        log.scheduler.arm(lane, target, 17);
      }
    }
    log.scheduler.run_until(at(2s));
    for (const Fired& f : log.fired) BOOST_REQUIRE_EQUAL(f.arg, 17U);
    return log.targets();
  };
  Targets sorted = run({}, true);
  BOOST_TEST(std::is_sorted(sorted.begin(), sorted.end()));

  const Targets one = run(1, false), two = run(2, false);

  BOOST_TEST((one == run(1, true)));
  BOOST_TEST((one != two));
  BOOST_TEST((one != sorted));
  Targets resorted = one;
  std::sort(resorted.begin(), resorted.end());
  BOOST_TEST((resorted == sorted));
}

BOOST_AUTO_TEST_CASE(shuffling_differs_from_instant_to_instant_and_keeps_time_and_priority) {
  Log log(7);
  for (std::uint32_t i = 0; i < 50; ++i) {
    log.scheduler.schedule(at(1s), Priority::timer, log.handler, i);
    log.scheduler.schedule(at(2s), Priority::timer, log.handler, i);
    log.scheduler.schedule(at(1s), Priority::observer, log.handler, 1000 + i);
  }

  log.scheduler.run_until(at(3s));

  const Targets all = log.targets();
  BOOST_TEST(std::all_of(all.begin(), all.begin() + 50, [](auto t) { return t < 1000; }));
  BOOST_TEST(std::all_of(all.begin() + 50, all.begin() + 100, [](auto t) { return t >= 1000; }));
  BOOST_TEST((Targets(all.begin(), all.begin() + 50) != Targets(all.begin() + 100, all.end())));
}

BOOST_AUTO_TEST_CASE(a_remembered_key_tells_a_stale_event_from_the_valid_one) {
  struct Owner {
    Scheduler s{kSimStart};
    HandlerId h = s.add_handler(
        [](void* self, std::uint32_t, std::uint32_t) {
          auto& o = *static_cast<Owner*>(self);
          if (o.s.current_key() == o.valid) o.seen.push_back(o.s.now().time_since_epoch());
        },
        this);
    EventKey valid = 0;
    std::vector<Duration> seen;
  } owner;
  owner.s.schedule(at(1s), Priority::completion, owner.h, 0);
  owner.valid = owner.s.schedule(at(3s), Priority::completion, owner.h, 0);

  owner.s.run_until(at(10s));

  BOOST_TEST((owner.seen == std::vector<Duration>{3s}));
  BOOST_TEST(owner.s.current_key() == 0U);
  BOOST_TEST(owner.s.processed() == 2U);
}

BOOST_AUTO_TEST_CASE(what_lies_beyond_the_end_of_time_never_fires) {
  Log log;
  log.scheduler.schedule(kSimEnd, Priority::timer, log.handler, 1);
  log.scheduler.schedule(at(Duration::max()), Priority::timer, log.handler, 2);
  const LaneId lane = log.scheduler.lane(Duration::max(), Priority::timer, log.handler);
  log.scheduler.arm(lane, 3);

  BOOST_TEST(log.scheduler.run_until(at(Duration::max())));

  BOOST_TEST(log.fired.empty());
  BOOST_TEST(log.scheduler.pending() == 3U);
  BOOST_TEST((log.scheduler.now() == kSimEnd));
}

BOOST_AUTO_TEST_CASE(a_livelock_is_stopped_and_named) {
  struct Loop {
    Scheduler s{kSimStart};
    HandlerId h = s.add_handler(
        [](void* self, std::uint32_t, std::uint32_t) {
          auto& l = *static_cast<Loop*>(self);
          l.s.schedule(l.s.now(), Priority::timer, l.h, 0);
        },
        this);
  } loop;
  loop.s.set_limits(1'000'000, 1000);
  loop.s.schedule(at(2500ms), Priority::timer, loop.h, 0);

  BOOST_TEST(!loop.s.run_until(at(10s)));

  BOOST_TEST(loop.s.stop_reason() == "livelock at 2.500000000s");
  BOOST_TEST(loop.s.processed() == 1000U);
  BOOST_TEST((loop.s.now() == at(2500ms)));
  BOOST_TEST(!loop.s.run_until(at(20s)));
  BOOST_TEST(loop.s.processed() == 1000U);
}

BOOST_AUTO_TEST_CASE(many_events_at_many_instants_are_no_livelock_but_count_against_the_limit) {
  Log log;
  log.scheduler.set_limits(150, 3);
  for (int i = 0; i < 100; ++i) {
    for (std::uint32_t k = 0; k < 2; ++k) {
      log.scheduler.schedule(at(i * 1ms), Priority::timer, log.handler, k);
    }
  }

  BOOST_TEST(!log.scheduler.run_until(at(1s)));

  BOOST_TEST(log.scheduler.stop_reason() == "max_events");
  BOOST_TEST(log.fired.size() == 150U);
}

BOOST_AUTO_TEST_CASE(stop_ends_the_run_where_it_stands) {
  struct Stopper {
    Scheduler s{kSimStart};
    int fired = 0;
    HandlerId h = s.add_handler(
        [](void* self, std::uint32_t target, std::uint32_t) {
          auto& st = *static_cast<Stopper*>(self);
          ++st.fired;
          if (target == 1) st.s.stop();
        },
        this);
  } stopper;
  for (std::uint32_t i = 0; i < 3; ++i) {
    stopper.s.schedule(at(1s + i * 1s), Priority::timer, stopper.h, i);
  }

  BOOST_TEST(!stopper.s.run_until(at(10s)));

  BOOST_TEST(stopper.fired == 2);
  BOOST_TEST((stopper.s.now() == at(2s)));
  BOOST_TEST(stopper.s.stop_reason() == "cancelled");
  BOOST_TEST(stopper.s.pending() == 1U);
}

BOOST_AUTO_TEST_CASE(two_schedulers_stepped_in_turns_do_not_touch) {
  const auto build = [](Log& log, std::uint32_t salt) {
    Random random = Random::keyed(salt);
    const LaneId lane = log.scheduler.lane(7ms, Priority::timer, log.handler);
    for (std::uint32_t i = 0; i < 300; ++i) {
      log.scheduler.schedule(at(Duration{static_cast<std::int64_t>(random.below(1'000'000'000))}),
                             Priority::arrival, log.handler, i, salt);
      log.scheduler.arm(lane, i, salt);
    }
  };
  Log alone, first, second;
  build(alone, 1);
  build(first, 1);
  build(second, 2);
  alone.scheduler.run_until(at(1s));

  for (int i = 1; i <= 100; ++i) {
    first.scheduler.run_until(at(i * 10ms));
    second.scheduler.run_until(at(i * 10ms));
  }

  BOOST_TEST((first.fired == alone.fired));
  BOOST_TEST(second.fired.size() == 600U);
  BOOST_TEST(std::all_of(second.fired.begin(), second.fired.end(),
                         [](const Fired& f) { return f.arg == 2; }));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(lanes)

BOOST_AUTO_TEST_CASE(the_same_delay_priority_and_handler_is_the_same_lane) {
  Log log;
  Scheduler& s = log.scheduler;
  const HandlerId other = s.add_handler(&Log::note, &log);

  const LaneId lane = s.lane(30s, Priority::timer, log.handler);

  BOOST_TEST(s.lane(30s, Priority::timer, log.handler).index == lane.index);
  BOOST_TEST(s.lane(31s, Priority::timer, log.handler).index != lane.index);
  BOOST_TEST(s.lane(30s, Priority::delivery, log.handler).index != lane.index);
  BOOST_TEST(s.lane(30s, Priority::timer, other).index != lane.index);
}

BOOST_AUTO_TEST_CASE(a_cancelled_timer_does_not_fire_and_a_ticket_works_once) {
  Log log;
  Scheduler& s = log.scheduler;
  const LaneId lane = s.lane(5s, Priority::timer, log.handler);
  LaneTicket first = s.arm(lane, 1), second = s.arm(lane, 2), third = s.arm(lane, 3);
  LaneTicket copy = second, empty;

  s.cancel(second);
  s.cancel(second);
  s.cancel(empty);
  BOOST_TEST(!second.armed());
  LaneTicket fourth = s.arm(lane, 4);  // takes over the slot of the second
  s.cancel(copy);                      // another generation: must not hit the fourth
  s.run_until(at(6s));
  s.cancel(first);
  s.cancel(third);
  s.cancel(fourth);

  BOOST_TEST((log.targets() == Targets{1, 3, 4}));
  BOOST_TEST(s.pending() == 0U);
  BOOST_TEST(s.processed() == 3U);
}

BOOST_AUTO_TEST_CASE(timers_armed_at_one_instant_fire_by_target_whatever_the_order_of_arming) {
  // A hundred thousand in descending order: sorted insertion into a list would take minutes.
  constexpr std::uint32_t kTimers = 100'000;
  Log log;
  const LaneId lane = log.scheduler.lane(5s, Priority::timer, log.handler);
  for (std::uint32_t i = 0; i < kTimers; ++i) log.scheduler.arm(lane, kTimers - 1 - i);

  log.scheduler.run_until(at(6s));

  const Targets all = log.targets();
  BOOST_TEST(all.size() == kTimers);
  BOOST_TEST(std::is_sorted(all.begin(), all.end()));
}

namespace {

/// Drives a scheduler with random timers and events; lanes are replaced by plain events with a
/// remembered key when `plain`. Both ways must give the same log.
struct Driver {
  static constexpr std::uint32_t kTimers = 400;
  /// With every third seed more lanes than are kept in order.
  Driver(std::uint64_t seed, bool use_plain, std::optional<std::uint64_t> shuffle)
      : scheduler(kSimStart, shuffle), random(Random::keyed(seed)), plain(use_plain) {
    for (int more = 0; seed % 3 == 0 && more < 40; ++more) {
      delays.push_back(Duration{500'000 * random.below(60)});
    }
    tick = scheduler.add_handler(&Driver::on_tick, this);
    timer = scheduler.add_handler(&Driver::on_timer, this);
    for (const Duration delay : delays)
      lanes.push_back(scheduler.lane(delay, Priority::timer, timer));
    scheduler.schedule(at(0s), Priority::arrival, tick, 0);
  }

  void start(std::uint32_t target, std::size_t lane) {
    drop(target);
    if (plain) {
      keys[target] =
          scheduler.schedule(scheduler.now() + delays[lane], Priority::timer, timer, target);
      // A stale event at the same key would look valid: the oracle counts live ones.
      ++live[{keys[target], target}];
    } else {
      tickets[target] = scheduler.arm(lanes[lane], target);
    }
  }
  void drop(std::uint32_t target) {
    if (plain) {
      if (keys[target] != 0) --live[{keys[target], target}];
      keys[target] = 0;
    } else {
      scheduler.cancel(tickets[target]);
    }
  }
  void rename(std::uint32_t from, std::uint32_t to) {
    if (from == to) return;
    drop(to);
    if (plain && keys[from] != 0) {
      --live[{keys[from], from}];
      scheduler.schedule(Scheduler::time_of(keys[from]), Priority::timer, timer, to);
      ++live[{keys[from], to}];
    } else if (!plain) {
      scheduler.rename(tickets[from], timer, to);
    }
    std::swap(keys[from], keys[to]);
    std::swap(tickets[from], tickets[to]);
  }
  static void on_tick(void* self, std::uint32_t, std::uint32_t) {
    auto& d = *static_cast<Driver*>(self);
    const std::uint64_t burst = d.random.below(10) == 0 ? 300 : d.random.below(4);
    for (std::uint64_t i = 0; i < burst; ++i) {
      const auto target = static_cast<std::uint32_t>(d.random.below(kTimers));
      const std::size_t lane = d.random.below(d.delays.size());
      if (d.random.below(3) == 0) {
        d.drop(target);
      } else if (d.random.below(5) == 0) {
        d.rename(target, static_cast<std::uint32_t>(d.random.below(kTimers)));
      } else {
        d.start(target, lane);
      }
    }
    const auto gap = static_cast<std::int64_t>(d.random.below(3)) * 1'000'000;
    d.scheduler.schedule(d.scheduler.now() + Duration{gap}, Priority::arrival, d.tick, 0);
  }
  static void on_timer(void* self, std::uint32_t target, std::uint32_t) {
    auto& d = *static_cast<Driver*>(self);
    if (d.plain) {
      int& left = d.live[{d.scheduler.current_key(), target}];
      if (left == 0) return;
      --left;
      d.keys[target] = 0;
    }
    d.fired.push_back({d.scheduler.now().time_since_epoch(), target, 0});
    d.tickets[target] = {};
    // Some timers start themselves again, also with no delay at all.
    if (target % 7 == 0) d.start(target, target % 3);
    if (target % 11 == 0 && d.random.below(4) == 0) d.start(target, 3);
  }

  std::vector<Duration> delays = {1ms, 5ms, 30ms, 0ms};
  Scheduler scheduler;
  Random random;
  bool plain;
  HandlerId tick, timer;
  std::vector<LaneId> lanes;
  std::vector<LaneTicket> tickets = std::vector<LaneTicket>(kTimers);
  std::vector<EventKey> keys = std::vector<EventKey>(kTimers);
  std::map<std::pair<EventKey, std::uint32_t>, int> live;
  std::vector<Fired> fired;
};

}  // namespace

BOOST_DATA_TEST_CASE(lanes_and_plain_events_are_the_same_run, bdata::xrange(40), seed) {
  const auto shuffle = seed % 2 == 0 ? std::nullopt : std::optional<std::uint64_t>(seed);
  Driver with_lanes(seed, false, shuffle), with_events(seed, true, shuffle);

  with_lanes.scheduler.run_until(at(1s));
  with_events.scheduler.run_until(at(1s));

  BOOST_TEST(with_lanes.fired.size() > 1000U);
  BOOST_TEST((with_lanes.fired == with_events.fired));
}

namespace {

/// Sends bursts of messages over links of different delays, through delay lines or as plain events.
struct Messages {
  Messages(std::uint64_t seed, bool use_lines, std::optional<std::uint64_t> shuffle)
      : scheduler(kSimStart, shuffle), random(Random::keyed(seed)) {
    send = scheduler.add_handler(&Messages::on_send, this);
    arrive = scheduler.add_handler(&Messages::on_arrive, this);
    for (int link = 0; link < 20; ++link) {  // more than there can be lines
      delays.push_back(Duration{1'000'000 * random.below(30)});
      lines.push_back(use_lines ? scheduler.add_delay_line() : DelayLineId{});
    }
    scheduler.schedule(at(0s), Priority::arrival, send, 0);
  }
  void message(std::size_t link, std::uint32_t target) {
    const SimTime when = scheduler.now() + delays[link];
    if (lines[link].valid()) {
      scheduler.schedule_in(lines[link], when, Priority::delivery, arrive, target);
    } else {
      scheduler.schedule(when, Priority::delivery, arrive, target);
    }
  }
  static void on_send(void* self, std::uint32_t, std::uint32_t) {
    auto& m = *static_cast<Messages*>(self);
    const std::uint64_t burst = m.random.below(20) == 0 ? 200 : m.random.below(4);
    for (std::uint64_t i = 0; i < burst; ++i) {
      m.message(m.random.below(m.delays.size()), static_cast<std::uint32_t>(m.random.below(500)));
    }
    const auto gap = static_cast<std::int64_t>(m.random.below(3)) * 1'000'000;
    m.scheduler.schedule(m.scheduler.now() + Duration{gap}, Priority::arrival, m.send, 0);
  }
  static void on_arrive(void* self, std::uint32_t target, std::uint32_t) {
    auto& m = *static_cast<Messages*>(self);
    m.fired.push_back({m.scheduler.now().time_since_epoch(), target, 0});
    if (target % 5 == 0) m.message(target % m.delays.size(), target + 1);
  }

  Scheduler scheduler;
  Random random;
  HandlerId send, arrive;
  std::vector<Duration> delays;
  std::vector<DelayLineId> lines;
  std::vector<Fired> fired;
};

}  // namespace

BOOST_DATA_TEST_CASE(delay_lines_and_plain_events_are_the_same_run, bdata::xrange(40), seed) {
  const auto shuffle = seed % 2 == 0 ? std::nullopt : std::optional<std::uint64_t>(seed);
  Messages with_lines(seed, true, shuffle), with_events(seed, false, shuffle);

  for (const Duration until : {10ms, 500ms, 1000ms}) {
    with_lines.scheduler.run_until(at(until));
    with_events.scheduler.run_until(at(until));
    BOOST_TEST(with_lines.scheduler.pending() == with_events.scheduler.pending());
  }

  BOOST_TEST(with_lines.fired.size() > 1000U);
  BOOST_TEST((with_lines.fired == with_events.fired));
  BOOST_TEST(with_lines.scheduler.processed() == with_events.scheduler.processed());
}

BOOST_AUTO_TEST_CASE(a_storm_of_cancellations_leaves_nothing_behind) {
  Log log;
  Scheduler& s = log.scheduler;
  const LaneId lane = s.lane(30s, Priority::timer, log.handler);
  std::vector<LaneTicket> tickets(1000);
  Random random = Random::keyed(4);
  for (int i = 0; i < 300'000; ++i) {
    LaneTicket& ticket = tickets[random.below(tickets.size())];
    s.cancel(ticket);
    ticket = s.arm(lane, static_cast<std::uint32_t>(i) & 0xffff);
    if (i % 100 == 0) s.run_until(s.now() + 1ms);
  }
  BOOST_TEST(s.pending() <= tickets.size());
  BOOST_TEST(log.fired.empty());

  for (LaneTicket& ticket : tickets) s.cancel(ticket);

  BOOST_TEST(s.pending() == 0U);
  s.run_until(at(1h));
  BOOST_TEST(s.processed() == 0U);
}

BOOST_AUTO_TEST_CASE(long_waits_among_many_short_ones_keep_little_memory) {
  // One timer in a hundred is never cancelled: the others' place must be used again.
  LaneSet lanes;
  const LaneId lane = lanes.add_lane();
  std::uint64_t kept = 0;
  for (std::uint64_t i = 1; i <= 1'000'000; ++i) {
    LaneTicket ticket = lanes.arm(lane, {i, i});
    if (i % 100 == 0 && ++kept <= 1000) continue;
    BOOST_REQUIRE(lanes.cancel(ticket));
    BOOST_REQUIRE(!lanes.cancel(ticket));
  }
  BOOST_TEST(lanes.size() == 1000U);
  BOOST_TEST(lanes.bytes() < 1'000'000U);

  for (std::uint64_t i = 1; i <= 1000; ++i) {
    while (!lanes.settled()) lanes.settle();
    BOOST_REQUIRE_EQUAL(lanes.bound().key, 100 * i);
    lanes.pop();
  }
  BOOST_TEST(lanes.size() == 0U);
  BOOST_TEST((lanes.bound() == kNoEvent));
}

BOOST_AUTO_TEST_CASE(a_ticket_of_a_fired_timer_cancels_nobody_else) {
  LaneSet lanes;
  const LaneId lane = lanes.add_lane();
  std::vector<LaneTicket> old;
  for (std::uint64_t i = 1; i <= 200; ++i) old.push_back(lanes.arm(lane, {i, i}));
  for (std::uint64_t i = 1; i <= 200; ++i) {
    if (!lanes.settled()) lanes.settle();
    lanes.pop();
  }
  for (std::uint64_t i = 201; i <= 400; ++i) lanes.arm(lane, {i, i});

  for (LaneTicket& ticket : old) BOOST_REQUIRE(!lanes.cancel(ticket));

  BOOST_TEST(lanes.size() == 200U);
}

BOOST_AUTO_TEST_CASE(a_thousand_lanes_fire_in_order) {
  Log log;
  Scheduler& s = log.scheduler;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    const std::uint32_t mixed = i * 7919 % 1000;
    s.arm(s.lane(mixed * 1ms, Priority::timer, log.handler), mixed);
  }

  s.run_until(at(2s));

  const Targets all = log.targets();
  BOOST_TEST(all.size() == 1000U);
  BOOST_TEST(std::is_sorted(all.begin(), all.end()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace leapday::engine
