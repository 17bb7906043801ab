/// \file simd.hpp
/// Four 64-bit numbers at a time, and whether this machine does that in one instruction.
/// Why: one source serves both paths. A function marked LEAPDAY_AVX2 inlines the same body as its
/// plain twin, so that the two cannot differ in what they compute; which one runs is asked once.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#define LEAPDAY_AVX2 [[gnu::target("avx2")]]
#else
#define LEAPDAY_AVX2
#endif

namespace leapday::engine {

/// True where functions marked LEAPDAY_AVX2 may be called.
inline bool has_avx2() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") != 0;
#else
  return false;
#endif
}

namespace simd {

using Longs [[gnu::vector_size(32)]] = std::int64_t;
using Bytes [[gnu::vector_size(32)]] = std::int8_t;

/// For signed comparison, the only one that vectors have, of unsigned numbers.
inline std::int64_t signed_order(std::uint64_t x) {
  return static_cast<std::int64_t>(x ^ (std::uint64_t{1} << 63));
}
inline std::uint64_t unsigned_order(std::int64_t x) {
  return static_cast<std::uint64_t>(x) ^ (std::uint64_t{1} << 63);
}

}  // namespace simd
}  // namespace leapday::engine
