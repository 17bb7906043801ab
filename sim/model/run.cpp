/// \file run.cpp
/// The public face of a run: stepping, reseeding, ending, and what must hold at the end.
/// Why: a caller sees times and a record; everything else stays inside.
#include "leapday/run.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/engine/assert.hpp"
#include "sim/model/simulation.hpp"

namespace leapday {
namespace model {

Simulation::Simulation(const Scenario& scenario, const Registry& registry,
                       const RunOptions& options)
    : world(scenario, registry, options.seed, kSimStart - scenario.run.warmup,
            options.start.value_or(scenario.run.start)),
      network(world),
      platform(world, network),
      traffic(world, network, platform),
      triggers(world),
      phases(world, triggers),
      renewals(platform, triggers),
      deployments(platform, triggers),
      mirrors(world, traffic, triggers),
      flags(world, traffic, triggers),
      faults(platform, triggers, renewals),
      scaling(platform, deployments) {
  world.scheduler.set_limits(static_cast<std::uint64_t>(scenario.run.max_events),
                             static_cast<std::uint64_t>(scenario.run.max_events_per_instant));
  platform.attach(traffic);
  platform.boot();
  if (!options.fast_path) traffic.without_fast_path();
  traffic.start();
  phases.arm();
  deployments.arm();
  renewals.arm();
  mirrors.arm();
  flags.arm();
  if (!options.without_faults) faults.arm();
  scaling.arm();
}

}  // namespace model

struct Run::Impl {
  Impl(const Scenario& scenario, const Registry& registry, const RunOptions& options)
      : simulation(scenario, registry, options), end(kSimStart + scenario.run.duration) {}

  static std::string describe(const void* self) {
    const auto* impl = static_cast<const Impl*>(self);
    const model::World& world = impl->simulation.world;
    const double seconds =
        static_cast<double>(world.scheduler.now().time_since_epoch().count()) / 1e9;
    return fmt::format("at {}s, event key {}, seed {}; again with: leapday run {} --seed {}",
                       seconds, world.scheduler.current_key(), world.seed, world.scenario.file,
                       world.seed);
  }

  void step_to(SimTime until) {
    const engine::AssertScope scope(&Impl::describe, this);
    while (!reseeds.empty() && reseeds.front().first <= until && !stopped) {
      const auto [at, salt] = reseeds.front();
      reseeds.erase(reseeds.begin());
      stopped = !simulation.world.scheduler.run_until(at);
      if (!stopped) simulation.world.reseed(salt);
    }
    if (!stopped) stopped = !simulation.world.scheduler.run_until(until);
  }

  model::Simulation simulation;
  SimTime end;
  std::vector<std::pair<SimTime, std::uint64_t>> reseeds;  ///< In order of time.
  bool stopped = false;
};

Run::Run(const Scenario& scenario, const Registry& registry, const RunOptions& options)
    : impl_(std::make_unique<Impl>(scenario, registry, options)) {}
Run::Run(Run&&) noexcept = default;
Run& Run::operator=(Run&&) noexcept = default;
Run::~Run() = default;

void Run::run_until(SimTime until) {
  if (until > now()) impl_->step_to(std::min(until, impl_->end));
}

SimTime Run::now() const { return impl_->simulation.world.now(); }
SimTime Run::end() const { return impl_->end; }
bool Run::finished() const { return impl_->stopped || now() >= impl_->end; }
std::uint64_t Run::events_processed() const {
  return impl_->simulation.world.scheduler.processed();
}

void Run::cancel() {
  impl_->simulation.world.scheduler.stop();
  impl_->stopped = true;
}

void Run::reseed_at(SimTime at, std::uint64_t salt) {
  LEAPDAY_ASSERT(at >= now(), "a run was to be reseeded in its past");
  auto& reseeds = impl_->reseeds;
  const auto after =
      std::upper_bound(reseeds.begin(), reseeds.end(), at,
                       [](SimTime t, const auto& reseed) { return t < reseed.first; });
  reseeds.insert(after, {at, salt});
}

Record Run::finish() {
  const engine::AssertScope scope(&Impl::describe, impl_.get());
  model::Simulation& simulation = impl_->simulation;
  model::World& world = simulation.world;
  simulation.traffic.settle();
  simulation.faults.settle();
  world.billing.settle();
  model::Recorder& recorder = world.recorder;
  LEAPDAY_ASSERT(recorder.requests().balanced(), "requests were lost or counted twice");
  LEAPDAY_ASSERT(recorder.attempts().balanced(), "attempts were lost or counted twice");
  LEAPDAY_ASSERT(recorder.calls().balanced(), "calls were lost or counted twice");
  LEAPDAY_ASSERT(recorder.mirrors().balanced(), "mirrors were lost or counted twice");
  return recorder.finish(world.now(), world.scheduler.stop_reason(), world.scheduler.processed());
}

}  // namespace leapday
