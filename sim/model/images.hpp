/// \file images.hpp
/// Images and droplets on their way to hosts: what each host has, what it fetches and what waits.
/// Why: an instance that is moved to a host without its image starts minutes later than its
/// replacement plan says, and when many are moved at once they share the hosts' links.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/model/fleet.hpp"
#include "sim/model/handler.hpp"

namespace leapday::model {

class Platform;

/// All fetches of one host share its link equally, as connections over one bottleneck do; the
/// registry itself is never the bottleneck. Who waits for the same image waits for one fetch. What
/// has been fetched stays until the machine is another.
class Images {
 public:
  explicit Images(Platform& platform);

  /// It can start at once: its host has the image, or there is nothing to fetch.
  bool here(InstanceId instance) const;
  /// Its host has the image without having fetched it.
  void keep(InstanceId instance);
  /// Lifecycle::launch follows when the image is there.
  void fetch(InstanceId instance);
  /// It no longer waits. What is being fetched for it is fetched to its end.
  void cancel(InstanceId instance);
  /// The power of the host is off. What is on its disk stays there.
  void power_off(HostId host);
  /// The machine was given back: the next one of that name has nothing.
  void replaced(HostId host);

  void close_registry(EventId cause);
  void open_registry() { --closed_; }
  /// Fetches that failed because of the registry so far.
  std::uint64_t refused() const { return refused_; }

 private:
  struct Fetch {
    std::uint32_t image = 0;
    double left = 0;  ///< Bytes.
    SimTime began{};
    EventId event;
  };
  struct Waiting {
    InstanceId instance;
    std::uint32_t image = 0;
    Duration delay{};          ///< Of its latest back-off.
    engine::EventKey key = 0;  ///< Backing off.
  };
  struct Store {
    std::vector<char> has;  ///< By image; empty: none.
    std::vector<Fetch> active;
    std::vector<Fetch> queue;
    std::vector<Waiting> waiting;
    SimTime settled_at{};
    SimTime paced_until{};  ///< Of host_pull_rate, when its burst is whole again.
    engine::EventKey key = 0;
  };

  std::uint32_t image_of(InstanceId instance) const;
  std::string name_of(std::uint32_t image) const;
  void ask(HostId host, std::uint32_t image, EventId cause);
  void advance(HostId host);
  bool may_begin(Store& store, std::string& why, EventId& cause);
  void settle(Store& store);
  void schedule(HostId host);
  void on_progress(std::uint32_t host, std::uint32_t);
  void on_again(std::uint32_t instance, std::uint32_t);
  void done(HostId host, const Fetch& fetch);
  void fail(HostId host, const Fetch& fetch, const std::string& why, EventId cause);

  Platform& p_;
  std::vector<std::uint32_t> first_;  ///< By app: the image of its first release.
  std::vector<std::int64_t> sizes_;   ///< By image.
  std::vector<std::pair<AppId, ReleaseId>> owners_;
  std::vector<Store> stores_;  ///< By host; empty when no image has a size.
  std::uint32_t closed_ = 0;   ///< Faults that keep the registry closed.
  EventId closed_event_;
  std::uint64_t refused_ = 0;
  engine::HandlerId progress_, again_;
};

}  // namespace leapday::model
