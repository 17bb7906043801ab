/// \file route_view.cpp
/// Routers that do the same to the same list end up in one list again.
/// Why: an update goes to every router; the first one to apply it makes the new list.
#include "sim/model/route_view.hpp"

#include <algorithm>

#include "sim/engine/assert.hpp"

namespace leapday::model {

std::uint32_t RouteList::find(InstanceId instance, std::uint32_t size) const {
  const auto found = std::lower_bound(
      by_instance_.begin(), by_instance_.end(), instance,
      [this](std::uint32_t row, InstanceId id) { return entries_[row].instance < id; });
  if (found == by_instance_.end() || entries_[*found].instance != instance) return kNone;
  return *found < size ? *found : kNone;
}

std::uint32_t RouteList::find_epoch(std::uint32_t epoch, std::uint32_t size) const {
  const auto end = epochs_.begin() + size;
  const auto found = std::lower_bound(epochs_.begin(), end, epoch);
  return found != end && *found == epoch ? static_cast<std::uint32_t>(found - epochs_.begin())
                                         : kNone;
}

std::size_t RouteList::bytes() const {
  return sizeof *this + entries_.capacity() * sizeof(RouteEntry) +
         (epochs_.capacity() + by_instance_.capacity()) * sizeof(std::uint32_t);
}

void RouteList::append(const RouteEntry& entry, std::uint32_t epoch) {
  const auto row = static_cast<std::uint32_t>(entries_.size());
  const auto after = std::upper_bound(
      by_instance_.begin(), by_instance_.end(), entry.instance,
      [this](InstanceId id, std::uint32_t r) { return id < entries_[r].instance; });
  by_instance_.insert(after, row);
  entries_.push_back(entry);
  epochs_.push_back(epoch);
}

void RouteList::truncate(std::uint32_t size) {
  if (entries_.size() == size) return;
  entries_.resize(size);
  epochs_.resize(size);
  std::erase_if(by_instance_, [size](std::uint32_t row) { return row >= size; });
}

void RouteList::erase(std::uint32_t row) {
  entries_.erase(entries_.begin() + row);
  epochs_.erase(epochs_.begin() + row);
  std::erase(by_instance_, row);
  for (std::uint32_t& other : by_instance_) other -= other > row ? 1 : 0;
}

void RouteLists::add(RoutePosition& position, const RouteEntry& entry) {
  RouteList* list = position.list;
  const std::uint32_t size = position.size;
  // What a router had before it must not come back by way of another's list: requests that it
  // opened then are told apart by the epoch.
  const auto follows = [&](const RouteList& other) {
    return size < other.entries_.size() && other.entries_[size].instance == entry.instance &&
           other.epochs_[size] > position.latest;
  };
  if (list == nullptr) {
    for (const auto& other : lists_) {
      if (follows(*other)) list = other.get();
    }
  }
  if (list == nullptr || !follows(*list)) {
    if (list == nullptr) {
      list = lists_.emplace_back(std::make_unique<RouteList>()).get();
    } else if (list->users_ == 1) {
      if (list->entries_.size() > size) forget_next(list);
      list->next_ = nullptr;  // what others did to what stood here is not to be done to what comes
      list->truncate(size);
    } else if (list->entries_.size() > size) {
      list = copy(*list, size);
    }
    list->append(entry, ++made_);
  }
  enter(position, list, size + 1);
}

void RouteLists::remove(RoutePosition& position, std::uint32_t row) {
  RouteList* list = position.list;
  const std::uint32_t size = position.size;
  const InstanceId instance = list->entries_[row].instance;
  if (size == 1) {
    enter(position, nullptr, 0);
    return;
  }
  RouteList* next = nullptr;
  if (list->next_ != nullptr && list->next_size_ == size && list->next_removed_ == instance) {
    for (const auto& other : lists_) {
      if (other.get() == list->next_) next = other.get();
    }
    LEAPDAY_ASSERT(next != nullptr, "a list of routes went unseen");
  } else if (list->users_ == 1) {
    forget_next(list);
    list->next_ = nullptr;
    list->truncate(size);
    list->erase(row);
    --position.size;
    return;
  } else {
    next = copy(*list, size);
    next->erase(row);
    list->next_ = next;
    list->next_size_ = size;
    list->next_removed_ = instance;
  }
  enter(position, next, size - 1);
}

void RouteLists::enter(RoutePosition& position, RouteList* list, std::uint32_t size) {
  RouteList* before = position.list;
  if (list != nullptr && list != before) ++list->users_;
  position.list = list;
  position.size = size;
  if (size > 0) position.latest = std::max(position.latest, list->epochs_[size - 1]);
  if (before != nullptr && before != list) leave(before);
}

void RouteLists::leave(RouteList* list) {
  if (--list->users_ > 0) return;
  forget_next(list);
  std::erase_if(lists_, [list](const auto& other) { return other.get() == list; });
}

RouteList* RouteLists::copy(const RouteList& list, std::uint32_t size) {
  auto made = std::make_unique<RouteList>(list);
  made->users_ = 0;
  made->next_ = nullptr;
  made->truncate(size);
  return lists_.emplace_back(std::move(made)).get();
}

/// Nobody may follow into a list that is another now, or no more.
void RouteLists::forget_next(const RouteList* list) {
  for (const auto& other : lists_) {
    if (other->next_ == list) other->next_ = nullptr;
  }
}

std::size_t RouteLists::bytes() const {
  std::size_t sum = 0;
  for (const auto& list : lists_) sum += list->bytes();
  return sum;
}

}  // namespace leapday::model
