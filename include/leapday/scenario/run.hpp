/// \file run.hpp
/// How long a scenario runs, from when, and how many of its seeds must pass.
/// Why: what `run:` says is the same for every platform and app.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "leapday/fields.hpp"
#include "leapday/scenario/clocks.hpp"
#include "leapday/time.hpp"
#include "leapday/units.hpp"

namespace leapday {

enum class TieOrder { fixed, shuffled };
std::span<const Choice> choices_of(TieOrder);
enum class Boot { warm, cold };
std::span<const Choice> choices_of(Boot);

/// How many of the seeds must pass, and how sure that must be.
struct Requirement {
  Ratio share{1, 1};
  Ratio confidence{9, 10};
  void fields(FieldVisitor& v) {
    v.optional("share", share, "share of the seeds that must pass, in each cell of the matrix");
    v.optional("confidence", confidence, "confidence of the bound that the share is judged by");
  }
};

struct RunSpec {
  WallTime start{1704067200, 0};
  Duration warmup{};
  Duration duration{};
  std::int64_t seed = 1;
  TieOrder ties = TieOrder::fixed;
  Boot boot = Boot::warm;
  std::int64_t max_events = 2'000'000'000;
  std::int64_t max_events_per_instant = 10'000'000;
  std::vector<LeapSecondSpec> leap_seconds;
  std::optional<Requirement> require;

  void fields(FieldVisitor& v) {  // `matrix` is read by the loader: its keys are variables
    v.optional("start", start, "true UTC at t=0");
    v.optional("warmup", warmup, "simulated before t=0 and never judged");
    v.required("duration", duration, "simulated time from t=0");
    v.optional("seed", seed, "seed of every random stream", {0, 9e15});
    v.optional("ties", ties, "order of events at one instant");
    v.optional("boot", boot, "state at t=0");
    v.optional("max_events", max_events, "the run stops as inconclusive after this many events",
               {1, 1e15});
    v.optional("max_events_per_instant", max_events_per_instant,
               "livelock guard: events at one instant", {1000, 1e12});
    v.optional("leap_seconds", leap_seconds,
               "leap seconds besides the 27 of 1972 to 2016, which every run knows");
    v.optional("require", require, "what share of many seeds must pass");
    v.check(duration > Duration{0}, "duration", "must be more than 0",
            "state a duration such as 10min");
  }
};

}  // namespace leapday
