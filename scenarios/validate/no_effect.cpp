/// \file no_effect.cpp
/// Warns of what a scenario states and its platform never looks at.
/// Why: who sets a back-off that the platform's restart policy does not read believes in a
/// rehearsal that did not take place.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "scenarios/validate/context.hpp"

namespace leapday::loading {
namespace {

/// A constant that only some policies read: `policies` are words with spaces between.
struct ReadBy {
  std::string_view key;
  std::string_view kind;  ///< "restart" or "placement"
  std::string_view policies;
};
constexpr std::array<ReadBy, 11> kReadBy{{
    {"immediate_restarts", "restart", "diego_backoff crash_loop_backoff health_manager heroku"},
    {"restart_window", "restart", "health_manager nomad"},
    {"restart_attempts", "restart", "nomad"},
    {"restart_jitter", "restart", "nomad"},
    {"reschedule_delay", "restart", "nomad"},
    {"reschedule_cap", "restart", "nomad"},
    {"restart_reset_after", "restart", "diego_backoff crash_loop_backoff heroku"},
    {"restart_give_up", "restart", "diego_backoff crash_loop_backoff health_manager"},
    {"placement_reply_jitter", "placement", "reply_race"},
    {"placement_starting_weight", "placement", "diego_auction"},
    {"placement_bin_pack_weight", "placement", "diego_auction"},
}};

/// Of a policy that did not ship with this table nobody can tell here what it reads.
constexpr std::string_view kShipped =
    "diego_backoff crash_loop_backoff health_manager heroku nomad reply_race diego_auction "
    "bin_pack "
    "first_fit least_allocated random spread dea_pool_2013 dea_pool_2015";

bool among(std::string_view words, std::string_view word) {
  const std::size_t at = words.find(word);
  if (at == words.npos) return false;
  const std::size_t end = at + word.size();
  return (at == 0 || words[at - 1] == ' ') && (end == words.size() || words[end] == ' ');
}

class NoEffect {
 public:
  explicit NoEffect(Context& c) : c_(c) {}

  void check() {
    const PlatformConstants& constants = c_.scenario.platform.constants;
    for (const ReadBy& row : kReadBy) read_by(row);
    set("drain_retry_interval", constants.drain_evicts, "drain_evicts is off");
    set("evacuation_timeout", !constants.drain_evicts, "drain_evicts is on");
    const bool evictions = constants.eviction_interval > Duration{0};
    for (const char* key :
         {"eviction_interval_partial", "eviction_partial_zone", "eviction_large_zone"}) {
      set(key, evictions, "eviction_interval is 0: hosts are given up at once");
    }
    for (const auto& app : c_.scenario.apps) check(app.name, app.value);
    for (const auto& certificate : c_.scenario.certificates) {
      if (!shown(certificate.name)) {
        warn(fmt::format("certificates.{} has no effect: nothing shows it", certificate.name));
      }
    }
    for (const auto& zone : c_.scenario.topology.zones) {
      const bool serial = zone.value.bring_up == BringUp::serial;
      if (zone.value.boot_timeout && !serial) {
        warn(
            fmt::format("topology.zones.{}.boot_timeout has no effect: only `bring_up: serial` "
                        "waits for a host before it goes on",
                        zone.name));
      }
    }
  }

 private:
  bool stated(std::string_view key) const {
    const auto& sources = c_.scenario.platform.sources;
    return std::any_of(sources.begin(), sources.end(), [&](const ConstantSource& source) {
      return source.key == key && source.status == "scenario";
    });
  }
  /// By a dependency, the routers or instances, or as the issuer of another.
  bool shown(const std::string& name) const {
    const Scenario& s = c_.scenario;
    const auto among_names = [&](const std::vector<std::string>& names) {
      return std::find(names.begin(), names.end(), name) != names.end();
    };
    return s.routers.certificate == name ||
           std::any_of(s.certificates.begin(), s.certificates.end(),
                       [&](const auto& other) { return other.value.issuer == name; }) ||
           std::any_of(s.dependencies.begin(), s.dependencies.end(),
                       [&](const auto& dependency) {
                         const auto& tls = dependency.value.tls;
                         return tls &&
                                (tls->certificate == name || tls->client_certificate == name);
                       }) ||
           std::any_of(s.apps.begin(), s.apps.end(),
                       [&](const auto& app) { return among_names(app.value.start_certificates); });
  }
  void warn(std::string text) { c_.scenario.warnings.push_back(std::move(text)); }
  void set(std::string_view key, bool has_effect, std::string_view why) {
    if (has_effect || !stated(key)) return;
    warn(fmt::format("platform.set.{} has no effect: {}", key, why));
  }
  void read_by(const ReadBy& row) {
    const PlatformAlgorithms& algorithms = c_.scenario.platform.algorithms;
    const std::string& policy = row.kind == "restart" ? algorithms.restart : algorithms.placement;
    set(row.key, !among(kShipped, policy) || among(row.policies, policy),
        fmt::format("the {} policy is {}, which does not read it", row.kind, policy));
  }
  void check(const std::string& name, const App& app) {
    const PlatformConstants& constants = c_.scenario.platform.constants;
    if (app.disruption_budget.stated() && !constants.drain_evicts) {
      warn(
          fmt::format("apps.{}.disruption_budget has no effect: drains of {} do not evict; each "
                      "instance stays until its replacement is ready",
                      name, c_.scenario.platform.name));
    }
    const Duration readiness =
        app.health.readiness_interval.value_or(constants.readiness_probe_interval);
    if (app.health.readiness_failures && readiness == Duration{0}) {
      warn(
          fmt::format("apps.{}.health.readiness_failures has no effect: with readiness_interval "
                      "0s nothing is probed once it has started",
                      name));
    }
  }

  Context& c_;
};

}  // namespace

void warn_of_no_effect(Context& context) { NoEffect(context).check(); }

}  // namespace leapday::loading
