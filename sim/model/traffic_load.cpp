/// \file traffic_load.cpp
/// Who sends requests, and when: open loads, traces and closed loops.
/// Why: a request's key is made here from its load's name and its number, so that the same request
/// draws the same numbers in a twin, in a branch and in every implementation.
#include "sim/model/traffic_core.hpp"

namespace leapday::model {

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
  SimTime at{};
  if (load.spec->trace) {
    if (load.next_row >= load.spec->trace->rows.size()) return;
    at = kSimStart + load.spec->trace->rows[load.next_row].at;
  } else {
    const std::optional<SimTime> next = load.arrivals.next(*load.stream);
    if (!next) return;
    at = *next;
  }
  if (at >= load.stop) return;
  world_.scheduler.schedule(at, engine::Priority::arrival, handlers_.arrival, index);
}

void TrafficCore::arrival(std::uint32_t index) {
  LoadState& load = loads_[index];
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
}

std::uint32_t TrafficCore::draw_endpoint(const LoadState& load, std::uint64_t key) const {
  if (load.mix_total <= 0) return load.endpoint;
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
  LoadState& load = loads_[index];
  const std::uint32_t call_index = calls_.make();
  Call& call = calls_[call_index];
  call.key = hash_combine(load.name_hash, number);
  call.number = number;
  call.sent = now();
  call.caller = load.caller;
  call.owner = owner;
  call.endpoint = endpoint;
  ++world_.recorder.requests().injected;
  world_.recorder.sent(load.series.whole, now());
  if (!load.series.endpoints.empty() && load.series.endpoints[endpoint] != kNone) {
    world_.recorder.sent(load.series.endpoints[endpoint], now());
  }
  begin_attempt(call_index, false);
}

void TrafficCore::request_settled(std::uint32_t call_index, Outcome outcome) {
  const Call& call = calls_[call_index];
  const std::uint32_t load_index = callers_[call.caller].load;
  LoadState& load = loads_[load_index];
  Recorder& recorder = world_.recorder;
  const std::uint32_t endpoint_series =
      load.series.endpoints.empty() ? kNone : load.series.endpoints[call.endpoint];
  if (outcome.ok()) {
    ++recorder.requests().answered;
    recorder.answered(load.series.whole, call.sent, now());
    if (endpoint_series != kNone) recorder.answered(endpoint_series, call.sent, now());
  } else {
    ++recorder.requests().failed[static_cast<std::size_t>(outcome.reason)];
    recorder.failed(load.series.whole, call.sent, now(), outcome.reason);
    if (endpoint_series != kNone) {
      recorder.failed(endpoint_series, call.sent, now(), outcome.reason);
    }
  }
  recorder.hash().add(hash_combine(
      hash_combine(call.key, static_cast<std::uint64_t>(now().time_since_epoch().count())),
      static_cast<std::uint64_t>(outcome.reason)));
  if (watcher_ != nullptr) {
    watcher_(watching_, {{load_index}, call.number, call.sent, now(), outcome.reason});
  }
  if (load.spec->closed) client_thinks(load_index, call.owner, 1);
}

}  // namespace leapday::model
