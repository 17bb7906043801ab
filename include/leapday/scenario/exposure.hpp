/// \file exposure.hpp
/// Who gets to see what: copies of requests that nobody waits for, and flags that decide per user.
/// Why: a release that is running is not yet a feature that is seen; both steps fail in their own
/// way, and each can be taken back without the other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "leapday/distribution.hpp"
#include "leapday/expression.hpp"
#include "leapday/fields.hpp"
#include "leapday/scenario/traffic.hpp"
#include "leapday/time.hpp"
#include "leapday/units.hpp"

namespace leapday {

/// A dark launch: routers send a copy of some requests to another app and drop its answers.
/// Istio's VirtualService has it as `mirrors` with `percentage`, absent 100, explicitly 0 none.
struct Mirror {
  std::string from;
  std::string to;
  Ratio share{1, 1};
  std::optional<At> at;
  std::optional<Duration> length;

  void fields(FieldVisitor& v) {
    v.required("from", from, "the app whose requests are copied");
    v.required("to", to, "the app that gets the copies, at the endpoint of the same name");
    v.optional("share", share, "share of the requests that is copied; 0% copies none");
    v.optional("at", at, "when it begins: a time, an anchor or a condition; at once when absent");
    v.optional("for", length, "how long; to the end of the run when absent");
  }
};

/// What an app does for a request that a flag gave this variant.
struct FlagVariant {
  std::optional<Distribution> service_time;
  std::optional<double> service_time_factor;
  std::optional<Ratio> error_rate;
  std::optional<Ratio> crash_probability;
  std::vector<CallSpec> calls;

  void fields(FieldVisitor& v) {
    v.optional("service_time", service_time, "own work per request, in place of the endpoint's");
    v.optional("service_time_factor", service_time_factor, "multiplies the service time", {0, 1e6});
    v.optional("error_rate", error_rate, "probability of answering with an error, besides others");
    v.optional("crash_probability", crash_probability,
               "probability that a request crashes its instance, besides others");
    v.optional("calls", calls, "downstream calls after those of the endpoint");
  }
};

enum class FlagSwitch { enabled, disabled };
std::span<const Choice> choices_of(FlagSwitch);

/// A change of a flag at its source; what it does not state stays.
struct FlagStep {
  At at;
  std::optional<FlagSwitch> state;
  std::string default_variant;
  NamedMap<Ratio> fractional;
  Duration over{};
  std::int64_t flips = 1;

  void fields(FieldVisitor& v) {
    v.required("at", at, "when the flag flips: a time, an anchor or a condition");
    v.optional("state", state, "whether it is evaluated at all; disabled is the kill switch");
    v.optional("default_variant", default_variant,
               "variant of everybody from then on, in place of any shares");
    v.optional("fractional", fractional,
               "variants and their shares of the users, which add up to 100%; their order decides "
               "who has which");
    v.optional("over", over, "time from the first flip to the last, of a ramp in equal parts");
    v.optional("flips", flips, "equal parts in which the shares are reached", {1, 1000});
  }
};

/// A feature flag as flagd evaluates it (flagd-core 4.0.1): in the app's process, by murmur3 of
/// the flag's name and the user's key.
struct Flag {
  std::string app;
  std::vector<std::string> endpoints;
  FlagSwitch state = FlagSwitch::enabled;
  NamedMap<FlagVariant> variants;
  std::string default_variant;
  std::string fallback;
  NamedMap<Ratio> fractional;
  std::optional<Duration> poll_every;
  Distribution delay = Distribution::deterministic(Duration{0});
  std::string source;
  Duration retry_every{std::chrono::seconds{1}};
  NamedMap<FlagStep> steps;

  void fields(FieldVisitor& v) {
    v.required("app", app, "the app that evaluates it");
    v.optional("endpoints", endpoints, "endpoints that evaluate it; all when absent");
    v.optional("state", state, "whether it is evaluated at all");
    v.required("variants", variants, "variants by name, with what each does to a request");
    v.required("default_variant", default_variant, "variant of everybody without fractional");
    v.optional("fallback", fallback,
               "variant in the app's own code, while the flag is disabled or its source has never "
               "answered; the default variant when absent");
    v.optional("fractional", fractional,
               "variants and their shares of the users, which add up to 100%; their order decides "
               "who has which");
    v.optional("poll_every", poll_every,
               "each instance asks the source this often, at a moment of its own; told at once "
               "when absent");
    v.optional("delay", delay, "from the source to an instance");
    v.optional("source", source, "dependency that keeps the flag; never down when absent");
    v.optional("retry_every", retry_every,
               "an instance that is told and does not reach the source tries again this often "
               "(flagd providers: from 1 s)");
    v.optional("steps", steps, "changes during the run, by name");
  }
};

}  // namespace leapday
