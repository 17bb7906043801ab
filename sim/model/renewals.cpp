/// \file renewals.cpp
/// Looks, renewals and warnings. Why: see renewals.hpp.
#include "sim/model/renewals.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace leapday::model {

Renewals::Renewals(Platform& platform, Triggers& triggers)
    : p_(platform),
      triggers_(triggers),
      look_(add_handler<&Renewals::on_look>(platform.world.scheduler, this)),
      renewed_(add_handler<&Renewals::on_renewed>(platform.world.scheduler, this)),
      round_(add_handler<&Renewals::on_round>(platform.world.scheduler, this)),
      response_(add_handler<&Renewals::on_response>(platform.world.scheduler, this)),
      given_up_(add_handler<&Renewals::on_given_up>(platform.world.scheduler, this)) {
  add_renewers();
  add_monitors();
}

void Renewals::add_renewers() {
  World& world = p_.world;
  for (const auto& stated : world.scenario.renewers) {
    RenewerEntry& entry = renewers_.emplace_back();
    entry.name = stated.name;
    entry.spec = &stated.value;
    entry.takes = engine::Sampler(stated.value.takes);
    for (const std::string& name : stated.value.certificates) {
      entry.certificates.push_back(world.certificates.find(name));
    }
    entry.done_step = world.recorder.add_steps("renewals", stated.name, 0);
    entry.failed_step = world.recorder.add_steps("failed_renewals", stated.name, 0);
  }
}

void Renewals::add_monitors() {
  World& world = p_.world;
  const auto& renewers = world.scenario.renewers.entries;
  for (const auto& stated : world.scenario.expiry_monitors) {
    MonitorEntry& entry = monitors_.emplace_back();
    const ExpiryMonitor& spec = stated.value;
    entry.name = stated.name;
    entry.spec = &spec;
    for (const std::string& name : spec.certificates) {
      const bool hangs =
          std::find(spec.hangs_on.begin(), spec.hangs_on.end(), name) != spec.hangs_on.end();
      entry.watched.push_back({.certificate = world.certificates.find(name), .hangs = hangs});
    }
    while (entry.renewer < renewers.size() && renewers[entry.renewer].name != spec.renewer) {
      ++entry.renewer;
    }
    entry.warnings_step = world.recorder.add_steps("warnings", stated.name, 0);
  }
}

void Renewals::arm() {
  for (std::uint32_t i = 0; i < renewers_.size(); ++i) {
    const Renewer& spec = *renewers_[i].spec;
    if (spec.at) triggers_.add(*spec.at, false, renewers_[i].name, *this, i);
    if (!spec.period) continue;
    Random& random = p_.world.stream("renewer/" + renewers_[i].name);
    const Grid grid = seeded_grid(*spec.period, random);
    p_.world.scheduler.schedule(grid.ceil(p_.now()), engine::Priority::control, look_, i);
  }
  for (std::uint32_t i = 0; i < monitors_.size(); ++i) {
    Random& random = p_.world.stream("monitor/" + monitors_[i].name);
    const Grid grid = seeded_grid(monitors_[i].spec->period, random);
    p_.world.scheduler.schedule(grid.ceil(p_.now()), engine::Priority::control, round_, i);
  }
}

void Renewals::schedule(Duration wait, engine::HandlerId handler, std::uint32_t a,
                        std::uint32_t b) {
  p_.world.scheduler.schedule(p_.now() + wait, engine::Priority::control, handler, a, b);
}

EventId Renewals::note(EventId cause, const char* kind, const std::string& subject,
                       std::string detail) {
  return p_.world.recorder.event(p_.now(), cause, kind, subject, std::move(detail));
}

RenewerState Renewals::state_of(const RenewerEntry& renewer) {
  return renewer.pushed.empty() ? renewer.spec->state : renewer.pushed.back().state;
}

// ---- renewers --------------------------------------------------------------------------------

void Renewals::triggered(std::uint32_t index, EventId cause) {
  for (const CertificateId certificate : renewers_[index].certificates) {
    renew(index, certificate, cause);
  }
}

void Renewals::on_look(std::uint32_t index, std::uint32_t) {
  RenewerEntry& renewer = renewers_[index];
  schedule(*renewer.spec->period, look_, index);
  const WallTime soon = control_wall() + renewer.spec->renew_before;
  for (const CertificateId certificate : renewer.certificates) {
    const CertificateTable& table = p_.world.certificates;
    if (table.not_after(certificate, table.newest(certificate)) <= soon) {
      renew(index, certificate, {});
    }
  }
}

void Renewals::renew(std::uint32_t index, CertificateId certificate, EventId cause) {
  RenewerEntry& renewer = renewers_[index];
  if (renewer.hung) {
    ++impeded_;
    return;
  }
  auto& under_way = renewer.under_way;
  if (std::find(under_way.begin(), under_way.end(), certificate) != under_way.end()) return;
  renewer.asked = cause;
  if (state_of(renewer) == RenewerState::hangs) {
    ++impeded_;
    renewer.hung = true;
    if (!renewer.pushed.empty()) cause = renewer.pushed.back().begin;
    note(cause, "renewer.hung", renewer.name, p_.world.certificates.name(certificate));
    return;
  }
  under_way.push_back(certificate);
  Random& random = p_.world.stream("renewer/" + renewer.name);
  schedule(renewer.takes.sample(random), renewed_, index, certificate.index);
}

