/// \file cpu.cpp
/// Water-filling, virtual time and quota periods of one host.
#include "sim/model/cpu.hpp"

#include <algorithm>
#include <cmath>

#include "sim/engine/assert.hpp"
#include "sim/engine/sampler.hpp"

namespace leapday::model {
namespace {

/// Ends closer than this many nanoseconds count as reached; well below the clock's resolution and
/// well above what rounding adds up to.
constexpr double kReached = 0.01;

bool ends_later(double end_a, std::uint64_t order_a, double end_b, std::uint64_t order_b) {
  return end_a > end_b || (end_a == end_b && order_a > order_b);
}

}  // namespace

std::uint32_t HostCpu::add_group(double weight, double threads, double quota) {
  groups_.push_back({.weight = weight, .threads = threads, .quota = quota});
  quotas_ = quotas_ || has_quota(groups_.back());
  return static_cast<std::uint32_t>(groups_.size() - 1);
}

void HostCpu::clear(std::uint32_t group) {
  groups_[group].tasks.clear();
  groups_[group].virtual_time = 0;
  groups_[group].cores = 0;
  if (std::erase(active_, group) > 0) idled_.push_back(group);
  changed();
}

void HostCpu::add_task(std::uint32_t index, double work, std::uint32_t tag) {
  Group& group = groups_[index];
  changed();
  if (group.tasks.empty()) {
    group.virtual_time = 0;
    active_.insert(std::lower_bound(active_.begin(), active_.end(), index), index);
    if (has_quota(group)) renew_tokens(group);
  }
  group.tasks.push_back({group.virtual_time + work, tasks_added_++, tag});
  std::push_heap(group.tasks.begin(), group.tasks.end(), [](const Task& a, const Task& b) {
    return ends_later(a.end, a.order, b.end, b.order);
  });
}

void HostCpu::keep_busy(std::uint32_t index, std::uint32_t tasks) {
  Group& group = groups_[index];
  const double never = std::numeric_limits<double>::infinity();
  std::erase_if(group.tasks, [&](const Task& task) { return task.end == never; });
  std::make_heap(group.tasks.begin(), group.tasks.end(), [](const Task& a, const Task& b) {
    return ends_later(a.end, a.order, b.end, b.order);
  });
  changed();
  if (group.tasks.empty()) {
    const auto at = std::find(active_.begin(), active_.end(), index);
    if (at != active_.end()) {
      active_.erase(at);
      idled_.push_back(index);
    }
    group.cores = 0;
  }
  for (std::uint32_t i = 0; i < tasks; ++i) add_task(index, never, kSpinning);
}

double HostCpu::demand(const Group& group) const {
  if (group.throttled || group.speed <= 0) return 0;
  const double threads =
      group.threads > 0 ? group.threads : static_cast<double>(group.tasks.size());
  return std::min(threads, cores_);
}

/// Virtual time per nanosecond: each task's share of the group's progress.
double HostCpu::pace_of(const Group& group) const {
  return group.cores * host_speed_ * group.speed / static_cast<double>(group.tasks.size());
}

std::int64_t HostCpu::period_index() const {
  const std::int64_t since = now_ - phase_ + static_cast<std::int64_t>(beyond_ + kReached);
  return since >= 0 ? since / period_ : -((-since + period_ - 1) / period_);
}

void HostCpu::renew_tokens(Group& group) {
  const std::int64_t period = period_index();
  if (period <= group.period) return;
  group.period = period;
  group.throttled = false;
  changed();
  const double since_boundary = static_cast<double>(now_ - phase_ - period * period_) + beyond_;
  group.tokens = group.quota * static_cast<double>(period_) - group.cores * since_boundary;
}

void HostCpu::spend_tokens(Group& group, double elapsed) {
  group.tokens -= elapsed * group.cores;
  renew_tokens(group);
  if (!group.throttled && group.cores > 0 && group.tokens <= kReached * group.cores) {
    group.throttled = true;
    ++group.throttlings;
    changed();
  }
}

/// Takes out the tasks that end by this virtual time.
void HostCpu::finish(Group& group, double reached, std::vector<std::uint32_t>& done) {
  changed();
  do {
    done.push_back(group.tasks.front().tag);
    std::pop_heap(group.tasks.begin(), group.tasks.end(), [](const Task& a, const Task& b) {
      return ends_later(a.end, a.order, b.end, b.order);
    });
    group.tasks.pop_back();
  } while (!group.tasks.empty() && group.tasks.front().end <= reached);
}

void HostCpu::move_on(double elapsed, std::vector<std::uint32_t>& done) {
  beyond_ += elapsed;
  is_planned_ = false;
  bool emptied = false;
  for (const std::uint32_t index : active_) {
    Group& group = groups_[index];
    group.virtual_time += elapsed * group.pace;
    if (has_quota(group)) spend_tokens(group, elapsed);
    const double reached = group.virtual_time + kReached * group.pace;
    if (group.tasks.front().end > reached) continue;
    finish(group, reached, done);
    emptied = emptied || group.tasks.empty();
  }
  if (emptied) drop_idle();
}

void HostCpu::drop_idle() {
  std::size_t kept = 0;
  for (const std::uint32_t index : active_) {
    if (!groups_[index].tasks.empty()) {
      active_[kept++] = index;
      continue;
    }
    groups_[index].cores = 0;
    idled_.push_back(index);
  }
  active_.resize(kept);
}

void HostCpu::advance(std::int64_t now, std::vector<std::uint32_t>& done) {
  if (now_ == now) {
    if (active_.empty() || (is_planned_ && beyond_ + wait_ > 0.5)) return;
  } else if (now_ == std::numeric_limits<std::int64_t>::min()) {
    now_ = now;
  }
  LEAPDAY_ASSERT(now >= now_, "a host's cores were moved back in time");
  const auto whole = static_cast<double>(now - now_);
  if (!active_.empty()) {
    for (double step = until_next(); beyond_ + step <= whole + 0.5; step = until_next()) {
      move_on(step, done);
      share();
    }
    if (beyond_ < whole) move_on(whole - beyond_, done);
  }
  if (now_ == now) return;
  now_ = now;
  beyond_ = std::max(beyond_ - whole, 0.0);
  // The rest of the wait is what it was; only a quota's end is counted from now_.
  if (quotas_) is_planned_ = false;
}

void HostCpu::share_anew() {
  is_shared_ = true;
  double wanted = 0;
  for (const std::uint32_t index : active_) {
    Group& group = groups_[index];
    group.cores = demand(group);
    wanted += group.cores;
  }
  if (wanted > cores_) share_out();
  for (const std::uint32_t index : active_) groups_[index].pace = pace_of(groups_[index]);
}

/// More is wanted than there is.
void HostCpu::share_out() {
  double weights = 0;
  contend_.clear();
  for (const std::uint32_t index : active_) {
    if (groups_[index].cores <= 0) continue;
    contend_.push_back(index);
    weights += groups_[index].weight;
  }
  // Water-filling: whoever wants least for its weight is satisfied first.
  std::sort(contend_.begin(), contend_.end(), [this](std::uint32_t a, std::uint32_t b) {
    const double level_a = groups_[a].cores / groups_[a].weight;
    const double level_b = groups_[b].cores / groups_[b].weight;
    return level_a != level_b ? level_a < level_b : a < b;
  });
  double left = cores_;
  for (const std::uint32_t index : contend_) {
    Group& group = groups_[index];
    group.cores = std::min(group.cores, left * group.weight / weights);
    left -= group.cores;
    weights -= group.weight;
  }
}

double HostCpu::until_next_of(const Group& group) const {
  double wait = std::numeric_limits<double>::infinity();
  const double speed = group.pace;
  if (speed > 0) wait = std::max(group.tasks.front().end - group.virtual_time, 0.0) / speed;
  if (!has_quota(group)) return wait;
  if (!group.throttled && group.cores <= group.quota) return wait;  // tokens outlast the period
  const std::int64_t boundary = phase_ + (period_index() + 1) * period_;
  wait = std::min(wait, static_cast<double>(boundary - now_) - beyond_);
  return group.throttled ? wait : std::min(wait, std::max(group.tokens / group.cores, 0.0));
}

/// From beyond_ on; of what is shared.
double HostCpu::until_next() {
  if (is_planned_) return wait_;
  double wait = std::numeric_limits<double>::infinity();
  for (const std::uint32_t index : active_) {
    wait = std::min(wait, until_next_of(groups_[index]));
  }
  is_planned_ = true;
  wait_ = wait;
  return wait;
}

std::int64_t HostCpu::next() {
  const double wait = until_next();
  const bool finite = wait < 9e18 - std::abs(static_cast<double>(now_));
  // What lies up to half a nanosecond ahead is carried over, so that roundings do not add up.
  return finite ? now_ + engine::from_nanoseconds(beyond_ + wait).count() : kNever;
}

double HostCpu::pace_of_one_more(std::uint32_t index) const {
  HostCpu trial = *this;
  trial.add_task(index, 1, 0);
  Group& group = trial.groups_[index];
  group.throttled = false;
  trial.share();
  if (has_quota(group)) group.cores = std::min(group.cores, group.quota);
  return trial.pace_of(group);
}

}  // namespace leapday::model
