/// \file traffic_load.cpp
/// Who sends requests, and when: open loads, traces and closed loops.
/// Why: a request's key is made here from its load's name and its number, so that the same request
/// draws the same numbers in a twin, in a branch and in every implementation.
#include "sim/model/traffic_core.hpp"

namespace leapday::model {

void TrafficCore::watch(RequestWatcher watcher, void* self) {
  for (std::uint32_t a = 0; a < apps_.size(); ++a) leave_fast_path(a);
  watcher_ = watcher;
  watching_ = self;
}

void TrafficCore::start_load(std::uint32_t index) {
  LoadState& load = loads_[index];
  if (load.spec->closed) {
    // Clients begin somewhere within their first pause, so that they do not march in step.
    const auto clients = static_cast<std::uint32_t>(load.client_requests.size());
    for (std::uint32_t c = 0; c < clients; ++c) client_thinks(index, c, load.stream->uniform());
  } else {
    schedule_arrival(index);
  }
}

void TrafficCore::schedule_arrival(std::uint32_t index) {
  LoadState& load = loads_[index];
  load.scheduled = 0;
  const SimTime at = next_arrival(load);
  if (at != ArrivalProcess::kNever) put_arrival(index, at);
}

void TrafficCore::put_arrival(std::uint32_t index, SimTime at) {
  LoadState& load = loads_[index];
  load.schedules = (load.schedules + 1) % engine::Scheduler::kNames;
  load.scheduled = world_.scheduler.schedule(at, engine::Priority::arrival, handlers_.arrival,
                                             index, load.schedules);
}

void TrafficCore::arrival(std::uint32_t index, std::uint32_t schedule) {
  LoadState& load = loads_[index];
  if (load.scheduled == 0 || load.schedules != schedule) return;  // the fast path has it
  const std::uint64_t number = load.next_number++;
  if (load.spec->trace) {
    const auto row_index = static_cast<std::uint32_t>(load.next_row++);
    const TraceRow& row = load.spec->trace->rows[row_index];
    schedule_arrival(index);
    std::uint32_t endpoint = static_cast<std::uint32_t>(row.endpoint);
    if (row.endpoint < 0) endpoint = draw_endpoint(load, hash_combine(load.name_hash, number));
    send_request(index, number, row_index, endpoint);
    return;
  }
  schedule_arrival(index);
  send_request(index, number, kNone, draw_endpoint(load, hash_combine(load.name_hash, number)));
  try_fast_path(load.app);
}

std::uint32_t TrafficCore::draw_from_mix(const LoadState& load, std::uint64_t key) const {
  Random random = draws(key, Purpose::endpoint);
  const auto ball =
      static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(load.mix_total)));
  std::uint32_t endpoint = 0;
  while (load.mix_ends[endpoint] <= ball) ++endpoint;
  return endpoint;
}

void TrafficCore::client_thinks(std::uint32_t index, std::uint32_t client, double share) {
  LoadState& load = loads_[index];
  const std::uint64_t key =
      hash_combine(hash_combine(load.name_hash, client), load.client_requests[client]);
  Random random = draws(key, Purpose::jitter);
  const Duration pause = load.think.sample(random);
  const SimTime at = now() + engine::from_nanoseconds(static_cast<double>(pause.count()) * share);
  if (at >= load.stop) return;
  world_.scheduler.schedule(at, engine::Priority::arrival, handlers_.client, index, client);
}

void TrafficCore::client_sends(std::uint32_t index, std::uint32_t client) {
  LoadState& load = loads_[index];
  // Numbered by client, so that one slow client does not renumber the others' requests.
  const std::uint64_t number =
      load.client_requests[client]++ * load.client_requests.size() + client;
  send_request(index, number, client, draw_endpoint(load, hash_combine(load.name_hash, number)));
}

void TrafficCore::send_request(std::uint32_t index, std::uint64_t number, std::uint32_t owner,
                               std::uint32_t endpoint) {
  record_request(loads_[index], endpoint);
  const LoadState& load = loads_[index];
  const Call call = new_call(load, number, owner, endpoint);
  if (call.sampled) [[unlikely]] {
    trace_call(call);
  } else if (takes_direct(load.caller) && begin_direct(call, kNone)) {
    return;
  }
  const std::uint32_t slot = calls_.take();
  calls_[slot] = call;
  begin_attempt(slot, false);
}

Call TrafficCore::new_call(const LoadState& load, std::uint64_t number, std::uint32_t owner,
                           std::uint32_t endpoint) const {
  const std::uint64_t key = hash_combine(load.name_hash, number);
  return {.key = key,
          .number = number,
          .sent = now(),
          .caller = load.caller,
          .owner = owner,
          .endpoint = endpoint,
          .sampled = now() >= kSimStart && traces_.takes(key)};
}

std::uint32_t TrafficCore::make_call(std::uint32_t index, std::uint64_t number, std::uint32_t owner,
                                     std::uint32_t endpoint) {
  const std::uint32_t call = calls_.take();
  calls_[call] = new_call(loads_[index], number, owner, endpoint);
  return call;
}

void TrafficCore::record_request(const LoadState& load, std::uint32_t endpoint) {
  ++world_.recorder.requests().injected;
  world_.recorder.sent(load.series.whole, now());
  if (!load.series.endpoints.empty() && load.series.endpoints[endpoint] != kNone) {
    world_.recorder.sent(load.series.endpoints[endpoint], now());
  }
}

void TrafficCore::request_settled(std::uint32_t call_index, Outcome outcome) {
  const Call& call = calls_[call_index];
  const std::uint32_t load = callers_[call.caller].load;
  settle_request(load, call.key, call.number, call.sent, call.endpoint, outcome);
  if (loads_[load].spec->closed) client_thinks(load, call.owner, 1);
}

void TrafficCore::settle_request(std::uint32_t load_index, std::uint64_t key, std::uint64_t number,
                                 SimTime sent, std::uint32_t endpoint, Outcome outcome) {
  const LoadState& load = loads_[load_index];
  Recorder& recorder = world_.recorder;
  const std::uint32_t endpoint_series =
      load.series.endpoints.empty() ? kNone : load.series.endpoints[endpoint];
  if (outcome.ok()) {
    ++recorder.requests().answered;
    const std::uint64_t word = Recorder::answer_word(sent, now());
    recorder.answered(load.series.whole, sent, now(), word);
    if (endpoint_series != kNone) recorder.answered(endpoint_series, sent, now(), word);
  } else {
    ++recorder.requests().failed[static_cast<std::size_t>(outcome.reason)];
    recorder.failed(load.series.whole, sent, now(), outcome.reason);
    if (endpoint_series != kNone) recorder.failed(endpoint_series, sent, now(), outcome.reason);
  }
  recorder.hash().add(request_word(key, now(), outcome));
  if (watcher_ != nullptr) {
    watcher_(watching_, {{load_index}, number, sent, now(), outcome.reason});
  }
}

}  // namespace leapday::model
