/// \file models_bench.cpp
/// The four models by which engines are compared, on the engine alone, in nanoseconds per unit:
/// A, M/M/1 at 90 %, per customer; B, hold: pop one, push one an exponential time later; C, Poisson
/// arrivals, round robin over 50 FIFO servers at 70 %, with a histogram, per request; D, requests
/// that each cancel their 30 s timeout when done and arm a new one, per request.
/// A and C take an event for each departure, or compute it on arrival ("eager"). The eager ones, B
/// and D's lanes are on the bare queue, the others through the scheduler.
/// Why: docs and issues quote these letters; published figures of other engines are of these
/// models.
#include <benchmark/benchmark.h>

#include <array>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "bench/tiny.hpp"
#include "leapday/histogram.hpp"
#include "sim/engine/sampler.hpp"
#include "sim/engine/scheduler.hpp"
#include "sim/engine/streams.hpp"

namespace leapday::engine {
namespace {

/// First in, first out, in a power of two that doubles when full.
template <class T>
class Ring {
 public:
  void push(T value) {
    if (last_ - first_ > mask_) [[unlikely]]
      grow();
    items_[last_++ & mask_] = value;
  }
  T pop() { return items_[first_++ & mask_]; }
  /// Removes those at the front that are not beyond the limit.
  void pop_up_to(T limit) {
    std::uint32_t first = first_;
    while (first != last_ && items_[first & mask_] <= limit) ++first;
    first_ = first;
  }
  std::uint32_t size() const { return last_ - first_; }

