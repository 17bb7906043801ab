/// \file trace.hpp
/// What happened to single requests: a sample of them, each with its spans.
/// Why: counts and percentiles say that requests were slow or failed; a trace says where one of
/// them spent its time, and who gave up on whom.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "leapday/failure.hpp"
#include "leapday/time.hpp"

namespace leapday {

/// One thing that happened to a request. Times are from t=0. A span lies within its parent, but
/// for those that are `abandoned`.
struct TraceSpan {
  enum class Kind : std::uint8_t {
    request,  ///< A user's request, from sending to what the user learns. Subject: the load.
    attempt,  ///< One try by a caller. Subject: the router it went to, or the dependency.
    visit,    ///< One try by a router at an instance, or the stay at a dependency, from sending to
              ///< the answer. Subject: the instance ("shop/3") or the dependency.
    queue,    ///< Waits for a server of the instance or dependency, or in the router's queue.
    service,  ///< Own work, with whatever shares or slows the cores. Calls are not in it.
    call,     ///< A downstream call with all its attempts. Subject: the app or dependency.
  };
  static constexpr std::uint16_t kNoParent = 0xffff;

  SimTime begin{};
  SimTime end{};               ///< Of those `open`: the run's.
  std::uint32_t subject = 0;   ///< Index into Traces::names.
  std::uint32_t endpoint = 0;  ///< Likewise, of requests, calls and visits to instances; or "".
  std::uint16_t parent = kNoParent;  ///< Index into RequestTrace::spans, less than its own.
  std::uint16_t number = 0;          ///< Of attempts: 0 is the first one.
  Kind kind = Kind::request;
  /// Why it failed; count_ when it did not, or not yet. Of queue and service: what cut it short.
  FailureReason reason = FailureReason::count_;
  bool open = false;       ///< Had not ended when the run did.
  bool hedge = false;      ///< Of attempts: sent beside one that took long.
  bool abandoned = false;  ///< It went on after its parent had ended: nobody waited for it.

  bool answered() const { return !open && reason == FailureReason::count_; }
  friend bool operator==(const TraceSpan&, const TraceSpan&) = default;
};

/// A user's request and what was done for it.
struct RequestTrace {
  std::uint32_t load = 0;        ///< Index into Traces::names.
  std::uint64_t number = 0;      ///< Within its load, from 0; of closed loops by client.
  bool truncated = false;        ///< More happened than Traces::kMostSpans spans hold.
  std::vector<TraceSpan> spans;  ///< In order of their beginning; the first is the request.

  friend bool operator==(const RequestTrace&, const RequestTrace&) = default;
};

/// A sample of the users' requests sent from t=0 on. Each request has a rank, drawn from the seed
/// and from whose how-manieth it is. Those with ranks below 1/one_in of the range are the sample,
/// where one_in is the least power of two that leaves at most kMost of them. So what happens to a
/// request has no part in whether it is taken.
struct Traces {
  static constexpr std::size_t kMost = 256;
  static constexpr std::size_t kMostSpans = 256;  ///< Of one request.

  std::uint64_t one_in = 1;
  std::vector<RequestTrace> requests;  ///< By time of sending, load and number.
  std::vector<std::string> names;      ///< Of loads, apps, routers, ...; the first is "".
};

}  // namespace leapday
