/// \file assert.hpp
/// Assertions that stay on in every build and say where in simulated time the code went wrong.
/// Why: a run that goes on after a broken invariant gives a verdict about nothing.
#pragma once

#include <string>

namespace leapday::engine {

/// Describes where a run stands: "at 12.5s, event key ..., seed 7".
using AssertDescribe = std::string (*)(const void* self);

/// Sets what this thread's failed assertions print besides the message; nullptr for nothing.
/// The thread that steps a run sets it, and takes it back before the run is destroyed.
void set_assert_context(AssertDescribe describe, const void* self);

/// Prints everything known to stderr and aborts.
[[noreturn, gnu::cold]] void assertion_failed(const char* condition, const char* file, int line,
                                              const std::string& message);
[[noreturn, gnu::cold]] void assertion_failed(const char* condition, const char* file, int line,
                                              const char* message);

/// One more line of context while it lives; they nest, innermost first.
class AssertScope {
 public:
  AssertScope(AssertDescribe describe, const void* self);
  ~AssertScope();
  AssertScope(const AssertScope&) = delete;
  AssertScope& operator=(const AssertScope&) = delete;

 private:
  friend void assertion_failed(const char*, const char*, int, const std::string&);
  AssertDescribe describe_;
  const void* self_;
  const AssertScope* outer_;
};

}  // namespace leapday::engine

/// States an invariant of the code, never of the input. `message` is only evaluated on failure.
#define LEAPDAY_ASSERT(condition, message)                                          \
  do {                                                                              \
    if (!(condition)) [[unlikely]] {                                                \
      ::leapday::engine::assertion_failed(#condition, __FILE__, __LINE__, message); \
    }                                                                               \
  } while (false)
