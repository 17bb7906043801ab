/// \file assert_test.cpp
/// A broken invariant must end the process and say where in simulated time it broke.
/// Why: an assertion that goes unnoticed turns every verdict after it into a guess.
#include "sim/engine/assert.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <string>

#include "sim/engine/scheduler.hpp"

namespace leapday::engine {
namespace {

/// What a child process that runs `body` wrote to stderr; its wait status in `status`.
std::string in_a_child(const std::function<void()>& body, int& status) {
  int ends[2];
  BOOST_REQUIRE_EQUAL(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);  // Boost.Test catches it
    dup2(ends[1], STDERR_FILENO);
    close(ends[0]);
    body();
    std::_Exit(0);
  }
  close(ends[1]);
  std::string text;
  char buffer[512];
  for (ssize_t n = 0; (n = read(ends[0], buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(n));
  }
  close(ends[0]);
  waitpid(child, &status, 0);
  return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(assertions)

BOOST_AUTO_TEST_CASE(a_failed_assertion_names_time_and_run_and_aborts) {
  int status = 0;
  const std::string text = in_a_child(
      [] {
        set_assert_context([](const void*) -> std::string { return "seed 7"; }, nullptr);
        Scheduler scheduler(kSimStart);
        const HandlerId handler = scheduler.add_handler(
            [](void* self, std::uint32_t, std::uint32_t) {
              static_cast<Scheduler*>(self)->schedule(kSimStart, Priority::timer, {}, 0);
            },
            &scheduler);
        scheduler.schedule(kSimStart + 12500ms, Priority::timer, handler, 0);
        scheduler.run_until(kSimStart + 20s);
      },
      status);

  BOOST_TEST((WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT));
  BOOST_TEST(text.find("an event was scheduled in the past") != std::string::npos);
  BOOST_TEST(text.find("at 12.500000000s of simulated time") != std::string::npos);
  BOOST_TEST(text.find("seed 7") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(names_that_do_not_fit_and_negative_delays_are_caught) {
  int status = 0;
  std::string text = in_a_child(
      [] {
        Scheduler scheduler(kSimStart);
        scheduler.schedule(kSimStart, Priority::timer, {}, 1U << 28);
      },
      status);
  BOOST_TEST(WIFSIGNALED(status));
  BOOST_TEST(text.find("28 bits") != std::string::npos);

  text = in_a_child(
      [] {
        Scheduler scheduler(kSimStart);
        scheduler.lane(-1ns, Priority::timer, {});
      },
      status);
  BOOST_TEST(WIFSIGNALED(status));
  BOOST_TEST(text.find("negative") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_message_is_only_made_when_it_is_needed) {
  int made = 0;
  const auto message = [&] {
    ++made;
    return std::string("never");
  };
  LEAPDAY_ASSERT(made == 0, message());
  BOOST_TEST(made == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace leapday::engine
