/// \file renewals.cpp
/// renewals and failed_renewals of a renewer, warnings of an expiry monitor.
/// Why: that nobody warned is part of every outage by a certificate.
#include "reports/checks/state.hpp"

namespace leapday {

void register_renewals(Registry& registry) {
  registry.add_metric(std::make_unique<checks::StepState>(
      "renewals", "certificates that a renewer has issued so far", "renewer"));
  registry.add_metric(std::make_unique<checks::StepState>(
      "failed_renewals", "renewals that failed and said so, so far", "renewer"));
  registry.add_metric(std::make_unique<checks::StepState>(
      "warnings", "certificates that an expiry monitor has warned of so far", "monitor"));
}

}  // namespace leapday
