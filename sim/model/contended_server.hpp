/// \file contended_server.hpp
/// A server that is the slower for each call the more calls it works on.
/// Why: N. J. Gunther's universal scalability law, X(N) = X(1) N / (1 + s (N-1) + k N (N-1)): calls
/// wait for each other (contention s) and must agree with each other (coherency k), so that past
/// N* = sqrt((1-s)/k) more concurrency does less work.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "leapday/time.hpp"
#include "sim/engine/sampler.hpp"

namespace leapday::model {

/// Every task goes on at the same pace, 1 / (1 + s (N-1) + k N (N-1)) while there are N. Work and
/// virtual time are nanoseconds of a task that has the server to itself.
class ContendedServer {
 public:
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

  ContendedServer(double contention, double coherency)
      : contention_(contention), coherency_(coherency) {}

  /// Moves on to this instant; what has ended on the way is still there.
  void advance(SimTime now) {
    const std::int64_t at = now.time_since_epoch().count();
    virtual_ += static_cast<double>(at - at_) * pace();
    at_ = at;
    if (tasks_.empty()) virtual_ = 0;
  }
  /// At the instant of the last advance().
  void add(std::uint32_t task, double work) {
    tasks_.push_back({virtual_ + work, added_++, task});
    std::push_heap(tasks_.begin(), tasks_.end(), later);
  }
  void clear() { tasks_.clear(); }
  std::size_t size() const { return tasks_.size(); }
  /// When the next task ends if none comes or goes.
  std::int64_t next() const {
    if (tasks_.empty()) return kNever;
    const double left = std::max(tasks_.front().ends - virtual_, 0.0);
    const std::int64_t wait = engine::from_nanoseconds(left / pace()).count();
    return at_ > kNever - wait ? kNever : at_ + wait;
  }
  /// Takes out one task that has ended by the last advance(), the first to end first.
  bool take_ended(std::uint32_t& task) {
    if (tasks_.empty() || tasks_.front().ends > virtual_ + kRounding) return false;
    task = tasks_.front().task;
    std::pop_heap(tasks_.begin(), tasks_.end(), later);
    tasks_.pop_back();
    return true;
  }

 private:
  struct Task {
    double ends;  ///< In virtual time.
    std::uint64_t order;
    std::uint32_t task;
  };
  static bool later(const Task& a, const Task& b) {
    return a.ends != b.ends ? a.ends > b.ends : a.order > b.order;
  }
  double pace() const {
    const auto n = static_cast<double>(tasks_.size());
    return n <= 1 ? 1 : 1 / (1 + (n - 1) * (contention_ + coherency_ * n));
  }
  /// Events lie at whole nanoseconds.
  static constexpr double kRounding = 1;

  double contention_;
  double coherency_;
  double virtual_ = 0;
  std::int64_t at_ = 0;
  std::uint64_t added_ = 0;
  std::vector<Task> tasks_;  ///< A heap, the first to end on top.
};

}  // namespace leapday::model
