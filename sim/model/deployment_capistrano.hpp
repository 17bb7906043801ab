/// \file deployment_capistrano.hpp
/// Deployments that change files under running instances, host by host, as Capistrano does.
/// Why: nothing moves and nothing restarts by itself; until something does, old code serves from
/// new files, and for a moment two releases are published side by side.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/model/platform.hpp"
#include "sim/model/trigger.hpp"

namespace leapday::model {

class CapistranoDeployments {
 public:
  CapistranoDeployments(Platform& platform, Triggers& triggers);
  CapistranoDeployments(const CapistranoDeployments&) = delete;

  /// `deployment` is an index into Scenario::deployments.
  void begin(std::uint32_t deployment, EventId cause);

 private:
  /// A host that ran an instance when the deployment began.
  struct Role {
    HostId host;
    ReleaseId goes_to;    ///< What publishing switches to.
    std::string failure;  ///< Of the step under way.
  };
  struct Plan {
    const std::string* name = nullptr;
    const Deployment* spec = nullptr;
    AppId app;
    ReleaseId release;
    std::vector<Role> roles;  ///< Ascending by host.
    bool active = false;
    bool rolling_back = false;
    std::uint32_t step = 0;
    std::size_t pending = 0;    ///< Hosts that have not ended the step.
    std::size_t restarted = 0;  ///< Hosts whose processes were told to start anew.
    std::size_t switched = 0;
    std::optional<SimTime> first_switch;
    std::uint32_t span = 0;
    EventId event;
  };

  std::string_view step_name(const Plan& plan) const {
    return (plan.rolling_back ? kCapistranoRollback : kCapistranoDeploy)[plan.step];
  }
  void find_roles(Plan& plan);
  void begin_step(Plan& plan);
  void on_host(std::uint32_t plan, std::uint32_t role);
  void publish(Plan& plan, Role& role);
  void barrier(Plan& plan);
  void published(Plan& plan);
  void on_restart(std::uint32_t plan, std::uint32_t);
  void restart_on(Plan& plan, HostId host);
  void next_step(Plan& plan);
  void clean_up(Plan& plan);
  void fail(Plan& plan, const std::string& why);
  void roll_back(Plan& plan);
  void end(Plan& plan);
  EventId note(Plan& plan, EventId cause, std::string kind, std::string detail = {});
  std::vector<ReleaseId>& directories(AppId app, HostId host) {
    return directories_[app.index][host.index];
  }
  const std::string& release_name(const Plan& plan, ReleaseId release) const {
    return p_.world.apps[plan.app.index].releases[release.index].name;
  }

  Platform& p_;
  Triggers& triggers_;
  std::vector<Plan> plans_;  ///< By deployment.
  /// By app and host: releases/, the newest last. Empty of apps that are deployed otherwise.
  std::vector<std::vector<std::vector<ReleaseId>>> directories_;
  engine::HandlerId host_, restart_;
};

}  // namespace leapday::model
