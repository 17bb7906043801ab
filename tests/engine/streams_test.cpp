/// \file streams_test.cpp
/// Philox against Random123, named streams, the trace hash and the pool.
/// Why: these decide which numbers an entity draws and whether two runs count as the same.
#include "sim/engine/streams.hpp"

#include <Random123/philox.h>

#include <boost/test/unit_test.hpp>
#include <set>
#include <string>
#include <vector>

#include "sim/engine/pool.hpp"
#include "sim/engine/trace_hash.hpp"

namespace leapday::engine {

BOOST_AUTO_TEST_SUITE(streams)

BOOST_AUTO_TEST_CASE(philox_is_bit_identical_to_random123) {
  Random random = Random::keyed(2);
  for (int i = 0; i < 10'000; ++i) {
    const PhiloxCounter counter{random.next(), random.next(), random.next(), random.next()};
    const PhiloxKey key{random.next(), random.next()};
    const r123::Philox4x64::ctr_type c{{counter[0], counter[1], counter[2], counter[3]}};
    const r123::Philox4x64::key_type k{{key[0], key[1]}};

    const auto want = r123::Philox4x64()(c, k);

    const PhiloxCounter got = philox_block(counter, key);
    for (std::size_t word = 0; word < 4; ++word) BOOST_REQUIRE_EQUAL(got[word], want[word]);
  }
}

BOOST_AUTO_TEST_CASE(philox_gives_the_published_known_answers) {
  // kat_vectors of Random123: philox4x64 10 rounds, all zeros and all ones.
  constexpr PhiloxCounter kZeros = philox_block({0, 0, 0, 0}, {0, 0});
  constexpr PhiloxCounter kZerosWant{0x16554d9eca36314cU, 0xdb20fe9d672d0fdcU, 0xd7e772cee186176bU,
                                     0x7e68b68aec7ba23bU};
  BOOST_TEST((kZeros == kZerosWant));
  constexpr std::uint64_t kOnes = ~std::uint64_t{0};
  constexpr PhiloxCounter kOnesGot = philox_block({kOnes, kOnes, kOnes, kOnes}, {kOnes, kOnes});
  constexpr PhiloxCounter kOnesWant{0x87b092c3013fe90bU, 0x438c3c67be8d0224U, 0x9cc7d7c69cd777b6U,
                                    0xa09caebf594f0ba0U};
  BOOST_TEST((kOnesGot == kOnesWant));
}

BOOST_AUTO_TEST_CASE(a_stream_belongs_to_its_seed_and_name_alone) {
  Random a = make_stream(7, "shop/0 service"), again = make_stream(7, "shop/0 service");
  std::set<std::uint64_t> firsts;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    for (int i = 0; i < 50; ++i) {
      firsts.insert(make_stream(seed, "shop/" + std::to_string(i)).next());
    }
  }

  BOOST_TEST(a.next() == again.next());
  BOOST_TEST(firsts.size() == 2500U);
}

BOOST_AUTO_TEST_CASE(the_first_numbers_of_a_stream_are_the_same_everywhere) {
  Random stream = make_stream(7, "shoppers arrivals");
  BOOST_TEST(stream.next() == 0x4ecb665ec3de0d17U);
  BOOST_TEST(stream.next() == 0x4d958c2113a83c9eU);
  BOOST_TEST(Random::keyed(42).next() == 0xd0764d4f4476689fU);
  Random brief = Random::brief(hash_combine(42, 1));
  BOOST_TEST(brief.next() == 0x9f88bbea3eca84b1U);
  BOOST_TEST(brief.next() == 0xf317ba668b867f8cU);
}

