/// \file lease.hpp
/// Leases, and whose clock says how long they last.
/// Why: who holds a lease decides by its own clock whether it still does, and a machine that stood
/// still for ten minutes decides as if it had not. Only whoever is written to can refuse it.
///
/// | fact | how | where |
/// |---|---|---|
/// | leader election: 15 s, renewed until 10 s, tried every 2 s | read | client-go
/// leaderelection.go | | an observer times the lease from when it saw it change, by its own
/// monotonic clock | read | the same | | offsets are tolerated, differences in rate are not | read
/// | the same; kubernetes#19511 |
#pragma once

#include <cstdint>
#include <optional>

#include "leapday/time.hpp"

namespace leapday::clocks {

/// Kubernetes' defaults; the renewal has to be shorter than the lease.
struct LeaseTimes {
  Duration lease = 15s;
  Duration renew = 10s;  ///< A holder that could not renew for so long gives up by itself.
  Duration retry = 2s;
};

/// The record that all see, on a server: who holds it, and the number of that holding.
struct LeaseRecord {
  std::uint32_t holder = 0;
  std::uint64_t term = 0;     ///< Grows with each change of holder: a fencing token.
  std::uint64_t version = 0;  ///< Grows with each renewal.
};

/// One that wants to be leader. It reads no clock but its own monotonic one, which it is told.
class LeaseCandidate {
 public:
  LeaseCandidate(std::uint32_t self, LeaseTimes times) : self_(self), times_(times) {}

  /// It reaches the server, and takes or renews the lease where it may.
  void reach(LeaseRecord& record, MonoTime own);
  /// What it believes, without asking anybody.
  bool believes(MonoTime own) const { return held_since_ && own - *held_since_ < times_.renew; }
  /// What it shows to whoever it writes to.
  std::uint64_t token() const { return token_; }

 private:
  std::uint32_t self_;
  LeaseTimes times_;
  std::optional<MonoTime> held_since_;  ///< Its last renewal.
  std::uint64_t token_ = 0;
  std::uint64_t seen_version_ = 0;
  std::optional<MonoTime> seen_at_;  ///< When it saw the record change.
};

/// What leaders write to: it refuses tokens older than the newest that it has seen (M. Kleppmann,
/// "How to do distributed locking", 2016).
class FencedStore {
 public:
  bool write(std::uint64_t token) {
    if (token < newest_) return false;
    newest_ = token;
    return true;
  }

 private:
  std::uint64_t newest_ = 0;
};

}  // namespace leapday::clocks