void Renewals::on_renewed(std::uint32_t index, std::uint32_t certificate) {
  RenewerEntry& renewer = renewers_[index];
  const CertificateId id{certificate};
  std::erase(renewer.under_way, id);
  CertificateTable& table = p_.world.certificates;
  Recorder& recorder = p_.world.recorder;
  const RenewerState state = state_of(renewer);
  const EventId fault = renewer.pushed.empty() ? renewer.asked : renewer.pushed.back().begin;
  if (state == RenewerState::works) {
    table.issue(id, control_wall());
    note(renewer.asked, "certificate.renewed", table.name(id), "by " + renewer.name);
    recorder.step(renewer.done_step, p_.now(), ++renewer.done);
    return;
  }
  ++impeded_;
  if (state == RenewerState::lies) {
    note(fault, "renewer.lied", renewer.name,
         fmt::format("says that it has renewed {}", table.name(id)));
    return;
  }
  note(fault, "renewer.failed", renewer.name, table.name(id));
  recorder.step(renewer.failed_step, p_.now(), ++renewer.failed);
}

// ---- monitors --------------------------------------------------------------------------------

void Renewals::on_round(std::uint32_t index, std::uint32_t) {
  MonitorEntry& monitor = monitors_[index];
  schedule(monitor.spec->period, round_, index);
  if (monitor.stuck) {
    ++impeded_;
  } else {
    go_round(index, 0);
  }
}

void Renewals::go_round(std::uint32_t index, std::uint32_t from) {
  MonitorEntry& monitor = monitors_[index];
  for (std::uint32_t i = from; i < monitor.watched.size(); ++i) {
    const MonitorEntry::Watched& watched = monitor.watched[i];
    if (!watched.hangs && monitor.hung_by.empty()) {
      look_at(index, i);
      continue;
    }
    ++impeded_;
    monitor.stuck = true;
    monitor.stuck_for_good = watched.hangs;
    const EventId cause = watched.hangs ? EventId{} : monitor.hung_by.back().second;
    note(cause, "monitor.hung", monitor.name, p_.world.certificates.name(watched.certificate));
    const Duration timeout = monitor.spec->timeout;
    if (timeout > Duration{0}) schedule(timeout, given_up_, index, i);
    return;
  }
}

void Renewals::on_given_up(std::uint32_t index, std::uint32_t position) {
  MonitorEntry& monitor = monitors_[index];
  if (!monitor.stuck) return;
  monitor.stuck = false;
  go_round(index, position + 1);
}

void Renewals::look_at(std::uint32_t index, std::uint32_t position) {
  MonitorEntry& monitor = monitors_[index];
  MonitorEntry::Watched& watched = monitor.watched[position];
  const CertificateTable& table = p_.world.certificates;
  const CertificateIssue issue = table.newest(watched.certificate);
  if (watched.warned_of == issue) return;
  const WallTime end = table.not_after(watched.certificate, issue);
  if (end > control_wall() + monitor.spec->warn_before) return;
  watched.warned_of = issue;
  watched.warning = note({}, "monitor.warned", monitor.name,
                         fmt::format("{} ends", table.name(watched.certificate)));
  p_.world.recorder.step(monitor.warnings_step, p_.now(), ++monitor.warnings);
  if (monitor.renewer < renewers_.size()) {
    schedule(monitor.spec->response, response_, index, position);
  }
}

void Renewals::on_response(std::uint32_t index, std::uint32_t position) {
  const MonitorEntry& monitor = monitors_[index];
  const MonitorEntry::Watched& watched = monitor.watched[position];
  if (p_.world.certificates.newest(watched.certificate) != watched.warned_of) return;
  renew(monitor.renewer, watched.certificate, watched.warning);
}

// ---- faults ----------------------------------------------------------------------------------

std::uint32_t Renewals::push(RenewerId renewer, RenewerState state, EventId begin) {
  renewers_[renewer.index].pushed.push_back({next_, state, begin});
  return next_++;
}

std::uint32_t Renewals::hang(MonitorId monitor, EventId begin) {
  monitors_[monitor.index].hung_by.emplace_back(next_, begin);
  return next_++;
}

void Renewals::pop(std::uint32_t handle, EventId cause) {
  for (RenewerEntry& renewer : renewers_) {
    if (std::erase_if(renewer.pushed, [&](const Pushed& p) { return p.handle == handle; }) == 0) {
      continue;
    }
    if (renewer.hung && state_of(renewer) != RenewerState::hangs) {
      renewer.hung = false;
      note(cause, "renewer.recovered", renewer.name, {});
    }
    return;
  }
  for (MonitorEntry& monitor : monitors_) {
    if (std::erase_if(monitor.hung_by, [&](const auto& by) { return by.first == handle; }) == 0) {
      continue;
    }
    if (monitor.hung_by.empty() && monitor.stuck && !monitor.stuck_for_good) {
      monitor.stuck = false;
      note(cause, "monitor.recovered", monitor.name, {});
    }
    return;
  }
}

}  // namespace leapday::model
