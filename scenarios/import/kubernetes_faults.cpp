/// \file kubernetes_faults.cpp
/// What Istio injects on purpose: aborted and delayed requests.
/// Why: a mesh that tests its callers is a fault that everybody has forgotten by the next release.
#include <fmt/format.h>

#include <charconv>

#include "leapday/words.hpp"
#include "scenarios/import/kubernetes.hpp"

namespace leapday::import {
namespace {

/// The share of requests that a fault hits: `percentage.value`, or the older `percent`. Istio's
/// default is none.
std::optional<double> share_of_requests(Context& context, const Document& fault) {
  const Document* percentage = context.map(fault, "percentage");
  const Document* node = percentage != nullptr ? context.scalar(*percentage, "value")
                                               : context.scalar(fault, "percent");
  if (node == nullptr) return 0;
  double value = 0;
  const char* const end = node->text.data() + node->text.size();
  const auto [stop, error] = std::from_chars(node->text.data(), end, value);
  if (error == std::errc() && stop == end && value >= 0 && value <= 100) return value / 100;
  context.problem(*node, "percentage",
                  fmt::format("\"{}\" is no percentage", printable(node->text)),
                  "write a number from 0 to 100");
  return std::nullopt;
}

void read_abort(Context& context, const Document& abort, const std::vector<Workload*>& callees) {
  const auto share = share_of_requests(context, abort);
  if (!share) return;
  const std::string value = number_of(*share * 100) + "%";
  if (value == "0%") return context.coverage.mapped(abort, "it hits no request");
  for (Workload* workload : callees) {
    workload->lines.put("error_rate", value, abort.at);
    context.coverage.approximated(
        abort, fmt::format("apps.{}.error_rate: {}; the error comes after the work, Istio's in "
                           "place of it",
                           workload->app, value));
  }
}

void read_delay(Context& context, const Document& delay, const std::vector<Workload*>& callees) {
  const auto share = share_of_requests(context, delay);
  const Document* node = context.scalar(delay, "fixedDelay");
  if (!share || node == nullptr) return;
  const auto seconds = go_duration(node->text);
  if (!seconds) {
    return context.problem(*node, "fixedDelay",
                           fmt::format("\"{}\" is no duration", printable(node->text)),
                           "write one such as 5s, 250ms or 1m30s");
  }
  if (number_of(*share * 100) == "0" || duration_of(*seconds) == "0s") {
    return context.coverage.mapped(delay, "it hits no request");
  }
  for (Workload* workload : callees) {
    workload->delayed = *share;
    workload->delay_seconds = *seconds;
    context.coverage.approximated(
        delay, fmt::format("apps.{}.calls: {}% wait {} longer and occupy their instance, where "
                           "Istio's wait outside of it",
                           workload->app, number_of(*share * 100), duration_of(*seconds)));
  }
}

}  // namespace

void read_mesh_fault(Context& context, const Document& fault,
                     const std::vector<Workload*>& callees) {
  if (const Document* abort = context.map(fault, "abort")) read_abort(context, *abort, callees);
  if (const Document* delay = context.map(fault, "delay")) read_delay(context, *delay, callees);
}

}  // namespace leapday::import
