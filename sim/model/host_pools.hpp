/// \file host_pools.hpp
/// Hosts that come when instances find no room and go when they are not needed.
/// Why: the minutes from "no room" to a usable host are most of what an autoscaled peak costs.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/engine/sampler.hpp"
#include "sim/model/fleet.hpp"
#include "sim/model/handler.hpp"

namespace leapday::model {

class Platform;

/// The loop of Kubernetes's cluster-autoscaler over the zones that are pools.
class HostPools {
 public:
  explicit HostPools(Platform& platform);

  /// Hosts beyond the initial ones are not there yet. Before anything is placed.
  void start();

 private:
  enum class Stage : std::uint8_t {
    absent,
    requested,  ///< The cloud is making it.
    coming,     ///< There, and not usable yet.
    there,
    leaving,
  };
  struct Member {
    HostId host;
    Stage stage = Stage::absent;
    bool fails = false;  ///< This request leads to nothing.
    SimTime since{};     ///< Of requests and removals: when.
    std::optional<SimTime> unneeded;
    std::optional<SimTime> unready;
    engine::EventKey key = 0;
  };
  struct Pool {
    ZoneId zone;
    const HostPool* spec = nullptr;
    std::vector<Member> members;
    engine::Sampler time;
    Random* random = nullptr;
    std::optional<SimTime> backoff_until;
  };
  /// Room on one host, for trying out where instances would go.
  struct Room {
    HostId host;
    ZoneId zone;
    std::int64_t memory = 0, disk = 0, instances = 0;
    std::int64_t cpu = 0;      ///< Thousandths of a core; counts where placement looks at it.
    std::vector<AppId> apart;  ///< Apps that are there and share no host with themselves.
  };
  /// How one pool could grow.
  struct Option {
    Pool* pool = nullptr;
    std::int64_t hosts = 0;
    std::int64_t taken = 0;  ///< Instances that they would take.
    double waste = 0;        ///< Share of their memory that would be left.
  };

  void on_scan(std::uint32_t, std::uint32_t);
  void on_made(std::uint32_t host, std::uint32_t);
  void scale_up();
  void scale_down(bool pending);
  void look_after(Pool& pool, Member& member);
  std::vector<InstanceId> without_room() const;
  Option option_of(Pool& pool, const std::vector<InstanceId>& pending);
  std::optional<Option> choose(std::vector<Option>& options);
  void request(Pool& pool, std::int64_t hosts, EventId cause);
  void failed(Pool& pool, Member& member, const std::string& why);
  bool needed(const Member& member, std::vector<Room>& rooms) const;
  void begin_removal(Member& member);
  void remove(Member& member);
  bool usable(HostId host) const;
  Room empty_room(const Pool& pool, HostId host) const;
  std::vector<Room> rooms_of_usable() const;
  bool fits(InstanceId instance, Room& room) const;
  std::int64_t count(const Pool& pool, std::initializer_list<Stage> stages) const;
  Member& member_of(HostId host);

  Platform& p_;
  const HostAutoscaler* spec_ = nullptr;  ///< None without pools.
  Grid scans_;
  std::vector<Pool> pools_;
  std::optional<SimTime> last_add_, last_failure_;
  engine::HandlerId scan_, made_;
};

}  // namespace leapday::model
