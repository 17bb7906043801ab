/// \file kubernetes_probes.cpp
/// Startup, readiness and liveness probes of a pod.
/// Why: they decide when a new release takes traffic and when a sick instance is restarted.
#include <fmt/format.h>

#include <algorithm>

#include "leapday/words.hpp"
#include "scenarios/import/kubernetes.hpp"

namespace leapday::import {
namespace {

constexpr std::int64_t kMostSeconds = 1'000'000;

/// How a probe looks at the app, in the language's words; empty when it says nothing.
std::string type_of(Context& context, const Document& probe, const std::string& path) {
  for (const auto& [key, type, exact] :
       {std::tuple{"httpGet", "http", true}, std::tuple{"tcpSocket", "port", true},
        std::tuple{"grpc", "http", false}, std::tuple{"exec", "http", false}}) {
    const Document* node = probe.find(key);
    if (node == nullptr || node->kind == Document::Kind::null) continue;
    if (exact) {
      context.coverage.mapped(*node, fmt::format("{}: {}", path, type));
    } else {
      context.coverage.approximated(
          *node, fmt::format("{}: http, a probe that asks the app itself", path));
    }
    return type;
  }
  return {};
}

/// One probe of a pod: where its attributes go.
class ProbeReader {
 public:
  ProbeReader(Context& context, Workload& workload, const Document& probe)
      : context_(context), workload_(workload), probe_(probe) {}

  void watching(const std::string& kind);
  void startup();
  std::int64_t seconds(std::string_view key, std::int64_t fallback) {
    return context_.whole(probe_, key, 0, kMostSeconds).value_or(fallback);
  }

 private:
  void duration(std::string_view key, const std::string& own, std::int64_t fallback);
  void failures(const std::string& own);
  void initial_delay(bool decides_readiness);
  void successes();

  Context& context_;
  Workload& workload_;
  const Document& probe_;
};

void ProbeReader::duration(std::string_view key, const std::string& own, std::int64_t fallback) {
  const std::int64_t value = std::max<std::int64_t>(seconds(key, fallback), 1);
  const Document* node = probe_.find(key);
  const bool stated = node != nullptr && node->kind == Document::Kind::scalar;
  Line& line =
      workload_.lines.at("health").put(own, fmt::format("{}s", value), "Kubernetes' default");
  line.from = probe_.at;
  if (stated) {
    workload_.lines.at("health").put(own, fmt::format("{}s", value), node->at);
    context_.coverage.mapped(*node,
                             fmt::format("apps.{}.health.{}: {}s", workload_.app, own, value));
  }
}

void ProbeReader::failures(const std::string& own) {
  const std::int64_t count = std::max<std::int64_t>(seconds("failureThreshold", 3), 1);
  const Document* node = probe_.find("failureThreshold");
  if (node == nullptr) return;
  workload_.lines.at("health").put(own, std::to_string(count), node->at);
  context_.coverage.mapped(*node, fmt::format("apps.{}.health.{}: {}", workload_.app, own, count));
}

void ProbeReader::initial_delay(bool decides_readiness) {
  const Document* node = probe_.find("initialDelaySeconds");
  if (node == nullptr) return;
  const auto delay = static_cast<double>(seconds("initialDelaySeconds", 0));
  if (delay == 0) {
    context_.coverage.mapped(*node, "0, as here");
  } else if (workload_.start_limit && delay > *workload_.start_limit) {
    context_.coverage.unsupported(
        *node, "an instance here is ready once its startup probe succeeds, which has to be sooner");
  } else if (decides_readiness) {
    workload_.start_seconds = std::max(workload_.start_seconds, delay);
    context_.coverage.approximated(
        *node, fmt::format("apps.{}.start_time is assumed to be at least as long", workload_.app));
  } else {
    context_.coverage.approximated(*node, "liveness is probed once the instance has been ready");
  }
}

void ProbeReader::successes() {
  const Document* node = probe_.find("successThreshold");
  if (node == nullptr) return;
  if (node->text == "1") {
    context_.coverage.mapped(*node, "one success is enough, as here");
  } else {
    context_.coverage.unsupported(*node, "one success is enough here");
  }
}

void ProbeReader::watching(const std::string& kind) {
  const std::string path = fmt::format("apps.{}.health.{}_type", workload_.app, kind);
  const std::string type = type_of(context_, probe_, path);
  if (!type.empty()) {
    workload_.lines.at("health").put(kind + "_type", type, probe_.at);
  }
  duration("periodSeconds", kind + "_interval", 10);
  duration("timeoutSeconds", kind + "_timeout", 1);
  if (kind == "readiness" && workload_.lines.at("health").find("startup_interval") == nullptr) {
    duration("periodSeconds", "startup_interval", 10);  // the first success makes it ready
  }
  failures(kind + "_failures");
  initial_delay(kind == "readiness");
  successes();
  context_.unsupported(probe_, {"terminationGracePeriodSeconds"},
                       "an instance has one grace for all stops");
}

void ProbeReader::startup() {
  const std::string path = fmt::format("apps.{}.health.start_timeout", workload_.app);
  type_of(context_, probe_, path);
  const std::int64_t period = std::max<std::int64_t>(seconds("periodSeconds", 10), 1);
  const std::int64_t failures = std::max<std::int64_t>(seconds("failureThreshold", 3), 1);
  const std::int64_t limit = seconds("initialDelaySeconds", 0) + period * failures;
  workload_.lines.at("health").put("start_timeout", fmt::format("{}s", limit), probe_.at,
                                   fmt::format(": {} probes, {}s apart", failures, period));
  duration("periodSeconds", "startup_interval", 10);
  double between = static_cast<double>(period);
  if (failures == 1) {  // whose only probe would come when it is too late
    between /= 2;
    workload_.lines.at("health").put("startup_interval", duration_of(between), probe_.at,
                                     ": one probe decides, and one comes before the time is up");
  }
  // So that a probe, some of which come between, sees it listen before the time is up.
  workload_.start_limit = static_cast<double>(limit) - 1.5 * between;
  if (const Document* node = probe_.find("failureThreshold")) {
    context_.coverage.mapped(*node, fmt::format("{}: {}s", path, limit));
  }
  if (const Document* node = probe_.find("timeoutSeconds")) {
    context_.coverage.approximated(*node, "an instance that does not answer is not ready yet");
  }
  initial_delay(true);
  successes();
  context_.unsupported(probe_, {"terminationGracePeriodSeconds"},
                       "an instance has one grace for all stops");
}

}  // namespace

namespace {

/// Kubernetes takes a pod without a readiness probe for ready once its process runs, whether it
/// listens yet or not.
void none(Workload& workload, const std::string& kind) {
  Line& health = workload.lines.at("health");
  health.put(kind + "_type", "process", fmt::format("the pod states no {} probe", kind));
  health.put(kind + "_interval", "0s");
}

}  // namespace

void read_probes(Kube& kube, Workload& workload, const std::vector<const Document*>& containers) {
  Context& context = kube.context;
  for (const std::string kind : {"startup", "readiness", "liveness"}) {
    const Document* used = nullptr;
    for (const Document* container : containers) {
      const Document* probe = context.map(*container, kind + "Probe");
      if (probe == nullptr) continue;
      if (used != nullptr) {
        context.coverage.unsupported(
            *probe, fmt::format("an instance has one {} probe: its first container's", kind));
        continue;
      }
      used = probe;
      ProbeReader reader(context, workload, *probe);
      kind == "startup" ? reader.startup() : reader.watching(kind);
    }
    if (used == nullptr && kind != "startup") none(workload, kind);
  }
}

}  // namespace leapday::import
