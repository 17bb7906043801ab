/// \file replica_log.hpp
/// What a primary has committed and a replica has not applied yet.
/// Why: a read of a replica is stale, and a failover loses writes, by exactly these entries; that
/// the replica applies them one after another makes its lag grow with the load of writes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "leapday/time.hpp"

namespace leapday::model {

/// Entries are received and applied in the order of their commits.
class ReplicaLog {
 public:
  struct Entry {
    std::int64_t received = 0;
    std::int64_t applied = 0;
  };

  /// A write that is committed now and would be received after `lag` if it were the only one.
  Entry append(SimTime now, Duration lag, Duration apply) {
    forget_applied(now);
    const std::int64_t at = now.time_since_epoch().count();
    const Entry last = size_ == 0 ? Entry{at, at} : back();
    Entry entry;
    entry.received = std::max(last.received, at + lag.count());
    entry.applied = std::max(last.applied, entry.received) + apply.count();
    if (size_ == ring_.size()) grow();
    ring_[(head_ + size_++) & (ring_.size() - 1)] = entry;
    return entry;
  }
  /// Writes committed but not applied.
  std::uint64_t unapplied(SimTime now) {
    forget_applied(now);
    return size_;
  }
  /// The primary is lost: what has not been received never will be. Returns how many that are.
  std::uint64_t cut(SimTime now) {
    forget_applied(now);
    std::uint64_t lost = 0;
    while (size_ > 0 && back().received > now.time_since_epoch().count()) {
      --size_;
      ++lost;
    }
    return lost;
  }
  /// When all that was received is applied.
  SimTime caught_up(SimTime now) const {
    return size_ == 0 ? now : std::max(now, SimTime{Duration{back().applied}});
  }
  void clear() { size_ = 0; }

 private:
  const Entry& back() const { return ring_[(head_ + size_ - 1) & (ring_.size() - 1)]; }
  void forget_applied(SimTime now) {
    while (size_ > 0 && ring_[head_].applied <= now.time_since_epoch().count()) {
      head_ = (head_ + 1) & (ring_.size() - 1);
      --size_;
    }
  }
  void grow() {
    std::vector<Entry> larger(std::max<std::size_t>(64, ring_.size() * 2));
    for (std::size_t i = 0; i < size_; ++i) larger[i] = ring_[(head_ + i) & (ring_.size() - 1)];
    ring_ = std::move(larger);
    head_ = 0;
  }

  std::vector<Entry> ring_;  ///< A power of two of them, or none.
  std::size_t head_ = 0;
  std::size_t size_ = 0;
};

}  // namespace leapday::model
