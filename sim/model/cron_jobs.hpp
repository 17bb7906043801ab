/// \file cron_jobs.hpp
/// Starts jobs by their schedules, as cron, Quartz, Kubernetes and systemd do.
/// Why: the same line runs once, twice or not at all on a night on which clocks change, and each
/// host reads it by the rules of time that were installed there.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sim/clocks/schedules.hpp"
#include "sim/model/handler.hpp"
#include "sim/model/world.hpp"

namespace leapday::model {

class Platform;

/// A CronJob of Kubernetes is one controller's, by the control plane's clock: a run goes to the
/// instance of the lowest number that has nothing to do. All others run on each instance, by its
/// host's clock and local time.
class CronJobs {
 public:
  explicit CronJobs(Platform& platform);

  void start();
  void started(InstanceId instance);
  void ended(InstanceId instance);
  void clock_changed(ClockId clock);
  /// Local time on its hosts.
  const clocks::Zone& zone_of(HostId host) const;

 private:
  struct Job {
    AppId app;
    const Cron* spec = nullptr;
    clocks::Schedule schedule;
    std::optional<clocks::Zone> zone;     ///< Its own.
    std::optional<clocks::CronJob> kube;  ///< Of Kubernetes.
    std::uint32_t runs_step = 0, missed_step = 0;
    double runs = 0, missed = 0;
    std::int64_t left_out = 0;  ///< Of those that are due since its last run: counted as missed.
  };
  struct Local {
    std::uint32_t job = 0;
    std::variant<clocks::CronRunner, clocks::DebianCron> program;
    engine::EventKey key = 0;
  };

  void add_jobs();
  std::uint32_t job_of(AppId app) const;
  const clocks::Zone& zone_of(const Job& job, InstanceId instance) const;
  void on_sync(std::uint32_t job, std::uint32_t);
  void on_wake(std::uint32_t instance, std::uint32_t);
  void on_run(std::uint32_t instance, std::uint32_t);
  void sleep(InstanceId instance, Local& local);
  /// \param due The local time that the run is for.
  void begin_run(Job& job, InstanceId instance, const clocks::Civil& due);
  void miss(Job& job, const std::string& why);
  void start_kube(Job& job, const clocks::CronJobSync& sync);
  std::vector<InstanceId> idle_or_busy(AppId app, bool busy) const;

  Platform& p_;
  std::vector<clocks::Zone> zones_;  ///< By zone of the world.
  std::vector<Job> jobs_;
  std::map<std::uint32_t, Local> local_;  ///< By instance.
  engine::HandlerId sync_, wake_, run_;
};

}  // namespace leapday::model
