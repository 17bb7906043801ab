/// \file event.hpp
/// One pending event, and the order of events.
/// Why: the queues that hold them share nothing else.
#pragma once

#include <cstdint>

namespace leapday::engine {

/// 16 bytes: time and priority in the key, what to do in the payload. Order is (key, payload), so
/// it never depends on insertion, and no sequence number is stored.
struct Event {
  std::uint64_t key = 0;
  std::uint64_t payload = 0;
  friend bool operator==(const Event&, const Event&) = default;
};

inline bool before(const Event& a, const Event& b) {
  const auto wide = [](const Event& e) {
    return (static_cast<unsigned __int128>(e.key) << 64) | e.payload;
  };
  return wide(a) < wide(b);
}

/// Later than every event: no event's key is the largest number.
inline constexpr Event kNoEvent{~std::uint64_t{0}, ~std::uint64_t{0}};

}  // namespace leapday::engine
