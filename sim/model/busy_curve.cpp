/// \file busy_curve.cpp
/// Counting steps by stretches of time, and looking closely at those stretches that may hold a
/// peak.
#include "sim/model/busy_curve.hpp"

#include <algorithm>
#include <bit>

namespace leapday::model {
namespace {

std::int64_t instant(CurveStep step) { return static_cast<std::int64_t>(step >> 1); }

/// Of few.
void insertion_sort(std::span<CurveStep> steps) {
  for (std::size_t i = 1; i < steps.size(); ++i) {
    const CurveStep step = steps[i];
    std::size_t at = i;
    for (; at > 0 && steps[at - 1] > step; --at) steps[at] = steps[at - 1];
    steps[at] = step;
  }
}

}  // namespace

void BusyCurve::take(std::span<const CurveStep> arrivals, std::span<const CurveStep> ends) {
  const std::int64_t open_before = open, queued_before = queued;
  count(arrivals, ends);
  std::size_t first_doubtful = kStretches;
  for (std::size_t s = 0; s < kStretches; ++s) {
    if (first_doubtful == kStretches && may_peak(counts_[s])) first_doubtful = s;
    step(counts_[s]);
  }
  if (first_doubtful == kStretches) return;
  // Again, with the ends by stretch.
  const std::int64_t open_after = open, queued_after = queued;
  open = open_before;
  queued = queued_before;
  std::array<std::size_t, kStretches> places;
  std::size_t place = 0;
  for (std::size_t s = 0; s < kStretches; ++s) {
    places[s] = place;
    place += static_cast<std::size_t>(all(counts_[s].ends));
  }
  if (sorted_.size() < ends.size()) sorted_.resize(ends.size());
  for (const CurveStep end : ends) sorted_[places[stretch_of(end)]++] = end;
  std::size_t arrived = 0, ended = 0;
  for (std::size_t s = 0; s < kStretches; ++s) {
    const auto here_arrived = static_cast<std::size_t>(all(counts_[s].arrivals));
    const auto here_ended = static_cast<std::size_t>(all(counts_[s].ends));
    if (s >= first_doubtful && may_peak(counts_[s])) {
      follow(arrivals.subspan(arrived, here_arrived), {sorted_.data() + ended, here_ended}, s == 0);
    }
    step(counts_[s]);
    arrived += here_arrived;
    ended += here_ended;
  }
  open = open_after;
  queued = queued_after;
}

/// Where the curve begins and ends, its areas, and its steps by stretch.
void BusyCurve::count(std::span<const CurveStep> arrivals, std::span<const CurveStep> ends) {
  first = arrivals.empty() ? instant(ends.front()) : instant(arrivals.front());
  last = arrivals.empty() ? first : instant(arrivals.back());
  for (const CurveStep end : ends) {
    first = std::min(first, instant(end));
    last = std::max(last, instant(end));
  }
  const std::int64_t length = last - first;
  shift_ = std::bit_width(static_cast<std::uint64_t>(length) / kStretches);
  counts_ = {};
  // In locals: what is written to the counts might be members, for all that the compiler knows.
  const std::int64_t from = first, to = last;
  const int shift = shift_;
  std::int64_t open_sum = open * length, queued_sum = queued * length;
  for (const CurveStep arrival : arrivals) {
    const auto waits = static_cast<std::int64_t>(arrival & 1);
    const std::int64_t left = to - instant(arrival);
    counts_[static_cast<std::size_t>((instant(arrival) - from) >> shift)].arrivals +=
        1 + (static_cast<std::uint64_t>(waits) << 32);
    open_sum += left;
    queued_sum += left & -waits;
  }
  for (const CurveStep end : ends) {
    const auto takes = static_cast<std::int64_t>(end & 1);
    const std::int64_t left = to - instant(end);
    counts_[static_cast<std::size_t>((instant(end) - from) >> shift)].ends +=
        1 + (static_cast<std::uint64_t>(takes) << 32);
    open_sum -= left;
    queued_sum -= left & -takes;
  }
  open_area = open_sum;
  queued_area = queued_sum;
}

/// Whether any order of these steps reaches a new peak.
bool BusyCurve::may_peak(const Count& count) const {
  if ((count.arrivals | count.ends) == 0) return false;
  const std::int64_t arrivals = all(count.arrivals), waiting = with_bit(count.arrivals);
  return open + arrivals > peaks.open || queued + waiting > peaks.queued ||
         open - queued + arrivals - waiting > peaks.busy;
}

void BusyCurve::step(const Count& count) {
  open += all(count.arrivals) - all(count.ends);
  queued += with_bit(count.arrivals) - with_bit(count.ends);
}

/// All steps of one stretch in order. What held before its first one held for a time, unless the
/// curve begins there.
void BusyCurve::follow(std::span<const CurveStep> arrivals, std::span<CurveStep> ends,
                       bool begins) {
  insertion_sort(ends);
  std::int64_t open_now = open, queued_now = queued;
  std::int64_t since = begins ? first : -1;
  std::size_t arrived = 0, ended = 0;
  while (arrived < arrivals.size() || ended < ends.size()) {
    const bool is_end = arrived == arrivals.size() ||
                        (ended < ends.size() && instant(ends[ended]) <= instant(arrivals[arrived]));
    const CurveStep step = is_end ? ends[ended++] : arrivals[arrived++];
    if (instant(step) != since) {
      peaks.open = std::max(peaks.open, open_now);
      peaks.queued = std::max(peaks.queued, queued_now);
      peaks.busy = std::max(peaks.busy, open_now - queued_now);
      since = instant(step);
    }
    const std::int64_t change = is_end ? -1 : 1;
    open_now += change;
    queued_now += (step & 1) != 0 ? change : 0;
  }
}

}  // namespace leapday::model
