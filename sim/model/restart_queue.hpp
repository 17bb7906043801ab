/// \file restart_queue.hpp
/// Requests to start what crashed or was lost, sent in a batch each second.
/// Why: the Health Manager of 2012 spared the Cloud Controller a flood by sending 50 requests a
/// second, so that after the loss of many hosts the last app came back long after the first.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/model/fleet.hpp"
#include "sim/model/handler.hpp"

namespace leapday::model {

class Platform;

/// vcap health_manager.rb: queue_request and deque_a_batch_of_requests. A request names an app and
/// every index of it that was found missing in one look; evacuations come first, then the app that
/// was updated longest ago.
class RestartQueue {
 public:
  explicit RestartQueue(Platform& platform);

  /// The slot is filled when its request was sent.
  void ask(SlotId slot, bool evacuated);

 private:
  struct Request {
    AppId app;
    bool evacuated = false;
    SimTime changed_at{};  ///< The app.
    SimTime at{};
    std::vector<std::pair<SlotId, std::uint32_t>> slots;  ///< With their tickets.
  };

  void on_batch(std::uint32_t, std::uint32_t);

  Platform& p_;
  Grid seconds_;
  std::vector<Request> requests_;  ///< In the order in which they will be sent.
  bool due_ = false;
  engine::HandlerId batch_;
};

}  // namespace leapday::model
