/// \file cpu.hpp
/// How the cores of one host are shared: weighted max-min between instances, egalitarian within
/// one, with CFS quotas per period.
/// Why: a fluid cap is wrong for short bursts (200 ms of work on 8 threads under a quota of 2 cores
/// take 25 ms, not 100), and one busy neighbour must not slow an instance below its share.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

namespace leapday::model {

/// One host. Times are nanoseconds of true time; work is nanoseconds of one core at full speed and
/// may be fractional. Its user calls advance() at next() and before every change.
class HostCpu {
 public:
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
  static constexpr std::uint32_t kSpinning = 0xfffffffeU;  ///< Tag of tasks that never end.

  /// Quota periods begin at phase + k * period for all groups; a period of 0 means no quotas.
  HostCpu(double cores, std::int64_t period, std::int64_t phase)
      : cores_(cores), period_(period), phase_(phase) {}

  /// An instance: `threads` cores at most (0: one per task), `quota` cores on average per period
  /// (0: none).
  std::uint32_t add_group(double weight, double threads, double quota);
  /// Drops the group's tasks.
  void clear(std::uint32_t group);
  void set_host_speed(double speed) {
    host_speed_ = speed;
    changed();
  }
  /// 0 while it hangs.
  void set_speed(std::uint32_t group, double speed) {
    groups_[group].speed = speed;
    changed();
  }
  void add_task(std::uint32_t group, double work, std::uint32_t tag);
  /// So many of its tasks never end, in place of those that did not before.
  void keep_busy(std::uint32_t group, std::uint32_t tasks);

  /// Moves every task on to `now`, through each end and quota change at its exact, fractional time;
  /// appends the tags of those that are done, by end, then by group.
  void advance(std::int64_t now, std::vector<std::uint32_t>& done);
  /// Shares the cores anew if tasks, speeds or tokens changed.
  void share() {
    if (!is_shared_) share_anew();
  }
  /// When the next task ends, or a quota runs out or is renewed; kNever while nothing will.
  std::int64_t next();

  /// Calls `report(group, cores)` for each group whose share is another than when last reported.
  template <class Report>
  void report_changes(Report&& report) {
    const auto look = [&](std::uint32_t index) {
      Group& group = groups_[index];
      if (group.cores == group.reported) return;
      group.reported = group.cores;
      report(index, group.cores);
    };
    for (const std::uint32_t index : idled_) look(index);
    idled_.clear();
    for (const std::uint32_t index : active_) look(index);
  }
  /// Work per nanosecond that one more task of the group would get, averaged over quota periods.
  double pace_of_one_more(std::uint32_t group) const;
  /// Periods that a group ran into its quota in, and how long it waited for the next.
  std::uint64_t throttled_periods(std::uint32_t group) const { return groups_[group].throttlings; }

 private:
  struct Task {
    double end;  ///< In the group's virtual time.
    std::uint64_t order;
    std::uint32_t tag;
  };
  struct Group {
    double weight = 1;
    double threads = 0;
    double quota = 0;
    double speed = 1;
    double virtual_time = 0;  ///< Work done per task since the group was last idle.
    double cores = 0;         ///< Its share now.
    double pace = 0;          ///< Virtual time per nanosecond: of each task, since share().
    double reported = 0;
    double tokens = 0;  ///< Core-nanoseconds left in this period.
    std::int64_t period = std::numeric_limits<std::int64_t>::min();
    bool throttled = false;
    std::uint64_t throttlings = 0;
    std::vector<Task> tasks;  ///< A heap, the earliest end first.
  };

  bool has_quota(const Group& group) const { return group.quota > 0 && period_ > 0; }
  double demand(const Group& group) const;
  double pace_of(const Group& group) const;
  void changed() {
    is_shared_ = false;
    is_planned_ = false;
  }
  void share_anew();
  void share_out();
  void move_on(double elapsed, std::vector<std::uint32_t>& done);
  void spend_tokens(Group& group, double elapsed);
  void renew_tokens(Group& group);
  void finish(Group& group, double reached, std::vector<std::uint32_t>& done);
  void drop_idle();
  double until_next();
  double until_next_of(const Group& group) const;
  std::int64_t period_index() const;

  double cores_;
  std::int64_t period_;
  std::int64_t phase_;
  double host_speed_ = 1;
  bool quotas_ = false;  ///< Some group has one.
  std::int64_t now_ = std::numeric_limits<std::int64_t>::min();
  double beyond_ = 0;        ///< Nanoseconds after now_ that advance() has got to.
  bool is_shared_ = false;   ///< Nothing has changed since the cores were shared.
  bool is_planned_ = false;  ///< Nor time passed since `wait_` was computed.
  double wait_ = 0;          ///< See until_next().
  std::uint64_t tasks_added_ = 0;
  std::vector<Group> groups_;
  std::vector<std::uint32_t> active_;   ///< Groups with tasks, ascending.
  std::vector<std::uint32_t> idled_;    ///< Groups that lost their last task since the last report.
  std::vector<std::uint32_t> contend_;  ///< Scratch: groups that share() has not settled.
};

}  // namespace leapday::model
