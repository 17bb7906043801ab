/// \file hosts.cpp
/// hosts_up and hosts_faulty: of a zone, or of all hosts with hosts_up(hosts).
/// Why: a failure that spreads from host to host is the worst day there is.
#include "reports/checks/state.hpp"

namespace leapday {

void register_hosts(Registry& registry) {
  registry.add_metric(std::make_unique<checks::StepState>(
      "hosts_up", "hosts that run, of a zone or of all: hosts_up(hosts)", "zone hosts"));
  registry.add_metric(std::make_unique<checks::StepState>(
      "hosts_faulty", "hosts marked faulty, of a zone or of all: hosts_faulty(hosts)",
      "zone hosts"));
}

}  // namespace leapday
