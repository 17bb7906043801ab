/// \file interrupt.hpp
/// SIGINT and SIGTERM as a flag that long work polls.
/// Why: an interrupted command must stop at a safe point, leaving nothing half written.
#pragma once

#include <atomic>

namespace leapday::cli {

/// From now on the first signal sets the flag; the second ends the process at once.
void catch_interrupts();
const std::atomic<bool>& interrupted();

}  // namespace leapday::cli
