/// \file deployment_capistrano.cpp
/// Steps with a barrier after each, the switch of a symbolic link per host, restarts, roll-back.
/// Why: the order and the rules are those of Capistrano 3.17 (framework.rake, deploy.rake); how
/// long a step takes is the scenario's.
#include "sim/model/deployment_capistrano.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace leapday::model {
namespace {

constexpr std::size_t kKeptReleases = 5;  // :keep_releases

}  // namespace

CapistranoDeployments::CapistranoDeployments(Platform& platform, Triggers& triggers)
    : p_(platform),
      triggers_(triggers),
      directories_(platform.world.apps.size()),
      host_(add_handler<&CapistranoDeployments::on_host>(platform.world.scheduler, this)),
      restart_(add_handler<&CapistranoDeployments::on_restart>(platform.world.scheduler, this)) {
  for (const auto& deployment : p_.world.scenario.deployments) {
    Plan& plan = plans_.emplace_back();
    plan.name = &deployment.name;
    plan.spec = &deployment.value;
  }
}

EventId CapistranoDeployments::note(Plan& plan, EventId cause, std::string kind,
                                    std::string detail) {
  plan.event = p_.world.recorder.event(p_.now(), cause.valid() ? cause : plan.event,
                                       std::move(kind), *plan.name, std::move(detail));
  return plan.event;
}

void CapistranoDeployments::begin(std::uint32_t index, EventId cause) {
  World& world = p_.world;
  Plan& plan = plans_[index];
  for (std::uint32_t a = 0; a < world.apps.size(); ++a) {
    if (world.apps[a].name == plan.spec->app) plan.app = AppId{a};
  }
  const AppState& app = world.app(plan.app);
  for (std::uint32_t r = 0; r < app.releases.size(); ++r) {
    if (app.releases[r].name == plan.spec->release) plan.release = ReleaseId{r};
  }
  for (Plan& other : plans_) {
    if (&other == &plan || !other.active || other.app != plan.app) continue;
    note(other, {}, "deployment.superseded", "by " + *plan.name);
    end(other);
  }
  find_roles(plan);
  plan.active = true;
  plan.span = world.recorder.span_begin(*plan.name, Span::Kind::deployment, p_.now());
  note(plan, cause, "deployment.begin", fmt::format("{} {}", plan.spec->app, plan.spec->release));
  triggers_.anchor(*plan.name, "begin", plan.event);
  begin_step(plan);
}

/// The hosts that hold its instances are the servers of the deployment; each has the release that
/// the app began with, if nothing was deployed there yet.
void CapistranoDeployments::find_roles(Plan& plan) {
  std::vector<ReleaseId>& files = p_.fleet.deployed(plan.app);
  if (files.empty()) {
    const ReleaseId running = p_.fleet.group(p_.first_group(plan.app)).release;
    files.assign(p_.world.hosts.size(), running);
    directories_[plan.app.index].assign(p_.world.hosts.size(), {running});
  }
  for (const HostShare& share : p_.fleet.shares(plan.app)) {
    plan.roles.push_back({.host = HostId{share.row}, .goes_to = plan.release, .failure = {}});
  }
}

void CapistranoDeployments::begin_step(Plan& plan) {
  const std::string_view name = step_name(plan);
  note(plan, {}, plan.rolling_back ? "deployment.rollback_step" : "deployment.step",
       fmt::format("{} on {} hosts", name, plan.roles.size()));
  plan.pending = plan.roles.size();
  if (plan.pending == 0) {
    barrier(plan);
    return;
  }
  const CapistranoStep* spec = nullptr;
  if (plan.spec->capistrano) spec = plan.spec->capistrano->steps.find(name);
  const auto index = static_cast<std::uint32_t>(&plan - plans_.data());
  for (std::uint32_t r = 0; r < plan.roles.size(); ++r) {
    Role& role = plan.roles[r];
    role.failure.clear();
    const std::string& host = p_.world.host(role.host).name;
    Duration takes{};
    if (!p_.fleet.view(role.host).heard) {
      role.failure = fmt::format("{} cannot be reached", host);
    } else if (spec != nullptr) {
      Random random = Random::keyed(hash_combine(
          hash_combine(p_.world.seed, hash_name("deployment/" + *plan.name + "/" + host)),
          hash_name(name)));
      takes = engine::Sampler(spec->takes).sample(random);
      if (random.chance(spec->failure)) role.failure = fmt::format("{} failed on {}", name, host);
    }
    // The directory is made first, so that it is there whatever becomes of the rest.
    if (name == "updating") directories(plan.app, role.host).push_back(plan.release);
    p_.world.scheduler.schedule(p_.now() + takes, engine::Priority::control, host_, index, r);
  }
}

void CapistranoDeployments::on_host(std::uint32_t index, std::uint32_t role_index) {
  Plan& plan = plans_[index];
  if (!plan.active) return;
  Role& role = plan.roles[role_index];
  if (role.failure.empty() && !p_.fleet.view(role.host).heard) {
    role.failure = fmt::format("{} cannot be reached", p_.world.host(role.host).name);
  }
  if (role.failure.empty() && step_name(plan) == "publishing") publish(plan, role);
  if (--plan.pending == 0) barrier(plan);
}

/// `ln -s` to a temporary name and `mv`: atomic, on this host.
void CapistranoDeployments::publish(Plan& plan, Role& role) {
  if (!plan.first_switch) plan.first_switch = p_.now();
  p_.fleet.deployed(plan.app)[role.host.index] = role.goes_to;
  p_.fleet.note(role.host, plan.event, "host.published",
                fmt::format("{} {}", plan.spec->app, release_name(plan, role.goes_to)));
  if (plan.rolling_back) return;
  if (++plan.switched == plan.roles.size()) return;  // the last one is done when all of it is
  triggers_.anchor(*plan.name, "done", plan.event,
                   static_cast<double>(plan.switched) / static_cast<double>(plan.roles.size()),
                   static_cast<std::int64_t>(plan.switched));
}

