/// \file keyed_cache.hpp
/// The keys of a cache: which of them a call asks for, until when each is held, and who waits for
/// one that is being fetched.
/// Why: a stampede is one key that many calls miss at once; a share of hits cannot show it.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "leapday/random.hpp"
#include "leapday/time.hpp"
#include "sim/engine/math.hpp"
#include "sim/model/request.hpp"

namespace leapday::model {

class KeyedCache {
 public:
  struct Key {
    std::int64_t expires = kNotHeld;  ///< Held until then.
    std::int64_t took = 0;            ///< The last fetch, in ns.
    std::uint32_t fetches = 0;        ///< Under way.
    List waiting;                     ///< Calls that wait for the fetch under way.
  };

  KeyedCache(std::int64_t keys, double zipf) : keys_(static_cast<std::size_t>(keys)) {
    if (zipf > 0) make_table(zipf);
  }

  std::uint32_t draw(Random& random) const {
    const auto key = static_cast<std::uint32_t>(random.below(keys_.size()));
    if (share_.empty()) return key;
    return random.uniform() < share_[key] ? key : other_[key];
  }
  Key& operator[](std::uint32_t key) { return keys_[key]; }
  std::size_t size() const { return keys_.size(); }
  static bool held(const Key& key, SimTime now) {
    return key.expires > now.time_since_epoch().count();
  }
  void store(Key& key, SimTime now, std::optional<Duration> ttl) {
    key.expires = ttl ? now.time_since_epoch().count() + ttl->count() : kForEver;
  }
  /// XFetch (Vattani, Chierichetti, Lowenstein: Optimal Probabilistic Cache Stampede Prevention,
  /// VLDB 2015): fetch anew when now - took * beta * ln(uniform) has reached the expiry.
  static bool refreshes_early(const Key& key, SimTime now, double beta, Random& random) {
    if (beta <= 0 || key.expires == kForEver) return false;
    const double ahead = -static_cast<double>(key.took) * beta * engine::det_log(random.uniform());
    return static_cast<double>(key.expires - now.time_since_epoch().count()) <= ahead;
  }
  /// Forgets all keys; returns how many were held.
  std::uint64_t flush(SimTime now) {
    std::uint64_t dropped = 0;
    for (Key& key : keys_) {
      dropped += held(key, now) ? 1 : 0;
      key.expires = kNotHeld;
    }
    return dropped;
  }

 private:
  static constexpr std::int64_t kNotHeld = std::numeric_limits<std::int64_t>::min();
  static constexpr std::int64_t kForEver = std::numeric_limits<std::int64_t>::max();

  /// Vose's alias method: one column per key, shared with at most one other key.
  void make_table(double zipf) {
    const std::size_t n = keys_.size();
    std::vector<double> weight(n);
    double total = 0;
    for (std::size_t k = 0; k < n; ++k) {
      weight[k] = 1 / engine::det_pow(static_cast<double>(k + 1), zipf);
      total += weight[k];
    }
    share_.assign(n, 1);
    other_.assign(n, 0);
    std::vector<std::uint32_t> small;
    std::vector<std::uint32_t> large;
    for (std::size_t k = 0; k < n; ++k) {
      weight[k] *= static_cast<double>(n) / total;
      (weight[k] < 1 ? small : large).push_back(static_cast<std::uint32_t>(k));
    }
    while (!small.empty() && !large.empty()) {
      const std::uint32_t less = small.back();
      const std::uint32_t more = large.back();
      small.pop_back();
      share_[less] = weight[less];
      other_[less] = more;
      weight[more] -= 1 - weight[less];
      if (weight[more] < 1) {
        large.pop_back();
        small.push_back(more);
      }
    }
  }

  std::vector<Key> keys_;
  std::vector<double> share_;         ///< Of its column that is the key's own.
  std::vector<std::uint32_t> other_;  ///< Whose the rest is.
};

}  // namespace leapday::model
