/// \file registry.cpp
/// Look-up of metrics by the name as written.
#include "leapday/registry.hpp"

namespace leapday {

const Metric* Registry::metric(std::string_view written) const {
  for (const auto& metric : metrics_) {
    if (metric->name() == written) return metric.get();
  }
  if (written.size() > 1 && written[0] == 'p' &&
      written.find_first_not_of("0123456789.", 1) == std::string_view::npos) {
    for (const auto& metric : metrics_) {
      if (metric->name() == "p") return metric.get();
    }
  }
  return nullptr;
}

}  // namespace leapday
