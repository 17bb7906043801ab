/// \file digest.hpp
/// A hash of what a scenario says, whatever its layout, comments and file names.
/// Why: a replay must notice that a file changed, and must not mind that one moved.
#pragma once

#include <string>

#include "leapday/document.hpp"
#include "scenarios/load/files.hpp"

namespace leapday::loading {

/// 16 hex digits over the resolved tree and the data files that were read.
std::string digest(const Document& resolved, const Files& files);

}  // namespace leapday::loading
