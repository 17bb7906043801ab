/// \file flag_path.hpp
/// What each instance knows of each flag, and what the variant of a request does to it.
/// Why: flags are evaluated in the app's process from the rules that this process last heard of;
/// two instances may answer one user differently until both have heard of a change.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "leapday/scenario.hpp"
#include "sim/engine/sampler.hpp"
#include "sim/model/caller.hpp"
#include "sim/model/flag_rules.hpp"
#include "sim/model/request.hpp"
#include "sim/model/station_table.hpp"

namespace leapday::model {

class TrafficCore;

/// Learns which instances are there to be told of flags.
class FlagListener {
 public:
  virtual ~FlagListener() = default;
  virtual void listening(std::uint32_t instance, std::uint32_t app) = 0;
  virtual void gone(std::uint32_t instance, std::uint32_t app) = 0;
};

class FlagPath {
 public:
  static constexpr std::int32_t kNothing = -1;  ///< No version was ever heard of.

  explicit FlagPath(TrafficCore& core) : core_(core) {}
  void set_up();
  bool any(std::uint32_t app) const { return !of_app_[app].empty(); }

  // ---- the request path, for visits to instances of apps with flags
  /// Evaluates the flags as the work begins, which their variants may make another.
  void begin(const InstanceTraffic& station, Visit& visit);
  /// What the variants add to how the own work ends.
  void outcome(const Visit& visit, bool& crash, bool& error) const;
  /// The calls of its variants, one behind the other; null after the last.
  const CallSite* site(const Visit& visit, std::size_t index) const;
  /// Books the end of the work under its variants.
  void settled(const Visit& visit, Outcome outcome);

  // ---- the operator's side
  void listen(FlagListener& listener) { listener_ = &listener; }
  void instance_listening(std::uint32_t instance, std::uint32_t app);
  void instance_gone(std::uint32_t instance, std::uint32_t app);
  std::uint32_t app_of(std::uint32_t flag) const { return flags_[flag].app; }
  const std::vector<std::uint32_t>& flags_of(std::uint32_t app) const { return of_app_[app]; }
  const FlagRules& newest(std::uint32_t flag) const { return flags_[flag].versions.back(); }
  std::int32_t newest_version(std::uint32_t flag) const {
    return static_cast<std::int32_t>(flags_[flag].versions.size()) - 1;
  }
  void flip(std::uint32_t flag, FlagRules rules) {
    flags_[flag].versions.push_back(std::move(rules));
  }
  std::int32_t known(std::uint32_t flag, std::uint32_t instance) const {
    const std::vector<std::int32_t>& known = flags_[flag].known;
    return instance < known.size() ? known[instance] : kNothing;
  }
  void learn(std::uint32_t flag, std::uint32_t instance, std::int32_t version);
  /// How long the source takes to tell the instance what takes `delay` in good times; nothing when
  /// it is down or out of reach.
  std::optional<Duration> reach(std::uint32_t flag, std::uint32_t instance, Duration delay);

 private:
  struct Variant {
    std::optional<engine::Sampler> service;
    double factor = 1;
    Ratio error_rate{};
    Ratio crash_probability{};
    std::vector<CallSite> calls;
    std::uint32_t series = kNone;
  };
  struct State {
    const Flag* spec = nullptr;
    std::string name;
    std::uint64_t name_hash = 0;
    std::uint32_t app = 0;
    std::uint32_t source = kNone;
    std::uint32_t fallback = 0;
    std::vector<char> evaluated;  ///< By endpoint.
    std::vector<Variant> variants;
    std::vector<FlagRules> versions;
    std::vector<std::int32_t> known;  ///< By instance.
  };

  void add(const std::string& name, const Flag& spec);
  std::uint32_t evaluate(const State& flag, std::uint32_t instance, std::uint64_t user);
  std::uint64_t user_of(const Visit& visit) const;
  /// Calls `act(flag, variant)` for each that the visit was given.
  template <class Act>
  void each(const Visit& visit, Act&& act) const;

  TrafficCore& core_;
  std::vector<State> flags_;
  std::vector<std::vector<std::uint32_t>> of_app_;
  FlagListener* listener_ = nullptr;
  std::string scratch_;
};

}  // namespace leapday::model
