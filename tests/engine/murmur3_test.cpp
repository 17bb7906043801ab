/// \file murmur3_test.cpp
/// MurmurHash3 by its known values.
/// Why: who sees a feature follows from these bits, here as in flagd.
#include "sim/engine/murmur3.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(murmur3)

using leapday::engine::murmur3_32;

BOOST_AUTO_TEST_CASE(known_texts_have_the_published_hashes) {
  static_assert(murmur3_32("") == 0);
  BOOST_TEST(murmur3_32("hello") == 0x248bfa47U);
  BOOST_TEST(murmur3_32("hello, world") == 0x149bbb7fU);
  BOOST_TEST(murmur3_32("The quick brown fox jumps over the lazy dog") == 0x2e4ff723U);
}

BOOST_AUTO_TEST_SUITE_END()
