/// \file register_policies.cpp
/// The list of policies. Why: static self-registration is dropped from a static library.
#include "leapday/registry.hpp"

namespace leapday {

#define POLICY(file) void register_##file(Registry& registry);
#include "sim/policies/builtin.inc"
#undef POLICY

void register_policies(Registry& registry) {
#define POLICY(file) register_##file(registry);
#include "sim/policies/builtin.inc"
#undef POLICY
}

}  // namespace leapday
