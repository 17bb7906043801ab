/// \file queue_test.cpp
/// The event queue against a sorted set, on patterns chosen to hurt it.
/// Why: every run's order rests on this structure, and its moves depend on how keys are spread.
#include <algorithm>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "leapday/random.hpp"
#include "sim/engine/event_queue.hpp"
#include "sim/engine/ziggurat.hpp"

namespace leapday::engine {
namespace {

/// How far ahead of the last popped key the next event lies.
using Spread = std::function<std::uint64_t(Random&)>;

struct Pattern {
  std::string name;
  Spread spread;
  friend std::ostream& operator<<(std::ostream& out, const Pattern& p) { return out << p.name; }
};

std::vector<Pattern> patterns() {
  return {
      {"all_equal", [](Random&) { return std::uint64_t{0}; }},
      {"heavy_ties", [](Random& r) { return r.below(4) * 1000; }},
      {"uniform", [](Random& r) { return r.below(1'000'000); }},
      {"bimodal", [](Random& r) { return r.below(100) == 0 ? 1ULL << 40 : r.below(5000); }},
      {"constant_and_jitter", [](Random& r) { return 240'000'000'000ULL + r.below(1000); }},
      {"far_future", [](Random& r) { return r.below(3) == 0 ? 1ULL << 62 : r.below(50); }},
      {"heavy_tail",
       [](Random& r) {
         return static_cast<std::uint64_t>(
             std::min(1e18, det_exp(3 * sample_exponential(r)) * 1000));
       }},
      {"powers_of_two", [](Random& r) { return 1ULL << r.below(50); }},
      {"bursts", [](Random& r) { return r.below(1000) == 0 ? 1'000'000'000ULL : r.below(2); }},
  };
}

/// Runs pushes and pops at random against the oracle; the numbers pending swing up to `most`.
void compare(const Spread& spread, std::size_t most, std::size_t operations, std::uint64_t seed,
             bool wide) {
  Random random = Random::keyed(seed);
  EventQueue queue(wide);
  std::multiset<std::pair<std::uint64_t, std::uint64_t>> oracle;
  std::uint64_t now = std::uint64_t{1} << 60;
  bool growing = true;
  for (std::size_t i = 0; i < operations || !oracle.empty(); ++i) {
    if (oracle.size() >= most || i >= operations) growing = false;
    if (oracle.empty()) growing = i < operations;
    if (random.below(8) < (growing ? 6U : 1U) && i < operations) {
      std::uint64_t ahead = spread(random);
      if (ahead > kNoEvent.key - 1 - now) ahead = 0;
      const Event event{now + ahead, random.below(2) == 0 ? random.next() : random.below(8)};
      queue.push(event);
      oracle.emplace(event.key, event.payload);
    } else if (!oracle.empty()) {
      const auto [key, payload] = *oracle.begin();
      const Event got = queue.top();
      BOOST_REQUIRE_MESSAGE((got == Event{key, payload}), "another event came first");
      oracle.erase(oracle.begin());
      queue.pop();
      now = key;
    }
    BOOST_REQUIRE_EQUAL(queue.size(), oracle.size());
  }
  BOOST_REQUIRE(queue.top() == kNoEvent);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(event_queue)

BOOST_DATA_TEST_CASE(pops_in_the_order_of_a_sorted_set_small, patterns(), pattern) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    compare(pattern.spread, 1 + seed * 4, 1500, seed, has_avx2());
    compare(pattern.spread, 1 + seed * 4, 1500, seed, false);
  }
}

BOOST_DATA_TEST_CASE(pops_in_the_order_of_a_sorted_set_tiny, patterns(), pattern) {
  for (std::size_t most = 1; most <= 70; ++most) {
    compare(pattern.spread, most, 800, most, has_avx2());
    compare(pattern.spread, most, 800, most, false);
  }
}

BOOST_DATA_TEST_CASE(pops_in_the_order_of_a_sorted_set_large, patterns(), pattern) {
  for (const bool wide : {has_avx2(), false}) {
    compare(pattern.spread, 20'000, 60'000, 7, wide);
    compare(pattern.spread, 3'000, 60'000, 8, wide);
  }
}

BOOST_DATA_TEST_CASE(an_event_earlier_than_all_pending_comes_first_from_any_state,
                     boost::unit_test::data::make({1, 2, 7, 12, 40, 63, 64, 100, 5000}), pending) {
  // An event's handler may schedule one of higher priority at the same time: a smaller key.
  for (const bool wide : {has_avx2(), false}) {
    EventQueue queue(wide);
    Random random = Random::keyed(5);
    for (int i = 0; i < pending; ++i) queue.push({1000 + random.below(100'000), random.next()});
    for (int i = 0; i < pending; ++i) {
      const Event next = queue.top();
      queue.pop();
      const Event earlier{next.key - 1, random.next()}, earliest{next.key - 2, random.next()};

      queue.push(earlier);
      queue.push(next);
      queue.push(earliest);

      for (const Event& event : {earliest, earlier, next}) {
        BOOST_REQUIRE(queue.top() == event);
        queue.pop();
      }
    }
    BOOST_TEST(queue.empty());
  }
}

BOOST_AUTO_TEST_CASE(a_queue_that_grows_and_shrinks_again_and_again_keeps_its_order) {
  for (const bool wide : {has_avx2(), false}) {
    EventQueue queue(wide);
    Random random = Random::keyed(11);
    std::multiset<std::pair<std::uint64_t, std::uint64_t>> oracle;
    std::uint64_t now = 1;
    for (int round = 0; round < 300; ++round) {
      const std::uint64_t most = 1 + random.below(round % 3 == 0 ? 300 : 80);
      while (oracle.size() < most) {
        const Event event{now + random.below(1000), random.below(50)};
        queue.push(event);
        oracle.emplace(event.key, event.payload);
      }
      for (std::uint64_t left = random.below(most + 1); oracle.size() > left;) {
        now = oracle.begin()->first;
        BOOST_REQUIRE((queue.top() == Event{now, oracle.begin()->second}));
        queue.pop();
        oracle.erase(oracle.begin());
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_crowd_at_the_instant_that_fires_does_not_cost_its_square) {
  // 200,000 events of one key, each pushed in random order while that key is being popped: with
  // insertion into a sorted array this would take minutes.
  EventQueue queue;
  Random random = Random::keyed(6);
  queue.push({500, 0});
  std::uint64_t last = 0;
  BOOST_REQUIRE(queue.top().key == 500);
  for (int i = 0; i < 200'000; ++i) queue.push({500, 1 + random.below(1U << 30)});
  for (int i = 0; i <= 200'000; ++i) {
    const Event event = queue.top();
    BOOST_REQUIRE_LE(last, event.payload);
    last = event.payload;
    queue.pop();
  }
  BOOST_TEST(queue.empty());
}

BOOST_AUTO_TEST_CASE(a_pending_event_takes_at_most_twenty_bytes_at_a_million) {
  constexpr std::size_t kEvents = 1'000'000;
  EventQueue queue;
  Random random = Random::keyed(9);
  const auto ahead = [&] { return static_cast<std::uint64_t>(sample_exponential(random) * 1e9); };
  for (std::size_t i = 0; i < kEvents; ++i) queue.push({ahead(), i});
  for (std::size_t i = 0; i < 2 * kEvents; ++i) {
    const Event event = queue.top();
    queue.pop();
    queue.push({event.key + ahead(), event.payload});
  }
  BOOST_TEST(static_cast<double>(queue.bytes()) / kEvents <= 20.0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace leapday::engine
