/// \file request.hpp
/// What is under way: a call as its caller means it, the attempts made for it, and the visits that
/// a router pays to instances for one attempt.
/// Why: the three end at different times. A caller may give up on an attempt while an instance
/// still works on the visit; a router may pay several visits for one attempt. While nothing of the
/// kind has happened, and nothing can but at one instant for all three, the visit alone is there.
#pragma once

#include <cstdint>

#include "leapday/record.hpp"
#include "leapday/time.hpp"
#include "sim/engine/lanes.hpp"
#include "sim/engine/scheduler.hpp"
#include "sim/model/network.hpp"

namespace leapday::model {

inline constexpr std::uint32_t kNone = 0xffffffffU;

/// Answered, or why not.
struct Outcome {
  FailureReason reason = FailureReason::count_;
  bool ok() const { return reason == FailureReason::count_; }
};
inline constexpr Outcome kAnswered{};
constexpr Outcome failure(FailureReason reason) { return {reason}; }

/// Keys of the attempts of a call, and of the visits of an attempt, by their number. Draws mix
/// them, so that they need only differ.
constexpr std::uint64_t nth_attempt(std::uint64_t call, std::uint64_t number) {
  return call + 0x8cb92ba72f3d8dd7U * (number + 1);
}
constexpr std::uint64_t nth_visit(std::uint64_t attempt, std::uint64_t number) {
  return attempt + 0xaef17502108ef2d9U * (number + 1);
}
/// Of the first visit of the first attempt.
constexpr std::uint64_t first_visit(std::uint64_t call) {
  return nth_visit(nth_attempt(call, 0), 0);
}
constexpr std::uint64_t call_of_first_visit(std::uint64_t visit) { return visit - first_visit(0); }

/// One request of a load, one downstream call or one mirrored copy, with all its attempts.
struct Call {
  std::uint64_t key = 0;     ///< Hash of who asks for what the how-manieth time: keys every draw.
  std::uint64_t number = 0;  ///< Of the request in its load; of calls, the serial of the owner.
  SimTime sent{};
  std::uint32_t caller = kNone;
  std::uint32_t owner = kNone;  ///< Visit that waits; of loads: trace row or closed client.
  std::uint32_t open[2] = {kNone, kNone};  ///< Attempts under way: first or retry, and hedge.
  std::uint32_t endpoint : 30 = 0;
  bool for_visit : 1 = false;  ///< The owner is a visit.
  bool sampled : 1 = false;    ///< Tell TrafficCore::traces_.
  std::uint16_t attempts = 0;  ///< Begun so far, hedges included.
  std::uint16_t retries = 0;
  engine::EventKey retry_at = 0;
  engine::LaneTicket hedge;
};
static_assert(sizeof(Call) == 64);

/// One try by a caller at an app or a dependency.
struct Attempt {
  enum class Step : std::uint8_t {
    to_router,
    waiting,    ///< In the router's queue.
    trying,     ///< The router has it at an instance.
    to_caller,  ///< The answer is on its way.
    resending,  ///< The answer met a link that is down.
    lost,       ///< No answer will come by itself.
  };
  /// Where the caller is.
  enum class Origin : std::uint8_t { clients, instance, dependency, router };
  std::uint64_t key = 0;
  std::uint64_t client = 0;  ///< Hash of whose it is, for consistent hashing.
  SimTime sent{};
  engine::EventKey event = 0;
  engine::LaneTicket timeout;
  std::uint32_t call = kNone;  ///< None once the caller has lost interest.
  std::uint32_t caller = kNone;
  std::uint32_t router = kNone;  ///< None for dependencies.
  std::uint32_t endpoint = 0;
  std::uint32_t visit = kNone;  ///< The one under way.
  std::uint32_t tried = kNone;  ///< List of instances tried so far.
  std::uint32_t next = kNone;   ///< In the router's queue.
  std::uint32_t previous = kNone;
  std::uint32_t connection = kNone;  ///< Client connection that sticks to an instance.
  std::uint32_t trace_row = kNone;   ///< May ask for an instance and state the service time.
  std::uint32_t from = kNone;        ///< Instance or dependency, by `origin`.
  std::uint16_t tries = 0;
  Step step = Step::to_router;
  FailureReason result = FailureReason::count_;
  Origin origin = Origin::clients;
  bool idempotent : 1 = true;
  bool sampled : 1 = false;  ///< As of its call.
};
static_assert(sizeof(Attempt) == 96);

/// Where a visit is.
enum class VisitStep : std::uint8_t {
  to_router,   ///< Direct ones: on its way to the router.
  connecting,  ///< The first packet is on its way.
  silent,      ///< Nobody there will answer; a timeout ends it.
  sending,     ///< Accepted; the request is on its way.
  queued,
  serving,     ///< Own work.
  calling,     ///< Waits for downstream calls, keeping its server.
  committing,  ///< Its work is done; a replica must say so, or latency was added.
  held,        ///< Waits on its caller's side, for a connection or a database's primary.
  answering,   ///< Left the station; the answer is on its way.
  resending,   ///< The answer met a link that is down.
  dropped,     ///< Its server went; its caller is about to learn of it.
  to_caller,   ///< Direct ones: answered, on its way from the router.
};

/// One try at one instance or dependency; also a message or a job that an instance works on. A
/// direct one stands for its call and its attempt as well (traffic_direct.cpp), and is there from
/// the call's begin to its end.
struct alignas(64) Visit {
  using Step = VisitStep;
  std::uint64_t key = 0;
  SimTime sent{};   ///< By the router (on the way there: the caller); of messages, published.
  double work = 0;  ///< Left, in nanoseconds at full speed.
  SimTime since{};  ///< When `work` was counted.
  engine::EventKey event = 0;
  engine::LaneTicket timer;  ///< The router's: connecting or waiting for the answer.
  // Of its call, while it is direct:
  engine::LaneTicket timeout;  ///< The caller's.
  std::uint64_t number = 0;
  union {
    std::uint32_t caller = kNone;
    std::uint32_t content;  ///< Where it is `to_dependency`: the key that it asks a cache for.
  };
  union {
    std::uint32_t owner = kNone;
    std::uint32_t pool;  ///< Likewise: its caller's pool at the node; none where it has none.
  };
  std::uint32_t lead = 0;  ///< Nanoseconds from the call's sending to `sent`.

