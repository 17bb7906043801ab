/// \file memory.hpp
/// Memory that an instance uses as time passes, against the memory that it may use.
/// Why: a leak is a failure with an appointment: instances that started together end together.
#pragma once

#include "leapday/fields.hpp"
#include "leapday/units.hpp"

namespace leapday {

/// Resident memory since the process started: start + growth * age. An instance above its
/// `memory` is killed, as the platform's memory_poll_interval says at once or when it is noticed.
struct MemoryUse {
  Bytes start;
  Rate growth;
  Ratio vary{};

  void fields(FieldVisitor& v) {
    v.optional("start", start, "memory that a process uses when it starts");
    v.byte_rate("growth", growth, "memory that it gains, such as 1MiB/min; none when absent");
    v.optional("vary", vary,
               "each process gains up to this share more or less, every rate as likely");
  }
};

}  // namespace leapday
