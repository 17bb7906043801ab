/// \file assert.cpp
/// What a failed assertion prints. Why: the report must be enough to replay the run.
#include "sim/engine/assert.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

namespace leapday::engine {
namespace {

// Per thread, not per process: runs on different threads do not see each other.
thread_local AssertDescribe base_describe = nullptr;
thread_local const void* base_self = nullptr;
thread_local const AssertScope* innermost = nullptr;

}  // namespace

void set_assert_context(AssertDescribe describe, const void* self) {
  base_describe = describe;
  base_self = self;
}

void assertion_failed(const char* condition, const char* file, int line, const char* message) {
  assertion_failed(condition, file, line, std::string(message));
}

AssertScope::AssertScope(AssertDescribe describe, const void* self)
    : describe_(describe), self_(self), outer_(innermost) {
  innermost = this;
}

AssertScope::~AssertScope() { innermost = outer_; }

void assertion_failed(const char* condition, const char* file, int line,
                      const std::string& message) {
  fmt::print(stderr, "leapday: internal error: {}\n  {}:{}: {}\n", message, file, line, condition);
  for (const AssertScope* scope = innermost; scope != nullptr; scope = scope->outer_) {
    fmt::print(stderr, "  {}\n", scope->describe_(scope->self_));
  }
  if (base_describe != nullptr) fmt::print(stderr, "  {}\n", base_describe(base_self));
  std::fflush(stderr);
  std::abort();
}

}  // namespace leapday::engine
