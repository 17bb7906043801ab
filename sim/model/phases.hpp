/// \file phases.hpp
/// Marks the phases of loads: spans, and the anchors that name loads and phases.
/// Why: expectations are stated over phases, and faults may be set against them.
#pragma once

#include "sim/model/handler.hpp"
#include "sim/model/trigger.hpp"
#include "sim/model/world.hpp"

namespace leapday::model {

class Phases {
 public:
  Phases(World& world, Triggers& triggers);
  void arm();

 private:
  struct Mark {
    std::string name;
    SimTime at{};
    bool begins = true;
    bool has_span = false;
    std::uint32_t span = 0;
    std::uint32_t begun_by = 0;  ///< Of an end: the mark of its begin.
  };
  void add(const std::string& name, SimTime begin, std::optional<SimTime> end, bool has_span);
  void on_mark(std::uint32_t mark, std::uint32_t);

  World& world_;
  Triggers& triggers_;
  std::vector<Mark> marks_;
  engine::HandlerId mark_;
};

}  // namespace leapday::model
