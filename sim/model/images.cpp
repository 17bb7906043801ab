/// \file images.cpp
/// The queue of fetches on each host, their shares of its link, failures and back-off.
/// Why: see images.hpp. Limits are Diego's (rep: max_concurrent_downloads) and the kubelet's
/// (serializeImagePulls, registryPullQPS and registryBurst, image back-off of each pod).
#include "sim/model/images.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/model/platform.hpp"

namespace leapday::model {
namespace {

/// Less than a byte is left by rounding to nanoseconds only.
constexpr double kRest = 1;

double in_seconds(Duration time) { return static_cast<double>(time.count()) / 1e9; }

}  // namespace

Images::Images(Platform& platform)
    : p_(platform),
      progress_(add_handler<&Images::on_progress>(platform.world.scheduler, this)),
      again_(add_handler<&Images::on_again>(platform.world.scheduler, this)) {
  bool any = false;
  for (std::uint32_t a = 0; a < p_.world.apps.size(); ++a) {
    first_.push_back(static_cast<std::uint32_t>(sizes_.size()));
    const std::vector<ReleaseState>& releases = p_.world.apps[a].releases;
    for (std::uint32_t r = 0; r < releases.size(); ++r) {
      sizes_.push_back(releases[r].image_size.count);
      owners_.emplace_back(AppId{a}, ReleaseId{r});
      any = any || sizes_.back() > 0;
    }
  }
  if (any) stores_.resize(p_.world.hosts.size());
}

std::uint32_t Images::image_of(InstanceId instance) const {
  const InstanceRecord& record = p_.world.instances[instance.index];
  return first_[record.app.index] + record.release.index;
}

std::string Images::name_of(std::uint32_t image) const {
  const auto [app, release] = owners_[image];
  const AppState& state = p_.world.apps[app.index];
  const std::string& version = state.releases[release.index].name;
  const double mib = static_cast<double>(sizes_[image]) / (1 << 20);
  return fmt::format("{}{}{}, {:.4g} MiB", state.name, version.empty() ? "" : " ", version, mib);
}

bool Images::here(InstanceId instance) const {
  const std::uint32_t image = image_of(instance);
  if (sizes_[image] == 0) return true;
  const std::vector<char>& has = stores_[p_.world.instances[instance.index].host.index].has;
  return !has.empty() && has[image] != 0;
}

void Images::keep(InstanceId instance) {
  const std::uint32_t image = image_of(instance);
  if (sizes_[image] == 0) return;
  std::vector<char>& has = stores_[p_.world.instance(instance).host.index].has;
  has.resize(sizes_.size());
  has[image] = 1;
}

void Images::fetch(InstanceId instance) {
  const HostId host = p_.world.instance(instance).host;
  const std::uint32_t image = image_of(instance);
  Store& store = stores_[host.index];
  store.waiting.push_back({.instance = instance, .image = image, .delay = {}, .key = 0});
  p_.fleet.lane(instance, "pulling");
  const EventId waits = p_.fleet.note(instance, {}, "instance.pulling", name_of(image));
  ask(host, image, waits);
}

void Images::ask(HostId host, std::uint32_t image, EventId cause) {
  Store& store = stores_[host.index];
  const auto same = [image](const Fetch& fetch) { return fetch.image == image; };
  if (std::any_of(store.active.begin(), store.active.end(), same)) return;
  if (std::any_of(store.queue.begin(), store.queue.end(), same)) return;
  store.queue.push_back(
      {.image = image, .left = static_cast<double>(sizes_[image]), .began = {}, .event = cause});
  advance(host);
}

/// A token bucket, as the kubelet's limiter: whoever finds it empty fails at once.
bool Images::may_begin(Store& store, std::string& why, EventId& cause) {
  if (closed_ > 0) {
    why = "the registry does not answer";
    cause = closed_event_;
    ++refused_;
    return false;
  }
  const Rate rate = p_.constants.host_pull_rate;
  if (rate.per_second <= 0) return true;
  const Duration each = engine::from_nanoseconds(1e9 / rate.per_second);
  const Duration burst = each * std::max<std::int64_t>(p_.constants.host_pull_burst, 1);
  const SimTime used = std::max(store.paced_until, p_.now()) + each;
  if (used > p_.now() + burst) {
    why = fmt::format("more than {:g} fetches a second", rate.per_second);
    return false;
  }
  store.paced_until = used;
  return true;
}

void Images::advance(HostId host) {
  Store& store = stores_[host.index];
  settle(store);
  const auto limit = static_cast<std::size_t>(p_.constants.host_max_downloads);
  while (!store.queue.empty() && (limit == 0 || store.active.size() < limit)) {
    Fetch next = store.queue.front();
    store.queue.erase(store.queue.begin());
    std::string why;
    EventId cause;
    if (!may_begin(store, why, cause)) {
      fail(host, next, why, cause);
      continue;
    }
    next.began = p_.now();
    next.event = p_.world.recorder.event(p_.now(), next.event, "image.pulling",
                                         p_.world.host(host).name, name_of(next.image));
    store.active.push_back(next);
  }
  schedule(host);
}

void Images::settle(Store& store) {
  const double elapsed = in_seconds(p_.now() - store.settled_at);
  store.settled_at = p_.now();
  const double rate = p_.constants.host_download_rate.per_second;
  if (store.active.empty()) return;
  const double each = elapsed * rate / static_cast<double>(store.active.size());
  for (Fetch& fetch : store.active) fetch.left -= each;
}

void Images::schedule(HostId host) {
  Store& store = stores_[host.index];
  store.key = 0;
  if (store.active.empty()) return;
  const double rate = p_.constants.host_download_rate.per_second;
  double least = store.active.front().left;
  for (const Fetch& fetch : store.active) least = std::min(least, fetch.left);
  Duration takes{};
  if (rate > 0 && least > 0) {
    takes = engine::from_nanoseconds(least * static_cast<double>(store.active.size()) / rate * 1e9);
  }
  store.key =
      p_.world.scheduler.schedule(p_.now() + takes, engine::Priority::timer, progress_, host.index);
}

void Images::on_progress(std::uint32_t index, std::uint32_t) {
  const HostId host{index};
  Store& store = stores_[index];
  if (store.key != p_.world.scheduler.current_key()) return;
  store.key = 0;
  settle(store);
  const bool unlimited = p_.constants.host_download_rate.per_second <= 0;
  std::vector<Fetch> finished;
  std::erase_if(store.active, [&](const Fetch& fetch) {
    if (!unlimited && fetch.left >= kRest) return false;
    finished.push_back(fetch);
    return true;
  });
  for (const Fetch& fetch : finished) done(host, fetch);
  advance(host);
}

void Images::done(HostId host, const Fetch& fetch) {
  Store& store = stores_[host.index];
  store.has.resize(sizes_.size());
  store.has[fetch.image] = 1;
  p_.world.recorder.event(
      p_.now(), fetch.event, "image.pulled", p_.world.host(host).name,
      fmt::format("{} in {:.3f}s", name_of(fetch.image), in_seconds(p_.now() - fetch.began)));
  // Also those that back off: the kubelet looks at what it has before it asks for more.
  std::vector<InstanceId> served;
  std::erase_if(store.waiting, [&](const Waiting& waiting) {
    if (waiting.image != fetch.image) return false;
    served.push_back(waiting.instance);
    return true;
  });
  for (const InstanceId instance : served) {
    if (p_.world.instance(instance).state != InstanceState::starting) continue;
    p_.fleet.lane(instance, "starting");
    p_.lifecycle.launch(instance);
  }
}

void Images::fail(HostId host, const Fetch& fetch, const std::string& why, EventId cause) {
  Store& store = stores_[host.index];
  const EventId failed = p_.world.recorder.event(p_.now(), cause.valid() ? cause : fetch.event,
                                                 "image.pull_failed", p_.world.host(host).name,
                                                 fmt::format("{}: {}", name_of(fetch.image), why));
  const Duration first = p_.constants.pull_backoff;
  if (first > Duration{0}) {
    for (Waiting& waiting : store.waiting) {
      if (waiting.image != fetch.image || waiting.key != 0) continue;
      waiting.delay = waiting.delay == Duration{0} ? first : 2 * waiting.delay;
      waiting.delay = std::min(waiting.delay, std::max(p_.constants.pull_backoff_cap, first));
      waiting.key = p_.world.scheduler.schedule(p_.now() + waiting.delay, engine::Priority::timer,
                                                again_, waiting.instance.index);
      p_.fleet.lane(waiting.instance, "pull back-off");
      p_.fleet.note(waiting.instance, failed, "image.backing_off",
                    fmt::format("asked for again in {:.3f}s", in_seconds(waiting.delay)));
    }
    return;
  }
  std::vector<InstanceId> lost;
  std::erase_if(store.waiting, [&](const Waiting& waiting) {
    if (waiting.image != fetch.image) return false;
    lost.push_back(waiting.instance);
    return true;
  });
  for (const InstanceId instance : lost) {
    p_.lifecycle.crash(instance, failed, "its image could not be fetched");
  }
}

void Images::on_again(std::uint32_t index, std::uint32_t) {
  const InstanceId instance{index};
  const HostId host = p_.world.instance(instance).host;
  for (Waiting& waiting : stores_[host.index].waiting) {
    if (waiting.instance != instance || waiting.key != p_.world.scheduler.current_key()) continue;
    waiting.key = 0;
    p_.fleet.lane(instance, "pulling");
    ask(host, waiting.image, p_.fleet.track(instance).last_event);
    return;
  }
}

void Images::cancel(InstanceId instance) {
  const HostId host = p_.world.instance(instance).host;
  if (stores_.empty() || !host.valid()) return;
  Store& store = stores_[host.index];
  if (store.waiting.empty()) return;
  std::erase_if(store.waiting, [&](const Waiting& w) { return w.instance == instance; });
  std::erase_if(store.queue, [&](const Fetch& fetch) {
    return std::none_of(store.waiting.begin(), store.waiting.end(), [&](const Waiting& waiting) {
      return waiting.image == fetch.image && waiting.key == 0;
    });
  });
}

void Images::power_off(HostId host) {
  if (stores_.empty()) return;
  Store& store = stores_[host.index];
  store.active.clear();
  store.queue.clear();
  store.waiting.clear();
  store.key = 0;
}

void Images::replaced(HostId host) {
  if (stores_.empty()) return;
  power_off(host);
  stores_[host.index].has.clear();
}

void Images::close_registry(EventId cause) {
  ++closed_;
  closed_event_ = cause;
  for (std::uint32_t h = 0; h < stores_.size(); ++h) {
    std::vector<Fetch> broken;
    broken.swap(stores_[h].active);
    for (const Fetch& fetch : broken) {
      ++refused_;
      fail(HostId{h}, fetch, "the registry went away", cause);
    }
    if (!broken.empty()) advance(HostId{h});
  }
}

}  // namespace leapday::model
