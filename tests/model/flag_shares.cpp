/// \file flag_shares.cpp
/// Who gets which variant: flagd's fractional operation by value, and what a ramp may promise.
/// Why: sticky buckets are arithmetic; no request is needed to hold it against flagd's own tests.
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "sim/model/flag_rules.hpp"
#include "tests/model/traffic_lab.hpp"

BOOST_AUTO_TEST_SUITE(flag_shares)

using namespace leapday;
using namespace leapday::model;

namespace {

constexpr std::uint64_t kUsers = 100'000;

NamedMap<FlagVariant> variants(const std::vector<std::string>& names) {
  NamedMap<FlagVariant> map;
  for (const std::string& name : names) map[name] = {};
  return map;
}

/// Off and on, in that order or the other.
FlagRules split(std::int64_t percent_on, bool on_first = true) {
  const auto both = variants({"off", "on"});
  NamedMap<Ratio> shares;
  if (on_first) shares["on"] = {percent_on, 100};
  shares["off"] = {100 - percent_on, 100};
  if (!on_first) shares["on"] = {percent_on, 100};
  return {.fractional = shares_of(shares, both)};
}

bool has(const FlagRules& rules, std::uint64_t user) {
  std::string scratch;
  return rules.pick(flag_hash("new-search", hash_combine(user, 1), scratch)) == 1;
}

std::uint64_t count_on(const FlagRules& rules) {
  std::uint64_t count = 0;
  for (std::uint64_t user = 0; user < kUsers; ++user) count += has(rules, user) ? 1 : 0;
  return count;
}

}  // namespace

BOOST_AUTO_TEST_CASE(four_quarters_give_what_the_tests_of_flagd_state) {
  // open-feature/flagd-testbed, gherkin "Fractional operator", examples tagged fractional-v2
  // ((hash * total weight) >> 32): flag "fractional-flag", four suits of weight 25, by user name.
  const std::vector<std::string> suits{"clubs", "diamonds", "hearts", "spades"};
  NamedMap<Ratio> quarters;
  for (const std::string& suit : suits) quarters[suit] = {1, 4};
  const FlagRules rules{.fractional = shares_of(quarters, variants(suits))};
  const auto suit_of = [&](const std::string& name) {
    return suits[rules.pick(engine::murmur3_32("fractional-flag" + name))];
  };

  BOOST_TEST(suit_of("jack") == "hearts");
  BOOST_TEST(suit_of("queen") == "spades");
  BOOST_TEST(suit_of("ten") == "clubs");
  BOOST_TEST(suit_of("nine") == "diamonds");
  BOOST_TEST(suit_of("3") == "clubs");
}

BOOST_AUTO_TEST_CASE(the_key_of_a_user_is_sixteen_hexadecimal_digits) {
  std::string scratch;
  BOOST_TEST(flag_hash("new-search", 0x0123456789abcdefU, scratch) ==
             engine::murmur3_32("new-search0123456789abcdef"));
}

BOOST_AUTO_TEST_CASE(buckets_end_where_the_scaled_hash_does) {
  const FlagRules rules = split(10);

  BOOST_TEST(rules.pick(0) == 1U);
  BOOST_TEST(rules.pick(0x19999999U) == 1U);  // floor(2^32 / 10) is the last below a tenth
  BOOST_TEST(rules.pick(0x1999999aU) == 0U);
  BOOST_TEST(rules.pick(0xffffffffU) == 0U);
}

BOOST_AUTO_TEST_CASE(the_share_of_users_converges_to_the_weight) {
  for (const std::int64_t percent : {1, 10, 25, 50, 99}) {
    const double seen = static_cast<double>(count_on(split(percent))) / kUsers;
    check_share("on", seen, kUsers, static_cast<double>(percent) / 100);
  }
  BOOST_TEST(count_on(split(0)) == 0U);
  BOOST_TEST(count_on(split(100)) == kUsers);
}

BOOST_AUTO_TEST_CASE(nobody_loses_a_feature_while_its_share_grows) {
  for (std::int64_t percent = 10; percent < 50; percent += 5) {
    const FlagRules before = split(percent), after = split(percent + 5);
    std::uint64_t lost = 0;
    for (std::uint64_t user = 0; user < kUsers; ++user) {
      lost += has(before, user) && !has(after, user) ? 1 : 0;
    }
    BOOST_TEST(lost == 0U, lost << " users lost it from " << percent << "%");
  }
}

BOOST_AUTO_TEST_CASE(another_order_of_the_variants_takes_it_from_those_who_had_it) {
  // The documented trap: weights are cumulated in the order written, so turning the list around
  // moves the bucket from the low end of the hashes to the high end. 10 % and 50 % then share no
  // user, although "on" has grown.
  const FlagRules before = split(10, true), after = split(50, false);
  std::uint64_t had = 0, kept = 0;
  for (std::uint64_t user = 0; user < kUsers; ++user) {
    if (!has(before, user)) continue;
    ++had;
    kept += has(after, user) ? 1 : 0;
  }

  BOOST_TEST(had > 0U);
  BOOST_TEST(kept == 0U);
}

BOOST_AUTO_TEST_CASE(a_ramp_in_parts_goes_straight_from_share_to_share) {
  const FlagShares from = split(10).fractional, to = split(50).fractional;
  for (std::uint64_t part = 0; part <= 8; ++part) {
    const FlagShares shares = between(from, to, part, 8);
    std::uint64_t on = 0;
    for (const auto& [variant, weight] : shares.weights) on += variant == 1 ? weight : 0;
    BOOST_TEST(on * 100 == shares.total * (10 + 5 * part));
  }
}

BOOST_AUTO_TEST_CASE(what_a_ramp_leaves_out_is_gone_at_its_end) {
  const auto three = variants({"a", "b", "c"});
  NamedMap<Ratio> old_shares, new_shares;
  old_shares["a"] = {1, 2};
  old_shares["b"] = {1, 2};
  new_shares["c"] = {1, 1};
  const FlagShares from = shares_of(old_shares, three), to = shares_of(new_shares, three);

  const FlagShares half = between(from, to, 1, 2), end = between(from, to, 2, 2);

  BOOST_TEST(half.weights.size() == 3U);
  BOOST_TEST(half.weights.front().first == 2U);
  BOOST_TEST(half.weights.front().second * 2 == half.total);
  BOOST_TEST(end.weights.size() == 1U);
  BOOST_TEST(end.total == end.weights.front().second);
}

BOOST_AUTO_TEST_CASE(ramps_upon_ramps_stay_whole_numbers) {
  FlagShares shares = split(1).fractional;
  for (int ramp = 0; ramp < 50; ++ramp) {
    shares = between(shares, split(ramp % 2 == 0 ? 97 : 3).fractional, 7, 1000);
    BOOST_TEST(shares.total > 0U);
    BOOST_TEST(shares.total >> 40 == 0U);
  }
}

BOOST_AUTO_TEST_SUITE_END()