BOOST_AUTO_TEST_CASE(
    the_few_draws_of_requests_are_independent_of_each_other_and_of_their_neighbours) {
  // Requests' keys are hashes of counters. Any two of one request's first four words, and the first
  // words of two requests in a row, must fill a 16 x 16 table evenly by their low, middle and high
  // bits: chi-squared with 255 degrees of freedom, mean 255 and standard deviation 22.6.
  constexpr std::uint64_t kRequests = 200'000;
  constexpr std::size_t kWords = 5;  // four of a request, the first of the next one
  constexpr int kShifts[] = {0, 8, 30, 60};
  std::vector<std::uint64_t> words;
  for (std::uint64_t request = 0; request <= kRequests; ++request) {
    Random random = Random::brief(hash_combine(hash_combine(99, request), 1));
    for (int draw = 0; draw < 4; ++draw) words.push_back(random.next());
  }

  for (std::size_t first = 0; first < kWords; ++first) {
    for (std::size_t second = first + 1; second < kWords; ++second) {
      for (const int shift : kShifts) {
        for (const int other : kShifts) {
          std::vector<double> cells(256);
          for (std::size_t at = 0; at < kRequests * 4; at += 4) {
            ++cells[(words[at + first] >> shift & 15) << 4 | (words[at + second] >> other & 15)];
          }
          double chi_squared = 0;
          for (const double cell : cells) {
            chi_squared += (cell - kRequests / 256.0) * (cell - kRequests / 256.0);
          }
          chi_squared /= kRequests / 256.0;
          BOOST_TEST(chi_squared < 255 + 6 * 22.6);
          BOOST_TEST(chi_squared > 255 - 6 * 22.6);
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(uniform_draws_never_reach_their_ends) {
  double high = 0, low = 1;
  Random random = Random::keyed(8);
  for (int i = 0; i < 1'000'000; ++i) {
    const double u = random.uniform();
    high = u > high ? u : high;
    low = u < low ? u : low;
  }
  BOOST_TEST(high < 1);
  BOOST_TEST(low > 0);
  // xoshiro256++ returns rotl(s0 + s3, 23) + s0: with s0 = 0 and s3 all ones, all ones.
  Random ones(0, 1, 2, ~std::uint64_t{0});
  BOOST_TEST(ones.uniform() < 1);
  Random zeros(0, 1, 2, 0);
  BOOST_TEST(zeros.uniform() > 0);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(trace_hash)

BOOST_AUTO_TEST_CASE(the_order_of_entities_does_not_matter_and_the_order_within_one_does) {
  const auto hash = [](bool b_first, bool swapped) {
    TraceHash trace;
    if (b_first) trace.add_entity("b");
    const std::uint32_t a = trace.add_entity("a"), b = trace.add_entity("b");
    trace.mix(a, 1);
    trace.mix(b, swapped ? 4 : 3);
    trace.mix(b, swapped ? 3 : 4);
    trace.mix(a, 2);
    return trace.value();
  };
  BOOST_TEST(hash(false, false) == hash(true, false));
  BOOST_TEST(hash(false, false) != hash(false, true));
}

BOOST_AUTO_TEST_CASE(every_word_and_every_name_counts) {
  TraceHash empty, idle, one, other_word, other_name, added;
  idle.add_entity("a");
  one.mix(one.add_entity("a"), 1);
  other_word.mix(other_word.add_entity("a"), 2);
  other_name.mix(other_name.add_entity("b"), 1);
  added.add(5);

  BOOST_TEST(empty.value() == idle.value());
  const std::set<std::uint64_t> values{empty.value(), one.value(), other_word.value(),
                                       other_name.value(), added.value()};
  BOOST_TEST(values.size() == 5U);
  BOOST_TEST(one.add_entity("a") == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(pool)

BOOST_AUTO_TEST_CASE(slots_come_back_last_freed_first_and_fresh) {
  Pool<int> pool;
  for (std::uint32_t i = 0; i < 10; ++i) {
    BOOST_REQUIRE_EQUAL(pool.make(), i);
    pool[i] = static_cast<int>(i) + 100;
  }
  pool.free(3);
  pool.free(7);

  BOOST_TEST(pool.size() == 8U);
  BOOST_TEST(!pool.live(7));
  BOOST_TEST(!pool.live(99));
  BOOST_TEST(pool.make() == 7U);
  BOOST_TEST(pool[7] == 0);
  BOOST_TEST(pool.make() == 3U);
  BOOST_TEST(pool.make() == 10U);
  BOOST_TEST(pool.capacity() == 11U);
}

BOOST_AUTO_TEST_CASE(references_stay_valid_while_the_pool_grows) {
  struct Large {
    std::uint64_t words[16];
  };
  Pool<Large> pool;
  Large& first = pool[pool.make()];
  first.words[0] = 42;
  for (int i = 0; i < 100'000; ++i) pool.make();
  BOOST_TEST(&first == &pool[0]);
  BOOST_TEST(pool[0].words[0] == 42U);
}

BOOST_AUTO_TEST_CASE(live_slots_are_visited_in_index_order) {
  Pool<std::uint32_t> pool;
  for (std::uint32_t i = 0; i < 6; ++i) pool[pool.make()] = i * i;
  pool.free(0);
  pool.free(4);
  std::vector<std::uint32_t> seen;

  pool.for_each([&](std::uint32_t index, std::uint32_t value) {
    BOOST_TEST(value == index * index);
    seen.push_back(index);
    if (index == 2) pool.free(index);
  });

  BOOST_TEST((seen == std::vector<std::uint32_t>{1, 2, 3, 5}));
  BOOST_TEST(pool.size() == 3U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace leapday::engine
