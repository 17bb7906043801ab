/// \file register.cpp
/// Every metric that ships, in the order of builtin.inc.
/// Why: self-registering statics are dropped from a static library; an explicit list is not.
#include "leapday/registry.hpp"

namespace leapday {

#define METRIC(name) void register_##name(Registry& registry);
#include "reports/checks/builtin.inc"
#undef METRIC

void register_metrics(Registry& registry) {
#define METRIC(name) register_##name(registry);
#include "reports/checks/builtin.inc"
#undef METRIC
}

}  // namespace leapday
