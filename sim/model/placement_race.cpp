/// \file placement_race.cpp
/// Questions and answers as messages over the network between control and hosts.
/// Why: see placement_race.hpp.
#include "sim/model/placement_race.hpp"

#include "sim/model/platform.hpp"

namespace leapday::model {
namespace {

NetworkEnd control() { return {NetworkEnd::Kind::control, 0}; }
NetworkEnd machine(std::uint32_t host) { return {NetworkEnd::Kind::host, host}; }

}  // namespace

PlacementRace::PlacementRace(Platform& platform, Placement& placement)
    : p_(platform),
      placement_(placement),
      random_(platform.world.stream("placement/race")),
      asking_(platform.world.apps.size(), 0),
      question_(add_handler<&PlacementRace::on_question>(platform.world.scheduler, this)),
      answer_(add_handler<&PlacementRace::on_answer>(platform.world.scheduler, this)),
      patience_(add_handler<&PlacementRace::on_patience>(platform.world.scheduler, this)) {}

void PlacementRace::ask(InstanceId instance) {
  const auto id = static_cast<std::uint32_t>(questions_.size());
  questions_.push_back({.instance = instance});
  asking_[p_.world.instance(instance).app.index] = 1;
  engine::Scheduler& scheduler = p_.world.scheduler;
  for (const ZoneState& zone : p_.world.zones) {
    for (const HostId host : zone.hosts) {
      const auto transit = p_.network.transit(control(), machine(host.index), random_);
      if (!transit) continue;
      scheduler.schedule(p_.now() + *transit, engine::Priority::delivery, question_, host.index,
                         id);
    }
  }
  scheduler.schedule(p_.now() + p_.constants.placement_patience, engine::Priority::timer, patience_,
                     id);
}

/// The host looks at itself, not at what the controller believes of it.
void PlacementRace::on_question(std::uint32_t host_index, std::uint32_t id) {
  const Question& question = questions_[id];
  const HostId host{host_index};
  const HostView& view = p_.fleet.view(host);
  const bool works = p_.world.host(host).up && view.joined && view.converged && view.drains == 0;
  if (!question.open || !works) return;
  const PlacementRequest request = placement_.request_for(p_.world.instance(question.instance));
  const HostRow row = placement_.row_of(host);
  if (!request.allows(row.zone) || !request.fits(row)) return;
  Duration wait = placement_.policy().reply_delay(row, request.on_host(host_index));
  const Duration jitter = request.weights.reply_jitter;
  if (jitter > Duration{0}) {
    wait += Duration{
        static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(jitter.count())))};
  }
  const auto transit = p_.network.transit(machine(host_index), control(), random_);
  if (!transit) return;
  p_.world.scheduler.schedule(p_.now() + wait + *transit, engine::Priority::delivery, answer_,
                              host_index, id);
}

void PlacementRace::close(Question& question) {
  question.open = false;
  asking_[p_.world.instance(question.instance).app.index] = 0;
}

void PlacementRace::on_answer(std::uint32_t host, std::uint32_t id) {
  if (!questions_[id].open) return;
  close(questions_[id]);
  placement_.won(questions_[id].instance, HostId{host});
}

void PlacementRace::on_patience(std::uint32_t id, std::uint32_t) {
  if (!questions_[id].open) return;
  close(questions_[id]);
  placement_.nobody_answered(questions_[id].instance);
}

void PlacementRace::cancel(InstanceId instance) {
  if (!asking(p_.world.instance(instance).app)) return;
  for (Question& question : questions_) {
    if (question.open && question.instance == instance) close(question);
  }
}

}  // namespace leapday::model