 private:
  void grow() {
    auto larger = std::make_unique<T[]>(2 * (std::size_t{mask_} + 1));
    for (std::uint32_t i = 0; i <= mask_; ++i) larger[i] = items_[(first_ + i) & mask_];
    items_ = std::move(larger);
    first_ = 0;
    last_ = mask_ + 1;
    mask_ = 2 * mask_ + 1;
  }
  std::unique_ptr<T[]> items_ = std::make_unique<T[]>(64);
  std::uint32_t first_ = 0, last_ = 0, mask_ = 63;
};

/// What came out, in order.
struct Digest {
  void add(SimTime when, Duration took) {
    value = value * 0x9e3779b97f4a7c15U +
            static_cast<std::uint64_t>((when.time_since_epoch() + took).count());
  }
  std::uint64_t value = 0;
};

inline Duration exponential(Random& random, double mean_seconds) {
  return from_nanoseconds(mean_seconds * 1e9 * sample_exponential(random));
}

/// A station with one server that computes a departure when the request arrives. What is inside
/// stays known, as a crash would have to retract it.
struct EagerServer {
  SimTime admit(SimTime now, Duration service) {
    const SimTime done = (free_at > now ? free_at : now) + service;
    free_at = done;
    inside.pop_up_to(now);
    inside.push(done);
    return done;
  }
  SimTime free_at = kSimStart;
  Ring<SimTime> inside;
};

/// Models A and C: arrivals go round robin over the servers.
struct Shape {
  std::uint32_t servers;
  double interval;  ///< Mean seconds between arrivals, over all servers.
  double service;   ///< Mean seconds.
  bool histogram;
};
constexpr Shape kModelA{1, 1 / 0.9, 1, false};
constexpr Shape kModelC{50, 1 / (0.7 * 100 * 50), 0.01, true};

template <const Shape& kShape>
std::uint32_t next_server(std::uint32_t& turn) {
  if constexpr (kShape.servers == 1) return 0;
  const std::uint32_t index = turn;
  turn = index + 1 == kShape.servers ? 0 : index + 1;
  return index;
}

/// What both kinds of stations count. Hashes only in tiny runs, as no engine that this is compared
/// with does so.
template <const Shape& kShape, bool kHash>
struct Count {
  void done(SimTime began, Duration took) {
    ++units;
    sum += took.count();
    if constexpr (kShape.histogram) ++histogram[HistogramLayout::bucket(took.count())];
    if constexpr (kHash) digest.add(began, took);
  }
  std::uint64_t units = 0;
  std::int64_t sum = 0;
  /// Counts by bucket, as a record's rows hold them.
  std::vector<std::uint32_t> histogram = std::vector<std::uint32_t>(HistogramLayout::kBuckets);
  Digest digest;
};

/// An event for each arrival and one for each departure.
template <const Shape& kShape, bool kHash>
struct EventStations : Count<kShape, kHash> {
  EventStations() { next_arrival(); }
  static void arrive(void* self, std::uint32_t, std::uint32_t) {
    auto& s = *static_cast<EventStations*>(self);
    const std::uint32_t index = next_server<kShape>(s.turn);
    s.waiting[index].push(s.scheduler.now());
    if (s.waiting[index].size() == 1) s.serve(index);
    s.next_arrival();
  }
  static void depart(void* self, std::uint32_t index, std::uint32_t) {
    auto& s = *static_cast<EventStations*>(self);
    const SimTime began = s.waiting[index].pop();
    s.done(began, s.scheduler.now() - began);
    if (s.waiting[index].size() > 0) s.serve(index);
  }
  void next_arrival() {
    scheduler.schedule(scheduler.now() + exponential(random, kShape.interval), Priority::arrival,
                       arrival, 0);
  }
  void serve(std::uint32_t index) {
    scheduler.schedule(scheduler.now() + exponential(random, kShape.service), Priority::completion,
                       departure, index);
  }
  Scheduler scheduler{kSimStart};
  HandlerId arrival = scheduler.add_handler(&EventStations::arrive, this);
  HandlerId departure = scheduler.add_handler(&EventStations::depart, this);
  Random random = make_stream(1, "stations");
  std::array<Ring<SimTime>, kShape.servers> waiting;
  std::uint32_t turn = 0;
};

/// Only arrivals are events.
template <const Shape& kShape, bool kHash>
struct EagerStations : Count<kShape, kHash> {
  EagerStations() { next_arrival(kSimStart); }
  void run(std::uint64_t arrivals) {
    for (std::uint64_t i = 0; i < arrivals; ++i) {
      const Event event = queue.top();
      queue.pop();
      const SimTime now{Duration{static_cast<std::int64_t>(event.key)}};
      EagerServer& server = servers[next_server<kShape>(turn)];
      this->done(now, server.admit(now, exponential(random, kShape.service)) - now);
      next_arrival(now);
    }
  }
  void next_arrival(SimTime now) {
    const SimTime next = now + exponential(random, kShape.interval);
    queue.push({static_cast<std::uint64_t>(next.time_since_epoch().count()), 0});
  }
  EventQueue queue;
  Random random = make_stream(1, "stations");
  std::vector<EagerServer> servers = std::vector<EagerServer>(kShape.servers);
  std::uint32_t turn = 0;
};

/// Model B on the bare queue, as it is measured elsewhere.
template <bool kHash>
struct Hold {
  static constexpr double kMean = 8e7;  ///< Nanoseconds that an event is pending.
  explicit Hold(std::size_t pending) {
    for (std::size_t i = 0; i < pending; ++i) queue.push({later(), i});
    run(2 * pending);
  }
  std::uint64_t later() { return static_cast<std::uint64_t>(sample_exponential(random) * kMean); }
  void run(std::uint64_t holds) {
    for (std::uint64_t i = 0; i < holds; ++i) {
      const Event event = queue.top();
      queue.pop();
      if constexpr (kHash) digest.add(SimTime{Duration{static_cast<std::int64_t>(event.key)}}, {});
      queue.push({event.key + later(), event.payload});
    }
  }
  EventQueue queue;
  Random random = make_stream(1, "hold");
  Digest digest;
};

/// Model D on the bare queue and lane.
template <bool kHash>
struct Lanes {
  explicit Lanes(std::uint32_t live) : tickets(live) {
    for (std::uint32_t i = 0; i < live; ++i) next(i, 0);
    run(2 * live);
  }
  void run(std::uint64_t requests) {
    for (std::uint64_t i = 0; i < requests; ++i) {
      const Event event = queue.top();
      if (lanes.bound().key <= event.key) [[unlikely]]
        ++expired;
      queue.pop();
      const auto target = static_cast<std::uint32_t>(event.payload);
      if constexpr (kHash) {
        digest.add(SimTime{Duration{static_cast<std::int64_t>(event.key)}}, Duration{target});
      }
      lanes.cancel(tickets[target]);
      next(target, event.key);
    }
  }
  void next(std::uint32_t target, std::uint64_t now) {
    tickets[target] = lanes.arm(lane, {now + 30'000'000'000U, target});
    const auto took = static_cast<std::uint64_t>(exponential(random, 0.01).count());
    queue.push({now + took, target});
  }
  EventQueue queue;
  LaneSet lanes;
  LaneId lane = lanes.add_lane();
  Random random = make_stream(1, "timeouts");
  HugeVector<LaneTicket> tickets;
  std::uint64_t expired = 0;
  Digest digest;
};

/// Model D through the scheduler. Completions are 10 ms apart for each of the live requests.
template <bool kHash>
struct Timeouts {
  explicit Timeouts(std::uint32_t live) : tickets(live) {
    for (std::uint32_t i = 0; i < live; ++i) complete(this, i, 0);
  }
  static void complete(void* self, std::uint32_t target, std::uint32_t) {
    auto& t = *static_cast<Timeouts*>(self);
    ++t.units;
    if constexpr (kHash) t.digest.add(t.scheduler.now(), Duration{target});
    t.scheduler.cancel(t.tickets[target]);
    t.tickets[target] = t.scheduler.arm(t.lane, target);
    t.scheduler.schedule(t.scheduler.now() + exponential(t.random, 0.01), Priority::completion,
                         t.completion, target);
  }
  static void expire(void* self, std::uint32_t, std::uint32_t) {
    ++static_cast<Timeouts*>(self)->expired;
  }
  Scheduler scheduler{kSimStart};
  HandlerId completion = scheduler.add_handler(&Timeouts::complete, this);
  LaneId lane =
      scheduler.lane(30s, Priority::timer, scheduler.add_handler(&Timeouts::expire, this));
  Random random = make_stream(1, "timeouts");
  HugeVector<LaneTicket> tickets;
  std::uint64_t units = 0, expired = 0;
  Digest digest;
};

/// Runs a model for batches of simulated time; items per second are units per second.
template <class Model>
void run_model(benchmark::State& state, Model& model, Duration batch) {
  model.scheduler.run_until(model.scheduler.now() + 2 * batch);
  const std::uint64_t before = model.units;
  for (auto _ : state) model.scheduler.run_until(model.scheduler.now() + batch);
  const auto units = static_cast<double>(model.units - before);
  state.SetItemsProcessed(static_cast<std::int64_t>(model.units - before));
  state.counters["per_unit"] =
      benchmark::Counter(units, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

constexpr std::uint64_t kBatch = 100'000;

/// The same for models that count for themselves.
template <class Model>
void run_bare(benchmark::State& state, Model& model) {
  for (auto _ : state) model.run(kBatch);
  const auto units = static_cast<std::int64_t>(state.iterations() * kBatch);
  state.SetItemsProcessed(units);
  state.counters["per_unit"] = benchmark::Counter(
      static_cast<double>(units), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

/// What bench/peers holds against queueing theory.
template <const Shape& kShape>
void tell_latency(benchmark::State& state, const Count<kShape, false>& model) {
  state.counters["units"] = static_cast<double>(model.units);
  state.counters["mean"] = static_cast<double>(model.sum) / static_cast<double>(model.units) / 1e9;
  if constexpr (kShape.histogram) {
    Histogram histogram;
    for (std::uint32_t i = 0; i < HistogramLayout::kBuckets; ++i)
      histogram.add_bucket(i, model.histogram[i]);
    state.counters["p99"] = static_cast<double>(histogram.quantile(0.99).count()) / 1e9;
  }
}

template <const Shape& kShape>
void with_events(benchmark::State& state) {
  EventStations<kShape, false> model;
  run_model(state, model, to_duration(kBatch * kShape.interval));
  tell_latency<kShape>(state, model);
}
template <const Shape& kShape>
void eager(benchmark::State& state) {
  EagerStations<kShape, false> model;
  run_bare(state, model);
  tell_latency<kShape>(state, model);
}
void model_a_event(benchmark::State& state) { with_events<kModelA>(state); }
void model_a_eager(benchmark::State& state) { eager<kModelA>(state); }
void model_c_event(benchmark::State& state) { with_events<kModelC>(state); }
void model_c_eager(benchmark::State& state) { eager<kModelC>(state); }
BENCHMARK(model_a_event)->Unit(benchmark::kMillisecond);
BENCHMARK(model_a_eager)->Unit(benchmark::kMillisecond);
BENCHMARK(model_c_event)->Unit(benchmark::kMillisecond);
BENCHMARK(model_c_eager)->Unit(benchmark::kMillisecond);

void model_b_hold(benchmark::State& state) {
  const auto pending = static_cast<std::size_t>(state.range(0));
  Hold<false> model(pending);
  run_bare(state, model);
  // How many came up, and how many should have by the time it is now.
  state.counters["units"] = static_cast<double>(2 * pending + state.iterations() * kBatch);
  state.counters["expected"] = static_cast<double>(model.queue.top().key) / Hold<false>::kMean *
                               static_cast<double>(pending);
  state.counters["bytes_per_event"] =
      static_cast<double>(model.queue.bytes()) / static_cast<double>(pending);
}
BENCHMARK(model_b_hold)
    ->Arg(2)
    ->Arg(10)
    ->Arg(50)
    ->Arg(1'000)
    ->Arg(100'000)
    ->Arg(1'000'000)
    ->Unit(benchmark::kMillisecond);

void model_d_lanes(benchmark::State& state) {
  Lanes<false> model(static_cast<std::uint32_t>(state.range(0)));
  run_bare(state, model);
  benchmark::DoNotOptimize(model.expired);
}
BENCHMARK(model_d_lanes)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

void model_d_timeouts(benchmark::State& state) {
  const auto live = static_cast<std::uint32_t>(state.range(0));
  Timeouts<false> model(live);
  run_model(state, model, Duration{2'000'000'000'000 / live});
}
BENCHMARK(model_d_timeouts)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

template <const Shape& kShape>
std::uint64_t tiny_events() {
  EventStations<kShape, true> model;
  model.scheduler.run_until(kSimStart + to_duration(1e4 * kShape.interval));
  return model.digest.value;
}
template <const Shape& kShape>
std::uint64_t tiny_eager() {
  EagerStations<kShape, true> model;
  model.run(10'000);
  return model.digest.value;
}
template <std::uint32_t kLive>
std::uint64_t tiny_lanes() {
  Lanes<true> model(kLive);
  model.run(20'000);
  return model.digest.value + model.expired;
}
template <std::size_t kPending>
std::uint64_t tiny_hold() {
  Hold<true> model(kPending);
  model.run(20'000);
  return model.digest.value;
}
template <std::uint32_t kLive>
std::uint64_t tiny_timeouts() {
  Timeouts<true> model(kLive);
  model.scheduler.run_until(kSimStart + Duration{200'000'000'000 / kLive});
  return model.digest.value;
}

using bench::AddTiny;
const AddTiny kTinies[] = {
    {"model_a_event", &tiny_events<kModelA>},
    {"model_a_eager", &tiny_eager<kModelA>},
    {"model_c_event", &tiny_events<kModelC>},
    {"model_c_eager", &tiny_eager<kModelC>},
    {"model_b_hold_2", &tiny_hold<2>},
    {"model_b_hold_50", &tiny_hold<50>},
    {"model_b_hold_1000", &tiny_hold<1000>},
    {"model_b_hold_50000", &tiny_hold<50000>},
    {"model_d_lanes_1000", &tiny_lanes<1000>},
    {"model_d_lanes_20000", &tiny_lanes<20000>},
    {"model_d_timeouts_1000", &tiny_timeouts<1000>},
    {"model_d_timeouts_20000", &tiny_timeouts<20000>},
};

}  // namespace
}  // namespace leapday::engine
