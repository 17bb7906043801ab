/// \file register_faults.cpp
/// The list of fault kinds. Why: static self-registration is dropped from a static library.
#include "leapday/registry.hpp"

namespace leapday {

#define FAULT(file) void register_##file(Registry& registry);
#include "faults/builtin.inc"
#undef FAULT

void register_faults(Registry& registry) {
#define FAULT(file) register_##file(registry);
#include "faults/builtin.inc"
#undef FAULT
}

}  // namespace leapday
