/// \file scheduler.hpp
/// Virtual time: fires events in an order that depends on nothing but the events themselves.
/// Why: same scenario and seed must be the same run on every compiler, queue and worker count.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "leapday/random.hpp"
#include "leapday/time.hpp"
#include "sim/engine/assert.hpp"
#include "sim/engine/delay_lines.hpp"
#include "sim/engine/event_queue.hpp"
#include "sim/engine/lanes.hpp"

namespace leapday::engine {

/// The order of events at one time.
enum class Priority : std::uint8_t {
  completion,
  delivery,
  arrival,
  timer,
  control,
  fault,
  observer
};

using HandlerFn = void (*)(void* self, std::uint32_t target, std::uint32_t arg);
struct HandlerId {
  std::uint8_t index = 0;
};

/// (ns + 2^60) << 3 | priority; 0 is no event's.
using EventKey = std::uint64_t;

/// One run's events and clock. Handlers may schedule, arm, cancel and stop; not run.
class Scheduler {
 public:
  /// Targets and arguments are below this.
  static constexpr std::uint32_t kNames = 1U << 28;

  /// With a shuffle seed, events at one time and priority fire in a pseudo-random order of their
  /// (target, arg, handler) in place of the ascending one.
  explicit Scheduler(SimTime start, std::optional<std::uint64_t> shuffle_seed = {});

  /// At most 256. Handlers' order of adding is part of the order of events.
  HandlerId add_handler(HandlerFn fn, void* self);

  SimTime now() const { return SimTime{Duration{now_}}; }
  /// Key of the event being handled; 0 outside handlers.
  EventKey current_key() const { return current_; }

  static constexpr EventKey key(SimTime at, Priority priority) {
    const std::int64_t shifted = at.time_since_epoch().count() + (std::int64_t{1} << 60);
    return static_cast<std::uint64_t>(shifted) << 3 | static_cast<std::uint64_t>(priority);
  }

  /// The instant of a key, which is not 0.
  static constexpr SimTime time_of(EventKey key) {
    return SimTime{Duration{static_cast<std::int64_t>(key >> 3) - (std::int64_t{1} << 60)}};
  }

  /// Fires handler(target, arg) at that time, which must not be past; what lies beyond kSimEnd
  /// never fires. To cancel, remember the key and ignore an event whose current_key() is another.
  EventKey schedule(SimTime at, Priority priority, HandlerId handler, std::uint32_t target,
                    std::uint32_t arg = 0) {
    LEAPDAY_ASSERT(at.time_since_epoch().count() >= now_, "an event was scheduled in the past");
    const EventKey when = key(at < kSimEnd ? at : kSimEnd, priority);
    queue_.push({when, pack(when, handler, target, arg)});
    return when;
  }

  /// A line for events of one delay, priority and handler; none when there are too many.
  DelayLineId add_delay_line() { return lines_.add_line(); }
  /// As schedule(), at a time that is that line's delay from now.
  EventKey schedule_in(DelayLineId line, SimTime at, Priority priority, HandlerId handler,
                       std::uint32_t target, std::uint32_t arg = 0) {
    LEAPDAY_ASSERT(at.time_since_epoch().count() >= now_, "an event was scheduled in the past");
    const EventKey when = key(at < kSimEnd ? at : kSimEnd, priority);
    const Event event{when, pack(when, handler, target, arg)};
    if (!lines_.push(line, event)) [[unlikely]]
      queue_.push(event);
    return when;
  }

  /// The lane of this delay (>= 0), priority and handler: the same one for the same three.
  LaneId lane(Duration delay, Priority priority, HandlerId handler);
  /// Fires the lane's handler after its delay.
  LaneTicket arm(LaneId lane, std::uint32_t target, std::uint32_t arg = 0) {
    return arm_for(lane, lane_specs_[lane.index].handler, target, arg);
  }
  /// Fires another handler than the lane's own.
  LaneTicket arm_for(LaneId lane, HandlerId handler, std::uint32_t target, std::uint32_t arg = 0) {
    const LaneSpec& spec = lane_specs_[lane.index];
    const SimTime at = now() + spec.delay;
    const EventKey when = key(at < kSimEnd ? at : kSimEnd, spec.priority);
    return lanes_.arm(lane, {when, pack(when, handler, target, arg)});
  }
  /// From now on the timer, unless it has fired, is for this handler, target and argument.
  void rename(const LaneTicket& ticket, HandlerId handler, std::uint32_t target,
              std::uint32_t arg = 0) {
    if (!lanes_.live(ticket)) return;
    lanes_.rename(ticket, pack(lanes_.key_of(ticket), handler, target, arg));
  }
  /// A lane like this one for timers that could have been armed earlier, by arm_at() in ascending
  /// order of time. It may be another lane's again once its timers have gone.
  LaneId late_lane(LaneId lane);
  LaneTicket arm_at(LaneId lane, SimTime at, std::uint32_t target, std::uint32_t arg = 0) {
    LEAPDAY_ASSERT(at.time_since_epoch().count() >= now_, "a timer was armed in the past");
    const LaneSpec& spec = lane_specs_[lane.index];
    const EventKey when = key(at < kSimEnd ? at : kSimEnd, spec.priority);
    return lanes_.arm(lane, {when, pack(when, spec.handler, target, arg)});
  }
  /// No-op when the ticket is empty or its timer has fired; clears it.
  void cancel(LaneTicket& ticket) { lanes_.cancel(ticket); }

