/// \file traffic_broker.cpp
/// What a broker does beyond taking and handing out messages: it runs full, drops what is too old
/// or was delivered too often, and its books must balance.
/// Why: a backlog that nobody bounds is an outage put off; one that is bounded reaches the
/// publishers.
#include <string>

#include "sim/engine/assert.hpp"
#include "sim/model/traffic_backing.hpp"

namespace leapday::model {

void BackingServices::set_up_broker(std::uint32_t queue) {
  DependencyTraffic& to = at(queue);
  if (to.spec->kind != DependencyKind::queue) return;
  to.books.queue = to.name;
  const auto add = [&](const char* metric) {
    return t_.world_.recorder.add_counter(metric, to.name);
  };
  to.counters = {.published = add("published"),
                 .acknowledged = add("acknowledged"),
                 .redelivered = add("redelivered"),
                 .duplicates = add("duplicates"),
                 .dead_lettered = add("dead_lettered"),
                 .dropped = add("dropped")};
  if (to.spec->retention) {
    to.expiry =
        t_.world_.scheduler.lane(*to.spec->retention, engine::Priority::timer, t_.handlers_.expire);
  }
}

bool BackingServices::full(const DependencyTraffic& queue) const {
  return queue.spec->capacity &&
         queue.backlog.size >= static_cast<std::uint64_t>(*queue.spec->capacity);
}

/// A publisher's message, when there may be no room for it.
void BackingServices::offer_message(std::uint32_t index) {
  Visit& visit = t_.visits_[index];
  const std::uint32_t queue = visit.dependency;
  DependencyTraffic& to = at(queue);
  const bool blocks = to.spec->overflow == Overflow::block;
  if (full(to) || (blocks && to.blocked.size > 0)) {
    switch (to.spec->overflow) {
      case Overflow::refuse:
        t_.dependency_answer(index, failure(FailureReason::rejected));
        return;
      case Overflow::block:
        visit.step = Visit::Step::queued;
        if (visit.sampled) [[unlikely]]
          t_.traces_.waits(visit.key, now());
        to.blocked.push_back(t_.visits_, index);
        return;
      case Overflow::drop_oldest:
        drop(to.backlog.head);
        break;
    }
  }
  t_.publish(queue, visit.key);
  t_.dependency_answer(index, kAnswered);
}

/// Those who wait for room are let in by an event of its own: whoever made the room is in the
/// middle of something.
void BackingServices::backlog_changed(std::uint32_t queue) {
  DependencyTraffic& to = at(queue);
  if (to.blocked.size == 0 || to.admitting || full(to)) return;
  to.admitting = true;
  t_.world_.scheduler.schedule(now(), engine::Priority::control, t_.handlers_.admit, queue);
}

void BackingServices::admit(std::uint32_t queue) {
  DependencyTraffic& to = at(queue);
  while (to.blocked.size > 0 && !full(to)) {
    const std::uint32_t index = to.blocked.head;
    to.blocked.remove(t_.visits_, index);
    t_.publish(queue, t_.visits_[index].key);
    t_.dependency_answer(index, kAnswered);
  }
  to.admitting = false;
}

void BackingServices::expire(std::uint32_t index) {
  Message& message = t_.messages_[index];
  message.expiry = {};
  message.expired = true;
  if (!message.waiting) return;  // dropped if it comes back
  const std::uint32_t queue = message.queue;
  drop(index);
  t_.set_backlog(at(queue));
}

/// A message that was delivered often enough.
void BackingServices::dead_letter(std::uint32_t index) {
  const Message& message = t_.messages_[index];
  DependencyTraffic& to = at(message.queue);
  t_.world_.recorder.event(now(), {}, "message.dropped", to.name,
                           "after " + std::to_string(message.deliveries) + " deliveries");
  ++to.books.dead_lettered;
  t_.world_.recorder.count(to.counters.dead_lettered, now());
  t_.world_.scheduler.cancel(t_.messages_[index].expiry);
  t_.messages_.free(index);
}

/// For want of room, or because it is too old.
void BackingServices::drop(std::uint32_t index) {
  Message& message = t_.messages_[index];
  DependencyTraffic& to = at(message.queue);
  if (message.waiting) to.backlog.remove(t_.messages_, index);
  t_.world_.scheduler.cancel(message.redeliver);
  t_.world_.scheduler.cancel(message.expiry);
  ++to.books.dropped;
  t_.world_.recorder.count(to.counters.dropped, now());
  t_.messages_.free(index);
}

/// Every message that was published is somewhere.
void BackingServices::close_books() {
  t_.messages_.for_each([&](std::uint32_t, const Message& message) {
    MessageCounts& books = at(message.queue).books;
    ++(message.waiting ? books.waiting : books.in_flight);
  });
  for (const DependencyTraffic& to : t_.dependencies_) {
    if (to.spec->kind != DependencyKind::queue) continue;
    LEAPDAY_ASSERT(to.books.balanced(), "messages of " + to.name + " were lost or counted twice");
    t_.world_.recorder.messages().push_back(to.books);
  }
}

}  // namespace leapday::model
