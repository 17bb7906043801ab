/// \file traffic_mirror.cpp
/// Makes copies of requests and books how they end. Why: see mirror_path.hpp.
#include "sim/model/mirror_path.hpp"
#include "sim/model/traffic_core.hpp"

namespace leapday::model {

void MirrorPath::set_up() {
  of_app_.resize(core_.apps_.size());
  for (const auto& entry : core_.world_.scenario.mirrors) {
    const std::uint32_t from = core_.app_index(entry.value.from);
    State mirror{.spec = &entry.value, .name_hash = hash_name(entry.name)};
    mirror.to = core_.app_index(entry.value.to);
    LEAPDAY_ASSERT(from != kNone && mirror.to != kNone, "a mirror without its apps");
    for (const std::string& endpoint : core_.world_.apps[from].endpoint_names) {
      mirror.endpoints.push_back(core_.endpoint_index(mirror.to, endpoint));
    }
    mirror.caller = core_.add_caller({.to = mirror.to, .policy = &core_.plain_policy_});
    core_.callers_[mirror.caller].plain = false;
    core_.callers_[mirror.caller].mirror = true;
    core_.apps_[from].routing.mirrored = true;
    of_app_[from].push_back(static_cast<std::uint32_t>(mirrors_.size()));
    mirrors_.push_back(std::move(mirror));
  }
}

/// The draw is keyed by the attempt: the same requests are copied in a twin, and with a larger
/// share those and more.
void MirrorPath::copy(const MirroredRequest& request) {
  for (const std::uint32_t m : of_app_[request.app]) {
    const State& mirror = mirrors_[m];
    if (!mirror.on) continue;
    const std::uint64_t key = hash_combine(request.attempt, mirror.name_hash);
    Random random = core_.draws(key, Purpose::mirror);
    if (!random.chance(mirror.spec->share)) continue;
    ++core_.world_.recorder.mirrors().injected;
    const std::uint32_t call = core_.calls_.take();
    core_.calls_[call] = {.key = key,
                          .sent = core_.now(),
                          .caller = mirror.caller,
                          .endpoint = mirror.endpoints[request.endpoint]};
    const std::uint32_t attempt = core_.open_attempt(call, false);
    core_.attempts_[attempt].router = request.router;
    core_.attempts_[attempt].client = request.client;
    core_.try_next(attempt);
  }
}

/// Nobody hears of it but the books.
void MirrorPath::settled(const Call& copy, Outcome outcome) {
  Recorder& recorder = core_.world_.recorder;
  if (outcome.ok()) {
    ++recorder.mirrors().answered;
  } else {
    ++recorder.mirrors().failed[static_cast<std::size_t>(outcome.reason)];
  }
  recorder.hash().add(request_word(copy.key, core_.now(), outcome));
}

}  // namespace leapday::model
