/// \file ns3_models.cpp
/// Models A, B and C on ns-3's simulator core: member functions scheduled by Simulator::Schedule.
/// Why: ns-3 is the fastest of the engines in wide use that a package of Debian's brings.
#include <ns3/nstime.h>
#include <ns3/object-factory.h>
#include <ns3/simulator.h>

#include <cstdint>
#include <cstdio>
#include <deque>
#include <vector>

#include "measure.hpp"

namespace {

using ns3::Simulator;
using ns3::Time;

/// Resolution is ns-3's own: a nanosecond.
Time seconds(double value) { return Time(static_cast<std::int64_t>(value * 1e9)); }

/// Models A and C.
class Stations {
 public:
  explicit Stations(const peers::Options& options)
      : shape_(options.shape()),
        random_(options.seed),
        waiting_(shape_.servers),
        latencies(shape_.histogram) {
    next_arrival();
  }

 private:
  void next_arrival() {
    Simulator::Schedule(seconds(random_.exponential(shape_.interval)), &Stations::arrive, this);
  }
  void serve(std::uint32_t server) {
    Simulator::Schedule(seconds(random_.exponential(shape_.service)), &Stations::depart, this,
                        server);
  }
  void arrive() {
    const std::uint32_t server = turn_;
    turn_ = server + 1 == shape_.servers ? 0 : server + 1;
    waiting_[server].push_back(Simulator::Now().GetTimeStep());
    if (waiting_[server].size() == 1) serve(server);
    next_arrival();
  }
  void depart(std::uint32_t server) {
    std::deque<std::int64_t>& queue = waiting_[server];
    latencies.add(static_cast<double>(Simulator::Now().GetTimeStep() - queue.front()) * 1e-9);
    queue.pop_front();
    if (!queue.empty()) serve(server);
  }
  const peers::Shape& shape_;
  peers::Random random_;
  std::vector<std::deque<std::int64_t>> waiting_;
  std::uint32_t turn_ = 0;

 public:
  peers::Latencies latencies;
};

/// Model B.
class Hold {
 public:
  explicit Hold(const peers::Options& options) : random_(options.seed) {
    for (std::uint32_t i = 0; i < options.pending; ++i) again();
  }
  std::uint64_t holds = 0;

 private:
  void again() {
    Simulator::Schedule(seconds(random_.exponential(peers::kHoldMean)), &Hold::pop, this);
  }
  void pop() {
    ++holds;
    again();
  }
  peers::Random random_;
};

/// Time goes by until `until`, in seconds since the start.
void advance(double until) {
  Simulator::Stop(seconds(until) - Simulator::Now());
  Simulator::Run();
}

}  // namespace

int main(int argc, char** argv) {
  const peers::Options options(argc, argv);
  ns3::ObjectFactory scheduler;
  scheduler.SetTypeId("ns3::PriorityQueueScheduler");  // the fastest for each of the models
  Simulator::SetScheduler(scheduler);
  if (options.model == 'b') {
    const Hold hold(options);
    const double ns = peers::time_per_unit(options, advance, [&] { return hold.holds; });
    peers::report(ns, hold.holds, options);
  }
  const Stations stations(options);
  const double ns =
      peers::time_per_unit(options, advance, [&] { return stations.latencies.count(); });
  peers::report(ns, stations.latencies);
}
