/// \file traffic_calls.cpp
/// What an endpoint asks of others after its own work: steps in sequence, groups in parallel.
/// Why: the visit keeps its server while it waits, which is how a slow dependency becomes a full
/// queue upstream.
#include "sim/model/traffic_backing.hpp"

namespace leapday::model {

/// Goes on with the visit's calls until some are under way or all are done. A needed call that
/// failed ends the request at once; others of its step go on unheard.
void TrafficCore::next_calls(std::uint32_t index) {
  Visit& visit = visits_[index];
  while (!visit.call_failed && visit.pending == 0) {
    const CallSite* next = next_site(visit);
    if (next == nullptr) break;
    ++visit.call_step;
    const CallSite& site = *next;
    Random random;
    if (!site.certain) random = draws(hash_combine(visit.key, visit.call_step), Purpose::calls);
    visit.launching = true;
    run_site(index, site, random);
    visit.launching = false;
  }
  if (visit.call_failed) {
    leave(index, failure(FailureReason::dependency));
  } else if (visit.pending == 0) {
    leave(index, kAnswered);
  }
}

/// The probability decides once for the whole step, fan-out included.
void TrafficCore::run_site(std::uint32_t index, const CallSite& site, Random& random) {
  if (!random.chance(site.probability)) return;
  for (std::int64_t copy = 0; copy < site.fan_out; ++copy) {
    if (site.caller == kNone) {
      for (const CallSite& member : site.parallel) run_site(index, member, random);
      continue;
    }
    Visit& visit = visits_[index];
    ++visit.pending;
    const std::uint64_t key = hash_combine(
        hash_combine(visit.key, static_cast<std::uint64_t>(Purpose::calls)), visit.calls_made++);
    begin_call(site.caller, index, key);
  }
}

void TrafficCore::begin_call(std::uint32_t caller, std::uint32_t visit, std::uint64_t key) {
  const Call call{.key = key,
                  .number = visits_[visit].serial,
                  .sent = now(),
                  .caller = caller,
                  .owner = visit,
                  .endpoint = callers_[caller].endpoint,
                  .for_visit = true,
                  .sampled = visits_[visit].sampled};
  ++world_.recorder.calls().injected;
  const std::uint32_t from = visits_[visit].instance;
  if (call.sampled) [[unlikely]] {
    trace_call(call);
  } else if (from != kNone && takes_direct(caller) && begin_direct(call, from)) {
    return;
  }
  const std::uint32_t index = calls_.take();
  calls_[index] = call;
  begin_attempt(index, false);
}

void TrafficCore::call_settled(std::uint32_t index, std::uint32_t serial, bool optional,
                               Outcome outcome) {
  if (!visits_.live(index)) return;
  Visit& visit = visits_[index];
  if (visit.serial != serial || visit.step != Visit::Step::calling) return;
  if (visit.to_dependency) {
    if (dependencies_[visit.dependency].keyed) {
      backing_->fetched(index, outcome);
    } else {
      dependency_answer(index, outcome);
    }
    return;
  }
  --visit.pending;
  if (!outcome.ok() && !optional) visit.call_failed = true;
  if (!visit.launching && (visit.call_failed || visit.pending == 0)) next_calls(index);
}

}  // namespace leapday::model
