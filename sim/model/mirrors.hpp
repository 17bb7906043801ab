/// \file mirrors.hpp
/// When each mirror begins and ends.
/// Why: a dark launch is a step of an operator's plan, with a name that expectations can use.
#pragma once

#include <string>
#include <vector>

#include "sim/model/handler.hpp"
#include "sim/model/mirror_path.hpp"
#include "sim/model/traffic.hpp"
#include "sim/model/trigger.hpp"

namespace leapday::model {

class Mirrors final : public TriggerTarget {
 public:
  Mirrors(World& world, Traffic& traffic, Triggers& triggers);
  void arm();
  void triggered(std::uint32_t mirror, EventId cause) override;

 private:
  struct Entry {
    const std::string* name = nullptr;
    const Mirror* spec = nullptr;
    EventId event;
    std::uint32_t span = 0;
  };
  void on_end(std::uint32_t mirror, std::uint32_t);

  World& world_;
  Traffic& traffic_;
  Triggers& triggers_;
  std::vector<Entry> entries_;
  engine::HandlerId end_;
};

}  // namespace leapday::model
