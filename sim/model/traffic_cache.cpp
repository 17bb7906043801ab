/// \file traffic_cache.cpp
/// A cache of keys: hits, misses, fetches that others wait for, keys fetched before they expire,
/// and what is left after a flush.
/// Why: when a popular key expires, everybody misses it at once and asks what backs the cache.
#include <string>

#include "sim/model/traffic_backing.hpp"

namespace leapday::model {

void BackingServices::set_up_cache(std::uint32_t dependency) {
  DependencyTraffic& to = at(dependency);
  const Dependency& spec = *to.spec;
  if (spec.kind != DependencyKind::cache || spec.backed_by.empty()) return;
  Recorder& recorder = t_.world_.recorder;
  to.hits = recorder.add_counter("hits", to.name);
  to.misses = recorder.add_counter("misses", to.name);
  if (!spec.keys) return;
  to.coalesced = recorder.add_counter("coalesced", to.name);
  to.keyed = std::make_unique<KeyedCache>(*spec.keys, spec.zipf);
  if (t_.world_.scenario.run.boot == Boot::cold) return;
  // Warm: every key is held, their ages spread evenly over the time they are held.
  const std::uint64_t seed = hash_combine(t_.world_.seed, hash_name(to.name));
  for (std::uint32_t k = 0; k < to.keyed->size(); ++k) {
    std::optional<Duration> left = spec.ttl;
    if (left) {
      Random random = Random::keyed(hash_combine(seed, k));
      left = engine::from_nanoseconds(static_cast<double>(left->count()) * random.uniform());
    }
    to.keyed->store((*to.keyed)[k], now(), left);
  }
}

/// Every attempt of one call asks for the same key.
void BackingServices::choose_content(Visit& visit, std::uint64_t call_key) const {
  Random random = t_.draws(hash_combine(call_key, visit.dependency), Purpose::content);
  visit.content = t_.dependencies_[visit.dependency].keyed->draw(random);
}

void BackingServices::look_up(std::uint32_t index) {
  Visit& visit = t_.visits_[index];
  DependencyTraffic& to = at(visit.dependency);
  KeyedCache::Key& key = (*to.keyed)[visit.content];
  const Dependency& spec = *to.spec;
  if (KeyedCache::held(key, now())) {
    Random random = t_.draws(visit.key, Purpose::early);
    const bool early = !(spec.coalesce && key.fetches > 0) &&
                       KeyedCache::refreshes_early(key, now(), spec.early_refresh, random);
    if (!early) {
      t_.world_.recorder.count(to.hits, now());
      t_.dependency_answer(index, kAnswered);
      return;
    }
  }
  t_.world_.recorder.count(to.misses, now());
  visit.step = Visit::Step::calling;
  if (spec.coalesce && key.fetches > 0) {
    t_.world_.recorder.count(to.coalesced, now());
    key.waiting.push_back(t_.visits_, index);
    return;
  }
  ++key.fetches;
  visit.since = now();
  t_.begin_call(to.miss_caller, index,
                hash_combine(visit.key, static_cast<std::uint64_t>(Purpose::calls)));
}

/// What backs the cache has answered; a failure fails all who waited for it.
void BackingServices::fetched(std::uint32_t index, Outcome outcome) {
  const Visit& visit = t_.visits_[index];
  DependencyTraffic& to = at(visit.dependency);
  KeyedCache::Key& key = (*to.keyed)[visit.content];
  --key.fetches;
  if (outcome.ok() && !to.down) {
    key.took = (now() - visit.since).count();
    to.keyed->store(key, now(), to.spec->ttl);
  }
  std::uint32_t next = key.waiting.head;
  key.waiting = {};
  t_.dependency_answer(index, outcome);
  while (next != kNone) {
    const std::uint32_t waiting = next;
    next = t_.visits_[waiting].next;
    t_.dependency_answer(waiting, outcome);
  }
}

std::uint64_t BackingServices::flush(std::uint32_t dependency, EventId cause) {
  DependencyTraffic& to = at(dependency);
  std::uint64_t dropped = 1;
  std::string detail;
  if (to.keyed) {
    dropped = to.keyed->flush(now());
    detail = std::to_string(dropped) + " keys";
  } else {
    to.cold_since = now();
  }
  t_.world_.recorder.event(now(), cause, "cache.flushed", to.name, detail);
  return dropped;
}

}  // namespace leapday::model
