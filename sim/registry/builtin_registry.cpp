/// \file builtin_registry.cpp
/// Everything that ships, in one fixed order.
#include "leapday/registry.hpp"

namespace leapday {

Registry builtin_registry() {
  Registry registry;
  register_policies(registry);
  register_faults(registry);
  register_metrics(registry);
  register_formats(registry);
  return registry;
}

}  // namespace leapday
