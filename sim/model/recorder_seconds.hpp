/// \file recorder_seconds.hpp
/// The last seconds of one subject, one by one, in runs whose record has longer steps.
/// Why: a trigger or an expectation about ten seconds needs them, and a run of years must not keep
/// them all (docs/adr/0007-bounded-series.md).
#pragma once

#include <cstdint>

#include "leapday/record.hpp"

namespace leapday::model {

/// How many seconds stay: a day and a half. Twice as many may, three days, before half of them are
/// dropped at once, so that a second is moved once at most.
inline constexpr std::int64_t kSecondsKept = std::int64_t{1} << 17;

/// Writes outcomes into rows of single seconds. What is older than the rows is left out; which rows
/// stay depends on the times of outcomes alone.
class RecentSeconds {
 public:
  /// With latencies, and by settlement as well, where asked for.
  RecentSeconds(bool latency, bool settlement) : latency_(latency), settlement_(settlement) {}

  void sent(Series& out, SimTime at) const;
  void answered(Series& out, SimTime sent_at, SimTime now) const;
  void failed(Series& out, SimTime sent_at, SimTime now, FailureReason reason) const;

 private:
  template <class Row>
  static Row* row(Series& out, std::vector<Row>& rows, SimTime at);

  bool latency_;
  bool settlement_;
};

}  // namespace leapday::model