/// Every host has ended the step. What failed on one ends the deployment for all.
void CapistranoDeployments::barrier(Plan& plan) {
  for (const Role& role : plan.roles) {
    if (role.failure.empty()) continue;
    fail(plan, role.failure);
    return;
  }
  if (step_name(plan) == "publishing") {
    published(plan);
  } else {
    next_step(plan);
  }
}

/// Published everywhere: hosts that come to the app later are made with this release.
void CapistranoDeployments::published(Plan& plan) {
  const double skew =
      plan.first_switch ? static_cast<double>((p_.now() - *plan.first_switch).count()) / 1e9 : 0;
  const ReleaseId release = plan.roles.empty() ? plan.release : plan.roles.front().goes_to;
  note(plan, {}, "deployment.published",
       fmt::format("{} on {} hosts, the last {:.3f}s after the first", release_name(plan, release),
                   plan.roles.size(), skew));
  for (Group& group : p_.fleet.groups) {
    if (group.app == plan.app && !group.slots.empty()) group.release = release;
  }
  std::vector<ReleaseId>& files = p_.fleet.deployed(plan.app);
  for (std::uint32_t h = 0; h < files.size(); ++h) {
    const bool is_role = std::any_of(plan.roles.begin(), plan.roles.end(),
                                     [h](const Role& role) { return role.host.index == h; });
    if (is_role || files[h] == release) continue;
    files[h] = release;
    directories(plan.app, HostId{h}) = {release};
  }
  const ProcessRestart restart =
      plan.spec->capistrano ? plan.spec->capistrano->restart : ProcessRestart::none;
  if (restart == ProcessRestart::none) {
    next_step(plan);
    return;
  }
  plan.restarted = 0;
  if (restart == ProcessRestart::all) {
    for (const Role& role : plan.roles) restart_on(plan, role.host);
    plan.restarted = plan.roles.size();
  }
  on_restart(static_cast<std::uint32_t>(&plan - plans_.data()), 0);
}

/// In sequence: the next host's turn comes after a pause, not when this one is ready again.
void CapistranoDeployments::on_restart(std::uint32_t index, std::uint32_t) {
  Plan& plan = plans_[index];
  if (!plan.active) return;
  if (plan.restarted < plan.roles.size()) restart_on(plan, plan.roles[plan.restarted++].host);
  if (plan.restarted >= plan.roles.size()) {
    next_step(plan);
    return;
  }
  p_.world.scheduler.schedule(p_.now() + plan.spec->capistrano->restart_wait,
                              engine::Priority::control, restart_, index);
}

void CapistranoDeployments::restart_on(Plan& plan, HostId host) {
  if (!p_.fleet.view(host).heard) return;
  const std::vector<InstanceId> here = p_.world.host(host).instances;
  for (const InstanceId instance : here) {
    if (p_.world.instance(instance).app == plan.app) p_.restarts.renew(instance, plan.event);
  }
}

void CapistranoDeployments::next_step(Plan& plan) {
  const std::string_view name = step_name(plan);
  if (name == "finishing" || name == "finishing_rollback") clean_up(plan);
  if (plan.step + 1 < kCapistranoDeploy.size()) {
    ++plan.step;
    begin_step(plan);
    return;
  }
  note(plan, {}, plan.rolling_back ? "deployment.rolled_back" : "deployment.done");
  if (plan.rolling_back) {
    triggers_.anchor(*plan.name, "rolled_back", plan.event);
  } else {
    triggers_.anchor(*plan.name, "done", plan.event, 1,
                     static_cast<std::int64_t>(plan.roles.size()));
  }
  end(plan);
}

/// A deployment keeps the newest releases; a roll-back puts the bad one, which is the newest, into
/// an archive.
void CapistranoDeployments::clean_up(Plan& plan) {
  for (const Role& role : plan.roles) {
    std::vector<ReleaseId>& releases = directories(plan.app, role.host);
    if (plan.rolling_back) {
      releases.pop_back();
    } else if (releases.size() > kKeptReleases) {
      releases.erase(releases.begin());
    }
  }
}

void CapistranoDeployments::fail(Plan& plan, const std::string& why) {
  note(plan, {}, "deployment.failed", why);
  if (!plan.rolling_back) triggers_.anchor(*plan.name, "failed", plan.event);
  if (plan.spec->rollback.value_or(false) && !plan.rolling_back) {
    roll_back(plan);
  } else {
    end(plan);
  }
}

/// To the second newest release of each host; without one Capistrano gives up before it begins.
void CapistranoDeployments::roll_back(Plan& plan) {
  for (Role& role : plan.roles) {
    const std::vector<ReleaseId>& releases = directories(plan.app, role.host);
    if (releases.size() < 2) {
      note(plan, {}, "deployment.failed",
           fmt::format("cannot roll back: {} has no older release", p_.world.host(role.host).name));
      end(plan);
      return;
    }
    role.goes_to = releases[releases.size() - 2];
  }
  plan.rolling_back = true;
  plan.step = 0;
  plan.first_switch.reset();
  note(plan, {}, "deployment.rolling_back", "to " + release_name(plan, plan.roles.front().goes_to));
  begin_step(plan);
}

void CapistranoDeployments::end(Plan& plan) {
  plan.active = false;
  p_.world.recorder.span_end(plan.span, p_.now());
  triggers_.anchor(*plan.name, "end", plan.event);
}

}  // namespace leapday::model
