/// \file lease.cpp
/// Taking, renewing and losing a lease. Why: see lease.hpp.
#include "sim/clocks/lease.hpp"

namespace leapday::clocks {

void LeaseCandidate::reach(LeaseRecord& record, MonoTime own) {
  if (!seen_at_ || record.version != seen_version_) {
    seen_version_ = record.version;
    seen_at_ = own;
  }
  const bool mine = record.holder == self_ && record.version > 0;
  const bool over = record.version == 0 || own - *seen_at_ >= times_.lease;
  if (!mine && !over) {
    held_since_.reset();
    return;
  }
  if (!mine) {
    record.holder = self_;
    ++record.term;
  }
  token_ = record.term;
  seen_version_ = ++record.version;
  seen_at_ = held_since_ = own;
}

}  // namespace leapday::clocks
