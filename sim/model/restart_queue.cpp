/// \file restart_queue.cpp
/// A list in the order of sending, and a timer that takes so many from its front.
/// Why: see restart_queue.hpp.
#include "sim/model/restart_queue.hpp"

#include <algorithm>
#include <tuple>

#include "sim/model/platform.hpp"

namespace leapday::model {

RestartQueue::RestartQueue(Platform& platform)
    : p_(platform), batch_(add_handler<&RestartQueue::on_batch>(platform.world.scheduler, this)) {
  if (p_.constants.restarts_per_second == 0) return;
  seconds_ = seeded_grid(std::chrono::seconds{1}, p_.world.stream("restarts"));
}

void RestartQueue::ask(SlotId id, bool evacuated) {
  Slot& slot = p_.fleet.slot(id);
  slot.waiting = true;
  slot.restart_key = 0;
  const std::pair entry{id, ++slot.ticket};
  const SimTime changed = p_.changed_at(slot.app);
  const auto same = std::find_if(requests_.begin(), requests_.end(), [&](const Request& request) {
    return request.app == slot.app && request.at == p_.now() && request.evacuated == evacuated;
  });
  if (same != requests_.end()) {
    same->slots.push_back(entry);
  } else {
    const auto before = [](const Request& a, const Request& b) {
      return std::tuple(!a.evacuated, a.changed_at) < std::tuple(!b.evacuated, b.changed_at);
    };
    Request request{slot.app, evacuated, changed, p_.now(), {entry}};
    const auto after = std::upper_bound(requests_.begin(), requests_.end(), request, before);
    requests_.insert(after, std::move(request));
  }
  if (due_) return;
  due_ = true;
  p_.world.scheduler.schedule(seconds_.ceil(p_.now()), engine::Priority::control, batch_, 0);
}

/// What was filled, removed or asked for again meanwhile needs nothing any more; its request is
/// sent all the same.
void RestartQueue::on_batch(std::uint32_t, std::uint32_t) {
  due_ = false;
  const auto limit = static_cast<std::size_t>(p_.constants.restarts_per_second);
  const auto count = static_cast<std::ptrdiff_t>(std::min(requests_.size(), limit));
  const std::vector<Request> batch(std::make_move_iterator(requests_.begin()),
                                   std::make_move_iterator(requests_.begin() + count));
  requests_.erase(requests_.begin(), requests_.begin() + count);
  for (const Request& request : batch) {
    for (const auto& [id, ticket] : request.slots) {
      const Slot& slot = p_.fleet.slots[id.index];
      if (slot.removed || !slot.waiting || slot.ticket != ticket) continue;
      p_.restarts.refill(id, slot.cause);
    }
    p_.app_changed(request.app);
  }
  if (requests_.empty() || due_) return;
  due_ = true;
  p_.world.scheduler.schedule(seconds_.next(p_.now()), engine::Priority::control, batch_, 0);
}

}  // namespace leapday::model
