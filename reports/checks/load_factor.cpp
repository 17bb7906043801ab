/// \file load_factor.cpp
/// load_factor: attempts per request that users made; 1 without retries and hedges.
/// Why: the load factor times the users' rate is what the app must carry in a storm.
#include "reports/checks/window.hpp"

namespace leapday {
namespace {

bool calls(const std::vector<CallSpec>& specs, std::string_view app) {
  for (const CallSpec& call : specs) {
    if (call.to == app || calls(call.parallel, app)) return true;
  }
  return false;
}

/// True when another app calls this one, or routers copy another's requests to it: its attempts
/// then have no one user's request each.
bool called_by_apps(const Scenario& scenario, std::string_view app) {
  for (const auto& mirror : scenario.mirrors) {
    if (mirror.value.to == app) return true;
  }
  for (const auto& flag : scenario.flags) {
    for (const auto& variant : flag.value.variants) {
      if (calls(variant.value.calls, app)) return true;
    }
  }
  for (const auto& entry : scenario.apps) {
    if (calls(entry.value.calls, app)) return true;
    for (const auto& endpoint : entry.value.endpoints) {
      if (calls(endpoint.value.calls, app)) return true;
    }
  }
  return false;
}

class LoadFactor final : public Metric {
 public:
  std::string_view name() const override { return "load_factor"; }
  std::string_view help() const override {
    return "attempts at the app per request of its loads; of a load, over the whole run";
  }
  Quantity::Kind unit() const override { return Quantity::Kind::number; }
  std::string_view subjects() const override { return "load app"; }
  Measurement measure(std::string_view, const MetricQuery& query) const override {
    Measurement result;
    const Series* series = checks::series_of(query, result);
    if (series == nullptr || !checks::has_counts(query, *series, result)) return result;
    const checks::Tally counts = checks::tally(query, *series);
    return series->kind == Series::Kind::load ? of_load(query, *series, counts)
                                              : of_app(query, counts);
  }

 private:
  static Measurement of_load(const MetricQuery& query, const Series& series,
                             const checks::Tally& counts) {
    if (counts.sent == 0) return checks::unknown("nothing was sent");
    if (!checks::covers_all(query, series, counts)) {
      return checks::unknown("retries are counted over the whole run only", counts.sent);
    }
    return checks::known(
        static_cast<double>(counts.sent + series.retries) / static_cast<double>(counts.sent),
        counts.sent);
  }
  static Measurement of_app(const MetricQuery& query, const checks::Tally& attempts) {
    const std::string& app = query.entity.name;
    if (called_by_apps(query.scenario, app)) {
      return checks::unknown("other apps call " + app + ", so its attempts are not its users'");
    }
    std::uint64_t asked = 0;
    for (const auto& load : query.scenario.loads) {
      if (load.value.to != app) continue;
      const Series* series = checks::series_of(query, load.name);
      if (series != nullptr) asked += checks::tally(query, *series).sent;
    }
    if (asked == 0) return checks::unknown("nothing was sent");
    return checks::known(static_cast<double>(attempts.sent) / static_cast<double>(asked), asked);
  }
};

}  // namespace

void register_load_factor(Registry& registry) {
  registry.add_metric(std::make_unique<LoadFactor>());
}

}  // namespace leapday
