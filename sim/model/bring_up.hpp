/// \file bring_up.hpp
/// From power to a host that takes work: whose turn it is to boot, and its configuration runs.
/// Why: a host that is on but half converged looks alive to its owner and is of no use to anybody.
#pragma once

#include <string>
#include <vector>

#include "sim/engine/sampler.hpp"
#include "sim/model/fleet.hpp"
#include "sim/model/handler.hpp"

namespace leapday::model {

class Platform;

/// Boots hosts, all at once or one after the other as Vagrant does, and takes those of zones with a
/// `configuration` through chef-solo runs: compile, converge in order, delayed notifications.
class BringUp {
 public:
  explicit BringUp(Platform& platform);

  /// After the warm placement: daemons begin to run. With a cold boot, hosts of zones that say how
  /// they come up begin without power and are brought up.
  void start();
  /// It may boot, when its turn comes.
  void power_on(HostId host);
  void power_off(HostId host);
  /// A machine with an empty disk takes this host's place.
  void blank(HostId host);
  /// It has booted. True when that is all; else it joins after a configuration run that passes.
  bool booted(HostId host, EventId event);
  bool configures(HostId host) const { return !runs_.empty() && spec_of(host) != nullptr; }

 private:
  /// One host's run, under way or over.
  struct ConfigurationRun {
    engine::EventKey key = 0;  ///< The end of the action under way, or the daemon's next run.
    bool under_way = false;
    std::uint32_t step = 0;       ///< 0: compiling; then resources from 1; then notifications.
    std::vector<char> converged;  ///< By resource.
    std::vector<std::uint32_t> notified;  ///< Resources that act at the end, in order.
    std::uint32_t acted = 0;
    std::string failure;  ///< What ended it, if anything has.
    Random* random = nullptr;
  };
  /// Hosts of one zone that come up one after the other.
  struct Turns {
    std::vector<HostId> waiting;  ///< Ascending.
    HostId current;
  };

  const HostConfiguration* spec_of(HostId host) const;
  void start_cold(HostId host);
  void boot(HostId host);
  void pass_turn(HostId host);
  void begin_run(HostId host, EventId cause, const char* why);
  void go_on(HostId host);
  void converge(HostId host, ConfigurationRun& run);
  void end_run(HostId host);
  void schedule_daemon(HostId host);
  bool fails_here(HostId host, const std::string& resource);
  void on_step(std::uint32_t host, std::uint32_t);
  void on_daemon(std::uint32_t host, std::uint32_t);
  void on_timeout(std::uint32_t host, std::uint32_t);

  Platform& p_;
  std::vector<engine::Sampler> boot_times_;  ///< By zone.
  std::vector<Turns> turns_;                 ///< By zone.
  std::vector<ConfigurationRun> runs_;       ///< By host; empty when no zone is configured.
  engine::HandlerId step_, daemon_, timeout_;
};

}  // namespace leapday::model
