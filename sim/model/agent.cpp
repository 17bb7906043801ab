/// \file agent.cpp
/// Certificates of new instances, and what the agent does about an instance that never reports.
/// Why: the mechanism of 29 February 2012: wait, try again, condemn the host, heal elsewhere.
#include "sim/model/agent.hpp"

#include <fmt/format.h>

#include "sim/model/clock.hpp"
#include "sim/model/platform.hpp"

namespace leapday::model {

Agent::Agent(Platform& platform)
    : p_(platform), silence_(add_handler<&Agent::on_silence>(platform.world.scheduler, this)) {}

bool Agent::admitted(InstanceId instance) {
  const CertificateTable& table = p_.world.certificates;
  const WallTime now = p_.world.wall(ClockId{});
  for (const std::string& name :
       p_.world.app(p_.world.instance(instance).app).spec->start_certificates) {
    const CertificateId id = table.find(name);
    if (table.valid(id, table.newest(id), now)) continue;
    p_.fleet.note(instance, {}, "certificate.refused", table.refusal(id, table.newest(id), now));
    return false;
  }
  return true;
}

bool Agent::certify(InstanceId instance) {
  if (!admitted(instance)) {
    await(instance);
    return false;
  }
  if (!p_.constants.instance_certificates) return true;
  const HostId host = p_.world.instance(instance).host;
  const WallTime wall = p_.world.wall(host);
  const CalendarRule rule = p_.world.host(host).calendar;
  const HostView& view = p_.fleet.view(host);
  if (rule != CalendarRule::correct && view.calendar_span != 0xffffffffU) {
    p_.world.recorder.span_touch(view.calendar_span);
  }
  if (certificate_end(wall, p_.constants.certificate_lifetime, rule)) return true;
  p_.fleet.note(instance, view.calendar_event, "certificate.failed",
                fmt::format("{} one year later is no date", date_text(wall)));
  await(instance);
  return false;
}

/// It will not report; somebody notices that after a while.
void Agent::await(InstanceId instance) {
  const App& app = *p_.world.app(p_.world.instance(instance).app).spec;
  const Duration patience = p_.constants.agent_create_timeout > Duration{0}
                                ? p_.constants.agent_create_timeout
                                : app.health.start_timeout.value_or(p_.constants.start_timeout);
  if (patience > Duration{0}) {
    p_.fleet.track(instance).timeout_key = p_.world.scheduler.schedule(
        p_.now() + patience, engine::Priority::timer, silence_, instance.index);
  }
}

void Agent::on_silence(std::uint32_t index, std::uint32_t) {
  const InstanceId instance{index};
  Tracked& track = p_.fleet.track(instance);
  if (track.timeout_key != p_.world.scheduler.current_key()) return;
  track.timeout_key = 0;
  ++track.attempts;
  const std::int64_t allowed = p_.constants.agent_create_attempts;
  const HostId host = p_.world.instance(instance).host;
  const std::string& host_name = p_.world.host(host).name;
  if (allowed == 0) {
    p_.lifecycle.crash(instance, {}, "did not report to the agent on " + host_name);
    return;
  }
  const EventId silent =
      p_.fleet.note(instance, {}, "agent.timeout",
                    fmt::format("attempt {} of {} on {}", track.attempts, allowed, host_name));
  if (track.attempts < allowed) {
    p_.lifecycle.launch(instance);
    return;
  }
  p_.presence.mark_faulty(host, silent,
                          fmt::format("{} failed {} times", p_.world.name_of(instance),
                                      static_cast<std::int64_t>(track.attempts)));
}

}  // namespace leapday::model
