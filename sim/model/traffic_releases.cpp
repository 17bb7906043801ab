/// \file traffic_releases.cpp
/// What deployments change for requests: how routers divide them between releases, which releases a
/// migration has broken, and what is counted by release.
/// Why: a release is judged by its own requests, whichever instances served them, and may be sent a
/// share of them that its instances do not have.
#include <algorithm>

#include "sim/model/traffic_core.hpp"

namespace leapday::model {
namespace {

/// Shares are kept to a hundredth of a percent, so that weights of many instances stay small.
constexpr std::int64_t kShareParts = 10'000;

}  // namespace

void TrafficCore::route_split(std::uint32_t router, std::uint32_t app,
                              const std::optional<RouteSplit>& split) {
  leave_fast_path(app);
  RouteView& table = view(router, app);
  table.split = split;
  ++table.version;
  reweigh(table);
}

/// Each instance of the release gets its part of the share, each other one its part of the rest.
/// While only one side has instances in the table, they take everything.
void TrafficCore::reweigh(RouteView& table) {
  table.weights.clear();
  if (!table.split) return;
  const auto entries = table.place.entries();
  const auto is_new = [&](const RouteEntry& entry) {
    return world_.instances[entry.instance.index].release == table.split->release;
  };
  const auto fresh =
      static_cast<std::uint32_t>(std::count_if(entries.begin(), entries.end(), is_new));
  const auto old = static_cast<std::uint32_t>(entries.size()) - fresh;
  if (fresh == 0 || old == 0) return;
  const Ratio& share = table.split->share;
  const auto parts =
      static_cast<std::uint32_t>((share.num * kShareParts + share.den / 2) / share.den);
  for (const RouteEntry& entry : entries) {
    table.weights.push_back(
        is_new(entry) ? parts * old : (static_cast<std::uint32_t>(kShareParts) - parts) * fresh);
  }
}

void TrafficCore::releases_changed(std::uint32_t app) {
  leave_fast_path(app);
  for (std::uint32_t i = 0; i < instances_.size(); ++i) {
    InstanceTraffic& to = instances_[i];
    if (to.known && to.app == app) to.answers = surely_answers(to);
  }
}

/// Neither its release nor a flag nor a message makes it fail a request of its own accord.
bool TrafficCore::surely_answers(const InstanceTraffic& to) const {
  const std::uint32_t consumes = apps_[to.app].consumes;
  const bool poison = consumes != kNone && dependencies_[consumes].spec->poison.has_value();
  return !to.flagged && !poison && to.release->always_answers();
}

/// Of a visit to an instance whose release is measured.
void TrafficCore::release_settled(const Visit& visit, Outcome outcome) {
  const std::uint32_t series = instances_[visit.instance].release_series;
  if (outcome.ok()) {
    world_.recorder.answered(series, visit.sent, now());
  } else {
    world_.recorder.failed(series, visit.sent, now(), outcome.reason);
  }
}

}  // namespace leapday::model
