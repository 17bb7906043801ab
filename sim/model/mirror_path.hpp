/// \file mirror_path.hpp
/// Copies of requests that routers send to another app, and what becomes of them.
/// Why: a dark launch loads what it shares with the live app, while no user waits for it. As in
/// Envoy, which Istio's mirrors configure: the router copies what it hands to an instance, waits
/// for no answer, and copies no copy.
#pragma once

#include <cstdint>
#include <vector>

#include "leapday/scenario.hpp"
#include "sim/model/request.hpp"

namespace leapday::model {

class TrafficCore;

/// What a router hands to an instance of a mirrored app.
struct MirroredRequest {
  std::uint64_t attempt = 0;  ///< Its key.
  std::uint64_t client = 0;   ///< As of Attempt.
  std::uint32_t app = 0;
  std::uint32_t router = 0;
  std::uint32_t endpoint = 0;
};

class MirrorPath {
 public:
  explicit MirrorPath(TrafficCore& core) : core_(core) {}
  void set_up();
  void turn(std::uint32_t mirror, bool on) { mirrors_[mirror].on = on; }

  void copy(const MirroredRequest& request);
  void settled(const Call& copy, Outcome outcome);

  /// Calls `act(app, endpoint, share)` for whoever gets copies of such requests all the time.
  template <class Act>
  void each_lasting(std::uint32_t app, std::uint32_t endpoint, Act&& act) const {
    for (const std::uint32_t m : of_app_[app]) {
      const State& mirror = mirrors_[m];
      if (mirror.spec->at || mirror.spec->length) continue;
      act(mirror.to, mirror.endpoints[endpoint], mirror.spec->share.value());
    }
  }

 private:
  struct State {
    const Mirror* spec = nullptr;
    std::uint64_t name_hash = 0;
    std::uint32_t caller = 0;
    std::uint32_t to = 0;
    std::vector<std::uint32_t> endpoints;  ///< There, by endpoint here.
    bool on = false;
  };

  TrafficCore& core_;
  std::vector<State> mirrors_;
  std::vector<std::vector<std::uint32_t>> of_app_;
};

}  // namespace leapday::model
