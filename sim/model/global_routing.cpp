/// \file global_routing.cpp
/// Health checks of places, the answers they lead to, and what each resolver still remembers.
/// Why: an answer is a function of the resolver and the time, so that millions of caches need no
/// events, and one more client shifts nobody else's answer.
#include "sim/model/global_routing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "sim/engine/assert.hpp"
#include "sim/engine/streams.hpp"

namespace leapday::model {
namespace {

constexpr std::uint32_t kNowhere = 0xffffffffU;

}  // namespace

GlobalRouting::GlobalRouting(World& world, Network& network, const Dns& spec,
                             const RouteKnowledge& routes)
    : world_(world),
      network_(network),
      spec_(spec),
      routes_(routes),
      salt_(hash_combine(world.seed, hash_name("dns"))),
      place_of_zone_(world.zones.size(), kNowhere),
      place_of_router_(world.routers.size(), kNowhere),
      check_(add_handler<&GlobalRouting::on_check>(world.scheduler, this)) {
  find_places();
  answers_.push_back(answer_now());
  if (!spec_.health_check) return;
  for (std::uint32_t a = 0; a < world_.apps.size(); ++a) {
    if (world_.apps[a].name == spec_.health_check->app) app_ = a;
  }
  for (std::uint32_t p = 0; p < places_.size(); ++p) {
    Random random = engine::make_stream(world_.seed, "dns/check/" + places_[p].name);
    places_[p].checks = seeded_grid(spec_.health_check->interval, random);
    world_.scheduler.schedule(places_[p].checks.ceil(world_.now()), engine::Priority::observer,
                              check_, p);
  }
}

void GlobalRouting::find_places() {
  for (const auto& entry : spec_.to) {
    const auto index = static_cast<std::uint32_t>(places_.size());
    Location place{.name = entry.name, .answer = entry.value, .routers = {}, .checks = {}};
    for (std::uint32_t z = 0; z < world_.zones.size(); ++z) {
      const ZoneState& zone = world_.zones[z];
      if (zone.name == entry.name || world_.regions[zone.region] == entry.name ||
          world_.clouds[zone.cloud] == entry.name) {
        place_of_zone_[z] = index;
      }
    }
    places_.push_back(std::move(place));
  }
  for (std::uint32_t r = 0; r < world_.routers.size(); ++r) {
    all_.push_back(r);
    const std::uint32_t place = place_of_zone_[world_.routers[r].zone.index];
    place_of_router_[r] = place;
    if (place != kNowhere) places_[place].routers.push_back(r);
  }
}

/// Healthy places of the lowest priority; all of them when none is healthy, as Route 53 does.
GlobalRouting::Answer GlobalRouting::answer_now() const {
  Answer answer{.at = world_.now(), .places = {}, .weights = {}};
  const bool any = std::any_of(places_.begin(), places_.end(), [](const Location& place) {
    return place.healthy && place.answer.weight > 0;
  });
  std::int64_t lowest = std::numeric_limits<std::int64_t>::max();
  const auto counts = [any](const Location& place) {
    return place.answer.weight > 0 && (place.healthy || !any);
  };
  for (const Location& place : places_) {
    if (counts(place)) lowest = std::min(lowest, place.answer.priority);
  }
  std::uint64_t sum = 0;
  for (std::uint32_t p = 0; p < places_.size(); ++p) {
    if (!counts(places_[p]) || places_[p].answer.priority != lowest) continue;
    sum += static_cast<std::uint64_t>(places_[p].answer.weight);
    answer.places.push_back(p);
    answer.weights.push_back(sum);
  }
  LEAPDAY_ASSERT(!answer.places.empty(), "a name resolves to no place");
  return answer;
}

const std::vector<std::uint32_t>& GlobalRouting::for_client(std::uint64_t client) const {
  const std::uint64_t resolver =
      hash_combine(salt_, client) % static_cast<std::uint64_t>(spec_.resolvers);
  const std::uint64_t own = hash_combine(salt_, resolver);
  Random traits = Random::keyed(own);
  Duration life = spec_.ttl;
  if (traits.chance(spec_.overstay)) life += spec_.overstay_by;
  const Grid asks{
      life,
      Duration{static_cast<std::int64_t>(traits.below(static_cast<std::uint64_t>(life.count())))}};
  const SimTime asked = asks.floor(world_.now());
  std::size_t latest = answers_.size() - 1;
  while (latest > 0 && answers_[latest].at > asked) --latest;
  const Answer& answer = answers_[latest];
  if (answer.places.size() == 1) return places_[answer.places.front()].routers;
  Random random = Random::keyed(
      hash_combine(own, static_cast<std::uint64_t>(asked.time_since_epoch().count())));
  const std::uint64_t ball = random.below(answer.weights.back());
  std::size_t chosen = 0;
  while (answer.weights[chosen] <= ball) ++chosen;
  return places_[answer.places[chosen]].routers;
}

const std::vector<std::uint32_t>& GlobalRouting::for_zone(std::uint32_t zone) const {
  const std::uint32_t place = place_of_zone_[zone];
  return place != kNowhere ? places_[place].routers : all_;
}

/// One router that is up, can be reached from outside, and knows somebody to ask, is enough.
bool GlobalRouting::passes(const Location& place) const {
  return std::any_of(place.routers.begin(), place.routers.end(), [this](std::uint32_t r) {
    const NetworkEnd clients{.kind = NetworkEnd::Kind::clients};
    const NetworkEnd router{.kind = NetworkEnd::Kind::router, .index = r};
    return world_.routers[r].up && network_.reachable(clients, router) &&
           network_.reachable(router, clients) && (app_ == kNowhere || routes_.knows_any(r, app_));
  });
}

void GlobalRouting::on_check(std::uint32_t index, std::uint32_t) {
  Location& place = places_[index];
  world_.scheduler.schedule(place.checks.next(world_.now()), engine::Priority::observer, check_,
                            index);
  if (passes(place) == place.healthy) {
    place.contrary = 0;
    return;
  }
  if (++place.contrary < spec_.health_check->threshold) return;
  place.contrary = 0;
  place.healthy = !place.healthy;
  answers_.push_back(answer_now());
  EventId cause;
  for (const std::uint32_t r : place.routers) {
    if (!place.healthy && world_.routers[r].down_event.valid())
      cause = world_.routers[r].down_event;
  }
  world_.recorder.event(world_.now(), cause, place.healthy ? "dns.back" : "dns.failed_over",
                        place.name,
                        fmt::format("{} checks in a row {}", spec_.health_check->threshold,
                                    place.healthy ? "passed" : "failed"));
}

}  // namespace leapday::model
