/// \file traffic_flags.cpp
/// Evaluates flags for requests as their work begins, and applies what their variants say.
/// Why: see flag_path.hpp.
#include <algorithm>

#include "sim/model/flag_path.hpp"
#include "sim/model/traffic_core.hpp"

namespace leapday::model {

void FlagPath::set_up() {
  of_app_.resize(core_.apps_.size());
  for (const auto& entry : core_.world_.scenario.flags) add(entry.name, entry.value);
}

void FlagPath::add(const std::string& name, const Flag& spec) {
  State flag{.spec = &spec, .name = name, .name_hash = hash_name(name)};
  flag.app = core_.app_index(spec.app);
  LEAPDAY_ASSERT(flag.app != kNone, "the flag " + name + " belongs to no app of the scenario");
  if (!spec.source.empty()) flag.source = core_.dependency_index(spec.source);
  const std::vector<std::string>& endpoints = core_.world_.apps[flag.app].endpoint_names;
  for (const std::string& endpoint : endpoints) {
    const auto& own = spec.endpoints;
    flag.evaluated.push_back(own.empty() ||
                             std::find(own.begin(), own.end(), endpoint) != own.end());
  }
  FlagRules first{.enabled = spec.state == FlagSwitch::enabled,
                  .fractional = shares_of(spec.fractional, spec.variants)};
  for (std::uint32_t v = 0; v < spec.variants.size(); ++v) {
    const auto& [variant_name, at, effect] = spec.variants.entries[v];
    if (variant_name == spec.default_variant) first.default_variant = v;
    Variant variant{.factor = effect.service_time_factor.value_or(1),
                    .error_rate = effect.error_rate.value_or(Ratio{}),
                    .crash_probability = effect.crash_probability.value_or(Ratio{})};
    if (effect.service_time) variant.service = engine::Sampler(*effect.service_time);
    for (const CallSpec& call : effect.calls) variant.calls.push_back(core_.add_site(call));
    const std::string subject = name + "." + variant_name;
    variant.series = core_.world_.recorder.add_series(subject, Series::Kind::variant,
                                                      core_.world_.watched(subject));
    flag.variants.push_back(std::move(variant));
  }
  flag.fallback = first.default_variant;
  for (std::uint32_t v = 0; v < spec.variants.size(); ++v) {
    if (spec.variants.entries[v].name == spec.fallback) flag.fallback = v;
  }
  flag.versions.push_back(std::move(first));
  of_app_[flag.app].push_back(static_cast<std::uint32_t>(flags_.size()));
  flags_.push_back(std::move(flag));
}

// ---- the request path ------------------------------------------------------------------------

/// The request's flags make one number with a digit for each flag of the app: 0 where the endpoint
/// does not ask it, else one more than the variant.
void FlagPath::begin(const InstanceTraffic& station, Visit& visit) {
  const std::uint64_t user = user_of(visit);
  std::uint32_t digits = 0, place = 1;
  double work = visit.work, factor = 1;
  for (const std::uint32_t f : of_app_[station.app]) {
    const State& flag = flags_[f];
    if (flag.evaluated[visit.endpoint] != 0) {
      const std::uint32_t index = evaluate(flag, visit.instance, user);
      const Variant& variant = flag.variants[index];
      digits += place * (index + 1);
      factor *= variant.factor;
      if (variant.service) {
        const std::uint64_t draw = core_.draw_key(visit.key, Purpose::service);
        work = static_cast<double>(variant.service->sample_brief(draw).count());
      }
    }
    place *= static_cast<std::uint32_t>(flag.variants.size()) + 1;
  }
  visit.flags = static_cast<std::uint16_t>(digits);
  work = static_cast<double>(engine::from_nanoseconds(work * factor).count());
  if (core_.now() >= kSimStart) core_.apps_[station.app].offered_work += work - visit.work;
  visit.work = work;
}

std::uint32_t FlagPath::evaluate(const State& flag, std::uint32_t instance, std::uint64_t user) {
  const std::int32_t version = instance < flag.known.size() ? flag.known[instance] : kNothing;
  if (version == kNothing) return flag.fallback;
  const FlagRules& rules = flag.versions[static_cast<std::size_t>(version)];
  if (!rules.enabled) return flag.fallback;
  if (rules.fractional.total == 0) return rules.default_variant;
  return rules.pick(flag_hash(flag.name, user, scratch_));
}

/// Whose request it is: of a call between apps, of the request at whose top it is made. Work that
/// nobody asked for, or no longer waits for, is its own user.
std::uint64_t FlagPath::user_of(const Visit& asked) const {
  for (const Visit* visit = &asked;;) {
    std::uint64_t key = 0;
    std::uint32_t owner = kNone, serial = 0;
    if (visit->direct) {
      if (core_.callers_[visit->caller].load != kNone) return core_.client_of(*visit);
      key = call_key(*visit);
      owner = visit->owner;
      serial = static_cast<std::uint32_t>(visit->number);
    } else {
      if (visit->attempt == kNone) return visit->key;
      const Attempt& attempt = core_.attempts_[visit->attempt];
      if (attempt.call == kNone || !core_.calls_[attempt.call].for_visit) return attempt.client;
      const Call& call = core_.calls_[attempt.call];
      key = call.key;
      owner = call.owner;
      serial = static_cast<std::uint32_t>(call.number);
    }
    if (!core_.visits_.live(owner) || core_.visits_[owner].serial != serial) return key;
    visit = &core_.visits_[owner];
  }
}

template <class Act>
void FlagPath::each(const Visit& visit, Act&& act) const {
  std::uint32_t digits = visit.flags;
  for (const std::uint32_t f : of_app_[core_.instances_[visit.instance].app]) {
    const State& flag = flags_[f];
    const auto base = static_cast<std::uint32_t>(flag.variants.size()) + 1;
    if (digits % base > 0) act(flag, flag.variants[digits % base - 1]);
    digits /= base;
  }
}

void FlagPath::outcome(const Visit& visit, bool& crash, bool& error) const {
  each(visit, [&](const State& flag, const Variant& variant) {
    Random random = core_.draws(hash_combine(visit.key, flag.name_hash), Purpose::flag);
    crash = random.chance(variant.crash_probability) || crash;
    error = random.chance(variant.error_rate) || error;
  });
}

const CallSite* FlagPath::site(const Visit& visit, std::size_t index) const {
  const CallSite* found = nullptr;
  each(visit, [&](const State&, const Variant& variant) {
    if (found == nullptr && index < variant.calls.size()) {
      found = &variant.calls[index];
    } else if (found == nullptr) {
      index -= variant.calls.size();
    }
  });
  return found;
}

/// From the router's sending to the end of the work, as far as the station knows.
void FlagPath::settled(const Visit& visit, Outcome outcome) {
  Recorder& recorder = core_.world_.recorder;
  each(visit, [&](const State&, const Variant& variant) {
    recorder.sent(variant.series, visit.sent);
    if (outcome.ok()) {
      recorder.answered(variant.series, visit.sent, core_.now());
    } else {
      recorder.failed(variant.series, visit.sent, core_.now(), outcome.reason);
    }
  });
}

// ---- the operator's side ---------------------------------------------------------------------

void FlagPath::instance_listening(std::uint32_t instance, std::uint32_t app) {
  if (listener_ != nullptr) listener_->listening(instance, app);
}

void FlagPath::instance_gone(std::uint32_t instance, std::uint32_t app) {
  if (listener_ != nullptr) listener_->gone(instance, app);
}

void FlagPath::learn(std::uint32_t flag, std::uint32_t instance, std::int32_t version) {
  std::vector<std::int32_t>& known = flags_[flag].known;
  if (instance >= known.size()) known.resize(core_.world_.instances.size(), kNothing);
  known[instance] = version;
}

std::optional<Duration> FlagPath::reach(std::uint32_t flag, std::uint32_t instance,
                                        Duration delay) {
  const std::uint32_t source = flags_[flag].source;
  if (source == kNone) return delay;
  DependencyTraffic& dependency = core_.dependencies_[source];
  ++dependency.touched;
  if (dependency.down || core_.cut_off(source, instance)) return std::nullopt;
  if (dependency.slow != 1) {
    delay = engine::from_nanoseconds(static_cast<double>(delay.count()) * dependency.slow);
  }
  return delay + std::max(dependency.latency_add, Duration{0});
}

}  // namespace leapday::model
