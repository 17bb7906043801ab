/// \file profile.hpp
/// Platform profiles: JSON data to constants with their sources.
/// Why: every number of a platform says where it comes from.
#pragma once

#include <string_view>
#include <vector>

#include "leapday/platform.hpp"
#include "scenarios/load/problems.hpp"

namespace leapday::loading {

/// Reads a profile's text over `profile`, which holds what it extends; `extends` is given back.
void read_profile(std::string_view text, const std::string& file, PlatformProfile& profile,
                  Problems& problems);
/// The name that the text's `extends` gives, or empty.
std::string profile_base(std::string_view text, const std::string& file, Problems& problems);

}  // namespace leapday::loading
