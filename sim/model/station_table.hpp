/// \file station_table.hpp
/// What traffic keeps of each instance and of each host.
/// Why: a large fleet has a hundred thousand of the one and ten thousand of the other, so that what
/// stands here is what a fleet takes.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "leapday/time.hpp"
#include "sim/engine/scheduler.hpp"
#include "sim/model/cpu.hpp"
#include "sim/model/request.hpp"

namespace leapday::model {

struct CallSite;
struct ReleaseState;

/// An instance's station.
struct InstanceTraffic {
  enum class State : std::uint8_t { absent, listening, draining, gone, silent };
  State state = State::absent;
  bool drained = false;  ///< The platform was told that nothing is open.
  bool known = false;    ///< The fields below are filled in.
  bool sharing = false;  ///< Processor sharing.
  std::uint32_t app = 0;
  std::uint32_t host = 0;
  std::uint32_t group = kNone;  ///< Of its host's HostCpu.
  std::uint32_t limit = 0;      ///< Requests in service at once.
  std::uint32_t queue_limit = kNone;
  const ReleaseState* release = nullptr;                      ///< That it runs.
  const std::vector<std::vector<CallSite>>* calls = nullptr;  ///< Of that, by endpoint.
  bool answers = true;   ///< Its release neither crashes nor errs by request, nor has flags.
  bool flagged = false;  ///< Its app has flags.
  std::uint32_t release_series = kNone;  ///< Where its release is measured.
  double rate = 1;                       ///< Own and host's speed; 0 while hung.
  double cores = 0;                      ///< In use now.
  List serving;                          ///< Serving or calling.
  List queue;
  std::uint32_t incoming = 0;      ///< Messages on their way from a queue.
  std::uint32_t watch_at = kNone;  ///< Requests in service at which the platform is told.
  std::uint64_t left = 0;          ///< Requests that have left a place in service.
  std::uint32_t series = kNone;    ///< Made for the first request: see series_of().
  std::uint32_t meter = kNone;     ///< In TrafficCore::meters_, of an app that is scaled.
  std::uint64_t touched = 0;
  SimTime capacity_since{};
};

/// What is under way at one host's cores.
struct HostTraffic {
  std::unique_ptr<HostCpu> cpu;
  std::vector<std::uint32_t> instances;  ///< By group.
  std::vector<std::uint32_t> done;       ///< Visits whose work ended while cores were moved on.
  engine::EventKey next = 0;
  std::uint64_t touched = 0;
};

}  // namespace leapday::model
