/// \file simgrid_models.cpp
/// Models A, B and C on SimGrid's S4U: an actor for the source and one for each server, an actor
/// for each pending event of model B.
/// Why: SimGrid is the engine in which platforms are most often simulated. A server that is idle
/// waits on a semaphore, which costs less than a mailbox: its messages would cross a network.
#include <xbt/log.h>

#include <cstdint>
#include <cstdio>
#include <deque>
#include <simgrid/s4u.hpp>
#include <vector>

#include "measure.hpp"

namespace {

namespace s4u = simgrid::s4u;

/// Models A and C.
class Stations {
 public:
  Stations(const peers::Options& options, s4u::Host* host)
      : shape_(options.shape()),
        random_(options.seed),
        servers_(shape_.servers),
        latencies(shape_.histogram) {
    for (Server& server : servers_) {
      server.work = s4u::Semaphore::create(0);
      s4u::Actor::create("server", host, [this, &server] { serve(server); });
    }
    s4u::Actor::create("source", host, [this] { arrive(); });
  }

 private:
  struct Server {
    std::deque<double> waiting;  ///< When each came; the first is being served.
    s4u::SemaphorePtr work;
    bool idle = false;
  };
  void arrive() {
    for (std::size_t turn = 0;; turn = turn + 1 == servers_.size() ? 0 : turn + 1) {
      s4u::this_actor::sleep_for(random_.exponential(shape_.interval));
      Server& server = servers_[turn];
      server.waiting.push_back(s4u::Engine::get_clock());
      if (server.idle) {
        server.idle = false;
        server.work->release();
      }
    }
  }
  void serve(Server& server) {
    for (;;) {
      if (server.waiting.empty()) {
        server.idle = true;
        server.work->acquire();
      }
      s4u::this_actor::sleep_for(random_.exponential(shape_.service));
      latencies.add(s4u::Engine::get_clock() - server.waiting.front());
      server.waiting.pop_front();
    }
  }
  const peers::Shape& shape_;
  peers::Random random_;
  std::vector<Server> servers_;

 public:
  peers::Latencies latencies;
};

/// Model B.
class Hold {
 public:
  Hold(const peers::Options& options, s4u::Host* host) : random_(options.seed) {
    for (std::uint32_t i = 0; i < options.pending; ++i)
      s4u::Actor::create("pending", host, [this] { again(); });
  }
  std::uint64_t holds = 0;

 private:
  void again() {
    for (;;) {
      s4u::this_actor::sleep_for(random_.exponential(peers::kHoldMean));
      ++holds;
    }
  }
  peers::Random random_;
};

}  // namespace

int main(int argc, char** argv) {
  s4u::Engine engine(&argc, argv);
  // 16 KiB is enough for these actors; without guard pages a million stacks need no million maps.
  s4u::Engine::set_config("contexts/stack-size:16");
  s4u::Engine::set_config("contexts/guard-size:0");
  xbt_log_control_set("s4u_actor.thres:error");  // it tells of every delay below a nanosecond
  xbt_log_control_set("xbt_cfg.thres:error");
  const peers::Options options(argc, argv);
  s4u::NetZone* zone = s4u::create_full_zone("zone");
  s4u::Host* host = zone->create_host("host", 1e9);
  zone->seal();
  const auto advance = [&engine](double until) { engine.run_until(until); };
  if (options.model == 'b') {
    const Hold hold(options, host);
    const double ns = peers::time_per_unit(options, advance, [&] { return hold.holds; });
    peers::report(ns, hold.holds, options);
  }
  const Stations stations(options, host);
  const double ns =
      peers::time_per_unit(options, advance, [&] { return stations.latencies.count(); });
  peers::report(ns, stations.latencies);
}
