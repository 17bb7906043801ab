/// \file breaker.hpp
/// A circuit breaker by failure rate over a rolling window, with trial requests when half open.
/// Why: a caller that stops asking lets its callee recover, or gives up on it too soon; both show.
#pragma once

#include <cstdint>

#include "leapday/scenario.hpp"
#include "sim/model/rolling_counts.hpp"

namespace leapday::model {

class CircuitBreaker {
 public:
  explicit CircuitBreaker(const Breaker& spec) : spec_(&spec), counts_(spec.window) {}

  /// May a request go out now? Admitting one while half open counts it as a trial.
  bool admit(SimTime now) {
    if (state_ == State::closed) return true;
    if (state_ == State::open) {
      if (now < reopens_) return false;
      state_ = State::half_open;
      trials_ = 0;
      successes_ = 0;
    }
    if (trials_ >= spec_->half_open_requests) return false;
    ++trials_;
    return true;
  }

  /// How an admitted request ended.
  void settled(SimTime now, bool ok) {
    switch (state_) {
      case State::closed:
        counts_.add(now, 1, ok ? 0 : 1);
        if (!ok && too_many(now)) open(now);
        break;
      case State::half_open:
        if (!ok) {
          open(now);
        } else if (++successes_ >= spec_->half_open_requests) {
          state_ = State::closed;
          counts_.clear();
        }
        break;
      case State::open:
        break;  // an answer to a request from before it opened
    }
  }

  bool is_open() const { return state_ == State::open; }

 private:
  enum class State : std::uint8_t { closed, open, half_open };

  bool too_many(SimTime now) {
    const auto [total, failed] = counts_.sum(now);
    const auto wide = [](std::int64_t a, std::int64_t b) { return static_cast<__int128>(a) * b; };
    return total >= spec_->min_requests &&
           wide(failed, spec_->failure_rate.den) >= wide(total, spec_->failure_rate.num);
  }
  void open(SimTime now) {
    state_ = State::open;
    reopens_ = now + spec_->open_for;
    counts_.clear();
  }

  const Breaker* spec_;
  RollingCounts counts_;  ///< Requests and failures.
  State state_ = State::closed;
  SimTime reopens_{};
  std::int64_t trials_ = 0;
  std::int64_t successes_ = 0;
};

}  // namespace leapday::model
