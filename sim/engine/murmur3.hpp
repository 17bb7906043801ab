/// \file murmur3.hpp
/// MurmurHash3, the 32-bit variant for x86 by Austin Appleby (public domain).
/// Why: feature flags sort their users into buckets by it, so that any program that knows the same
/// names can tell who is in which.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace leapday::engine {

/// Of the bytes of a text, with seed 0.
constexpr std::uint32_t murmur3_32(std::string_view text) {
  constexpr std::uint32_t kFirst = 0xcc9e2d51U, kSecond = 0x1b873593U;
  const auto byte = [text](std::size_t at) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(text[at]));
  };
  const auto mixed = [](std::uint32_t word) { return std::rotl(word * kFirst, 15) * kSecond; };
  std::uint32_t hash = 0;
  std::size_t at = 0;
  for (; at + 4 <= text.size(); at += 4) {
    const std::uint32_t word =
        byte(at) | byte(at + 1) << 8 | byte(at + 2) << 16 | byte(at + 3) << 24;
    hash = std::rotl(hash ^ mixed(word), 13) * 5 + 0xe6546b64U;
  }
  std::uint32_t rest = 0;
  for (std::size_t i = text.size(); i > at; --i) rest = rest << 8 | byte(i - 1);
  hash ^= mixed(rest);
  hash ^= static_cast<std::uint32_t>(text.size());
  hash = (hash ^ hash >> 16) * 0x85ebca6bU;
  hash = (hash ^ hash >> 13) * 0xc2b2ae35U;
  return hash ^ hash >> 16;
}

}  // namespace leapday::engine
