/// \file random.hpp
/// A small, fast, named random stream (xoshiro256++ 1.0 by Blackman and Vigna).
/// Why: policies and faults draw from their own stream, so that adding a consumer shifts nobody
/// else's numbers; integer arithmetic only, so that every compiler draws the same.
#pragma once

#include <cstdint>
#include <string_view>

#include "leapday/units.hpp"

namespace leapday {

/// 64-bit FNV-1a followed by a splitmix64 finaliser: the name half of a stream's key.
constexpr std::uint64_t hash_name(std::string_view name) {
  std::uint64_t h = 0xcbf29ce484222325U;
  for (const char c : name) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9U;
  h = (h ^ (h >> 27)) * 0x94d049bb133111ebU;
  return h ^ (h >> 31);
}

/// Mixes two words into one (splitmix64 of their combination); order matters.
constexpr std::uint64_t hash_combine(std::uint64_t a, std::uint64_t b) {
  std::uint64_t z = a + 0x9e3779b97f4a7c15U * (b + 1);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

/// One stream. Copyable: a copy continues with the same numbers.
class Random {
 public:
  using result_type = std::uint64_t;

  Random() = default;
  /// From four words that are not all zero (see sim/engine/streams.hpp, which draws them from
  /// Philox keyed by the run's seed and the stream's name).
  constexpr Random(std::uint64_t a, std::uint64_t b, std::uint64_t c, std::uint64_t d)
      : s0_(a), s1_(b), s2_(c), s3_(d) {}
  /// From one key, through splitmix64.
  static constexpr Random keyed(std::uint64_t key) {
    return {hash_combine(key, 0), hash_combine(key, 1), hash_combine(key, 2), hash_combine(key, 3)};
  }

  /// The same for a few draws that belong to one request, at a third of the cost: `mixed` is taken
  /// as random already, as what hash_combine() gives is.
  static constexpr Random brief(std::uint64_t mixed) {
    return {mixed, mixed * 0xd1342543de82ef95U, rotl(mixed, 32) * 0xaf251af3b0f025b5U,
            0x9e3779b97f4a7c15U};
  }

  /// What brief(mixed).next() gives first.
  static constexpr std::uint64_t first_of_brief(std::uint64_t mixed) {
    return rotl(mixed + 0x9e3779b97f4a7c15U, 23) + mixed;
  }

  /// 64 random bits.
  constexpr std::uint64_t next() {
    const std::uint64_t result = rotl(s0_ + s3_, 23) + s0_;
    const std::uint64_t t = s1_ << 17;
    s2_ ^= s0_;
    s3_ ^= s1_;
    s1_ ^= s2_;
    s0_ ^= s3_;
    s2_ ^= t;
    s3_ = rotl(s3_, 45);
    return result;
  }
  /// Uniform on [0, n), without bias (Lemire 2019); n > 0.
  constexpr std::uint64_t below(std::uint64_t n) {
    unsigned __int128 product = static_cast<unsigned __int128>(next()) * n;
    if (static_cast<std::uint64_t>(product) < n) {
      const std::uint64_t threshold = (0 - n) % n;
      while (static_cast<std::uint64_t>(product) < threshold) {
        product = static_cast<unsigned __int128>(next()) * n;
      }
    }
    return static_cast<std::uint64_t>(product >> 64);
  }
  /// Uniform on (0, 1): 52 bits and a half, so that it is exact and never 0 or 1.
  constexpr double uniform() { return (static_cast<double>(next() >> 12) + 0.5) * 0x1.0p-52; }
  /// True with exactly this probability; p in [0, 1].
  constexpr bool chance(Ratio p) {
    if (p.num <= 0) return false;
    if (p.num >= p.den) return true;
    return below(static_cast<std::uint64_t>(p.den)) < static_cast<std::uint64_t>(p.num);
  }

 private:
  static constexpr std::uint64_t rotl(std::uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }
  std::uint64_t s0_ = 1, s1_ = 2, s2_ = 3, s3_ = 4;
};

}  // namespace leapday