  /// Within a handler: no other event of this run_until() fires before this key. A model that keeps
  /// events of its own may fire those before it, one advance() each.
  EventKey horizon() {
    const EventKey queued = queue_.top().key;
    const EventKey timer = lanes_.bound().key;
    const EventKey line = lines_.top().key;
    EventKey first = queued < timer ? queued : timer;
    first = line < first ? line : first;
    return first < end_ ? first : end_;
  }
  /// Within a handler: moves the clock to an event of the model's own, which lies before horizon()
  /// and not before the current one, and counts it. False when a limit or stop() forbids it.
  bool advance(EventKey to) {
    if (!enter(to)) [[unlikely]]
      return false;
    current_ = to;
    ++processed_;
    return true;
  }

  /// Within a handler: how many events may happen before a limit could forbid one.
  std::uint64_t allowance() const {
    if (processed_ >= max_events_) return 0;
    const std::uint64_t here = processed_ - instant_began_;
    return here >= max_per_instant_ ? 0
                                    : std::min(max_events_ - processed_, max_per_instant_ - here);
  }
  /// Within a handler: as so many calls of advance(), at most allowance() of them, of which the
  /// last is to this key.
  void advance_past(EventKey to, std::uint64_t events) {
    const std::int64_t at = time_of(to).time_since_epoch().count();
    LEAPDAY_ASSERT(at >= now_, "time ran backwards");
    processed_ += events;
    if (at > now_) instant_began_ = processed_ - 1;
    now_ = at;
    current_ = to;
  }
  /// Counts events of the model's own that needed no clock.
  void count(std::uint64_t events) {
    processed_ += events;
    instant_began_ += events;
  }

  /// Fires every event before `until`; then now() == until. False when a limit or stop() ended it
  /// early, and from then on always.
  bool run_until(SimTime until);
  /// From within a handler or between calls.
  void stop();
  void set_limits(std::uint64_t max_events, std::uint64_t max_events_per_instant);

  std::uint64_t processed() const { return processed_; }
  std::size_t pending() const { return queue_.size() + lines_.size() + lanes_.size(); }
  /// "", "cancelled", "max_events", "livelock at 12.5s".
  std::string stop_reason() const;

 private:
  enum class Stop : std::uint8_t { none, cancelled, max_events, livelock };
  struct Handler {
    HandlerFn fn;
    void* self;
  };
  struct LaneSpec {
    Duration delay;
    Priority priority;
    HandlerId handler;
  };

  std::uint64_t pack(EventKey when, HandlerId handler, std::uint32_t target,
                     std::uint32_t arg) const {
    LEAPDAY_ASSERT((target | arg) < kNames, "an event's target or argument exceeds 28 bits");
    const std::uint64_t plain =
        std::uint64_t{target} << 36 | std::uint64_t{arg} << 8 | handler.index;
    if (shuffled_) [[unlikely]]
      return scramble(plain ^ hash_combine(shuffle_seed_, when));
    return plain;
  }
  static constexpr std::uint64_t kFactor = 0xd6e8feb86659fd93U;
  static std::uint64_t scramble(std::uint64_t x) {
    x = (x ^ (x >> 32)) * kFactor;
    x = (x ^ (x >> 32)) * kFactor;
    return x ^ (x >> 32);
  }
  static std::uint64_t unscramble(std::uint64_t x);
  template <bool kShuffled>
  void fire_all(EventKey end);
  template <bool kShuffled>
  void fire(Event event);
  bool timer_before(const Event& next) const {
    return lanes_.bound().key <= next.key && before(lanes_.bound(), next);
  }
  Event take(EventKey end);
  /// Moves the clock to the event that is next; false when a limit forbids it to fire.
  bool enter(EventKey key) {
    const std::int64_t at = time_of(key).time_since_epoch().count();
    if (at <= now_ || processed_ >= max_events_) [[unlikely]]
      return enter_again(at);
    instant_began_ = processed_;
    now_ = at;
    return true;
  }
  bool enter_again(std::int64_t at);
  void stop_for(Stop why);

  std::int64_t now_;
  EventKey current_ = 0;
  EventKey end_ = 0;  ///< Of the run_until() under way.
  EventQueue queue_;
  DelayLines lines_;
  LaneSet lanes_;
  std::vector<Handler> handlers_;
  std::vector<LaneSpec> lane_specs_;
  std::map<std::tuple<std::int64_t, std::uint8_t, std::uint8_t>, std::uint32_t> lane_index_;
  std::vector<LaneId> late_lanes_;
  std::size_t next_late_ = 0;  ///< Of these, to be looked at next.
  std::uint64_t shuffle_seed_ = 0;
  bool shuffled_ = false;
  Stop stop_ = Stop::none;
  std::uint64_t processed_ = 0;
  std::uint64_t instant_began_ = 0;               ///< processed_ when the current instant began.
  std::uint64_t max_events_ = ~std::uint64_t{0};  ///< 0 once stopped: one test for both.
  std::uint64_t max_per_instant_ = ~std::uint64_t{0};
};

}  // namespace leapday::engine