  std::uint32_t serial = 0;  ///< Distinguishes visits that had the same slot.
  union {
    std::uint32_t attempt = kNone;  ///< None once nobody waits for it.
    std::uint32_t row;              ///< Of direct ones: where the router's table had the instance.
  };
  std::uint32_t instance = kNone;
  union {
    std::uint32_t row_epoch = 0;  ///< Which registration of the instance counts it as open.
    std::uint32_t dependency;     ///< Where it is `to_dependency`.
  };
  union {
    std::uint32_t message = kNone;  ///< Of workers: the message it works on.
    std::uint32_t from;             ///< Of direct ones: the instance that calls.
  };
  std::uint32_t previous = kNone;  ///< In the station's queue or among those in service.
  std::uint32_t next = kNone;
  std::uint32_t pending = 0;  ///< Downstream calls not settled.
  std::uint32_t calls_made = 0, call_step = 0;
  // No two of these share a word that is read whole: reading would wait for both.
  std::uint32_t endpoint = 0;
  union {
    std::uint16_t router = 0;
    std::uint16_t node;  ///< Where it is `to_dependency`.
  };
  std::uint16_t flags = 0;  ///< Which variants it got: see FlagPath::begin().
  Step step = Step::connecting;
  FailureReason result = FailureReason::count_;
  bool counted : 1 = false;    ///< In its row's `open`.
  bool travelled : 1 = false;  ///< Did not reach its instance at the instant it was sent.
  bool pooled : 1 = false;     ///< Goes over a connection that may be kept.
  bool job : 1 = false;
  bool call_failed : 1 = false;
  bool launching : 1 = false;  ///< In the middle of making a step's calls.
  bool direct : 1 = false;
  bool to_dependency : 1 = false;
  bool sampled : 1 = false;                     ///< As of its call.
  bool read : 1 = false, anywhere : 1 = false;  ///< Of databases: a replica may answer it or not.
  bool poisoned : 1 = false;                    ///< Its message fails whoever works on it.
};
static_assert(sizeof(Visit) == 128);
/// Routers are fewer.
inline constexpr std::size_t kMostRouters = std::size_t{1} << 16;
/// Key and begin of the call of a direct visit.
inline std::uint64_t call_key(const Visit& visit) { return call_of_first_visit(visit.key); }
inline SimTime call_sent(const Visit& visit) { return visit.sent - Duration{visit.lead}; }

/// A doubly linked list through the `previous` and `next` of pooled values.
struct List {
  std::uint32_t head = kNone;
  std::uint32_t tail = kNone;
  std::uint32_t size = 0;

  template <class Pool>
  void push_back(Pool& pool, std::uint32_t index) {
    pool[index].previous = tail;
    pool[index].next = kNone;
    (tail == kNone ? head : pool[tail].next) = index;
    tail = index;
    ++size;
  }
  template <class Pool>
  void push_front(Pool& pool, std::uint32_t index) {
    pool[index].previous = kNone;
    pool[index].next = head;
    (head == kNone ? tail : pool[head].previous) = index;
    head = index;
    ++size;
  }
  template <class Pool>
  void remove(Pool& pool, std::uint32_t index) {
    const std::uint32_t before = pool[index].previous;
    const std::uint32_t after = pool[index].next;
    (before == kNone ? head : pool[before].next) = after;
    (after == kNone ? tail : pool[after].previous) = before;
    --size;
  }
};

}  // namespace leapday::model
