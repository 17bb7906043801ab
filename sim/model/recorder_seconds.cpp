/// \file recorder_seconds.cpp
/// Rows of single seconds that make room for new ones.
/// Why: their memory is bounded whatever the length of the run.
#include "sim/model/recorder_seconds.hpp"

#include <algorithm>

namespace leapday::model {
namespace {

template <class Row>
void drop(std::vector<Row>& rows, std::int64_t count) {
  const auto size = static_cast<std::int64_t>(rows.size());
  rows.erase(rows.begin(), rows.begin() + std::min(count, size));
}

void begin_at(Series& out, std::int64_t first) {
  const std::int64_t count = first - out.first;
  drop(out.by_send, count);
  drop(out.latency, count);
  drop(out.by_settle, count);
  drop(out.settle_latency, count);
  out.first = first;
}

}  // namespace

/// The row of the second of `at`; nothing when that second was dropped.
template <class Row>
Row* RecentSeconds::row(Series& out, std::vector<Row>& rows, SimTime at) {
  const std::int64_t second = at.time_since_epoch().count() / 1'000'000'000;
  if (second < out.first) return nullptr;
  if (second - out.first >= 2 * kSecondsKept) {
    begin_at(out, second - kSecondsKept + 1);
  }
  const auto index = static_cast<std::size_t>(second - out.first);
  if (index >= rows.size()) rows.resize(index + 1);
  return &rows[index];
}

void RecentSeconds::sent(Series& out, SimTime at) const {
  if (SecondCounts* counts = row(out, out.by_send, at)) ++counts->sent;
}

void RecentSeconds::answered(Series& out, SimTime sent_at, SimTime now) const {
  const std::int64_t latency = (now - sent_at).count();
  if (settlement_) {
    SecondCounts* settled = row(out, out.by_settle, now);
    ++settled->sent;
    ++settled->answered;
    if (latency_) row(out, out.settle_latency, now)->add(latency);
  }
  if (SecondCounts* counts = row(out, out.by_send, sent_at)) ++counts->answered;
  if (!latency_) return;
  if (SparseHistogram* histogram = row(out, out.latency, sent_at)) histogram->add(latency);
}

void RecentSeconds::failed(Series& out, SimTime sent_at, SimTime now, FailureReason reason) const {
  const auto index = static_cast<std::size_t>(reason);
  if (settlement_) {
    SecondCounts* settled = row(out, out.by_settle, now);
    ++settled->sent;
    ++settled->failed[index];
  }
  if (SecondCounts* counts = row(out, out.by_send, sent_at)) ++counts->failed[index];
}

}  // namespace leapday::model
