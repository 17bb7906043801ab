/// \file register.cpp
/// Every output format that ships, in the order of builtin.inc.
/// Why: self-registering statics are dropped from a static library; an explicit list is not.
#include <memory>

#include "leapday/registry.hpp"

namespace leapday {

#define FORMAT(name, help) std::unique_ptr<Format> make_##name##_format();
#include "reports/formats/builtin.inc"
#undef FORMAT

void register_formats(Registry& registry) {
#define FORMAT(name, help) registry.formats.add(#name, help, make_##name##_format);
#include "reports/formats/builtin.inc"
#undef FORMAT
}

}  // namespace leapday
