/// \file kubernetes_mesh.cpp
/// Istio's VirtualService and DestinationRule.
/// Why: time-outs, retries, weights and outlier ejection stand here, not in the workloads.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "leapday/words.hpp"
#include "scenarios/import/kubernetes.hpp"

namespace leapday::import {
namespace {

constexpr const char* kElsewhere = "it concerns no pods of these files";

/// Of a route whose subset nobody defines.
constexpr const char* kUndefined =
    "no DestinationRule of these files defines subset {} of {}: without one Istio answers these "
    "requests with 503; here they are left out";

class MeshReader {
 public:
  MeshReader(Kube& kube, const KubeObject& object)
      : kube_(kube), context_(kube.context), object_(object) {}

  void virtual_service();
  void destination_rule();

 private:
  void route(const Document& route);
  void weights(const Document& destinations);
  void retries(const Document& retries);
  void read_mirror(const Document& route);
  void outliers(const Document& node, Line& ejection);
  void pool(const Document& node, Line& routing);
  void balancer(const Document& node, Line& routing);
  std::optional<std::string> duration(const Document& map, std::string_view key);
  /// What a destination leads to.
  struct Subset {
    std::vector<Workload*> pods;
    std::string undefined;  ///< Why there are none, when its subset is the reason.
  };
  Subset subset(const std::string& host, const std::string& name);
  Subset subset_of(const Document& destination) {
    return subset(context_.text(destination, "host"), context_.text(destination, "subset"));
  }
  void lead(const Document& one, const Document& destination, double weight,
            std::vector<std::pair<Workload*, double>>& found);
  void policy(const Document& policy, const std::vector<Workload*>& found);
  void put(Line& line, const Document& map, std::string_view key, const char* own,
           const std::optional<std::string>& value, const char* differs = nullptr);

  Kube& kube_;
  Context& context_;
  const KubeObject& object_;
  std::vector<Workload*> callees_;
  bool told_ = false;  ///< Why the route leads nowhere.
};

std::optional<std::string> MeshReader::duration(const Document& map, std::string_view key) {
  const Document* node = context_.scalar(map, key);
  if (node == nullptr) return std::nullopt;
  const auto seconds = go_duration(node->text);
  if (seconds) return duration_of(*seconds);
  context_.problem(*node, key, fmt::format("\"{}\" is no duration", printable(node->text)),
                   "write one such as 5s, 250ms or 1m30s");
  return std::nullopt;
}

/// Writes what `map` states under `key` as `own`, and notes it.
void MeshReader::put(Line& line, const Document& map, std::string_view key, const char* own,
                     const std::optional<std::string>& value, const char* differs) {
  const Document* node = map.find(key);
  if (!value || node == nullptr) return;
  line.put(own, *value, node->at);
  if (differs != nullptr) {
    context_.coverage.approximated(*node, fmt::format("{}: {}; {}", own, *value, differs));
  } else {
    context_.coverage.mapped(*node, fmt::format("{}: {}", own, *value));
  }
}

/// The workloads of a host's subset, as its DestinationRule has it; all when none is named.
MeshReader::Subset MeshReader::subset(const std::string& host, const std::string& name) {
  std::vector<Workload*> found = kube_.behind(host, object_.space);
  if (name.empty() || found.empty()) return {std::move(found), {}};
  const HostName wanted = host_name(host, object_.space);
  for (const KubeObject& rule : kube_.objects) {
    if (rule.kind != "DestinationRule") continue;
    const Document* spec = context_.map(*rule.root, "spec");
    const Document* subsets = spec != nullptr ? context_.list(*spec, "subsets") : nullptr;
    if (subsets == nullptr) continue;
    const HostName ruled = host_name(context_.text(*spec, "host"), rule.space);
    const bool same =
        ruled.inside && ruled.name == wanted.name &&
        (ruled.space.empty() || wanted.space.empty() || same_space(ruled.space, wanted.space));
    if (!same) continue;
    for (const Document& one : subsets->items) {
      if (context_.text(one, "name") != name) continue;
      const auto labels = labels_of(context_, context_.map(one, "labels"));
      std::erase_if(found, [&](const Workload* workload) {
        return !std::all_of(labels.begin(), labels.end(), [&](const auto& label) {
          const auto own = workload->labels.find(label.first);
          return own != workload->labels.end() && own->second == label.second;
        });
      });
      return {std::move(found), {}};
    }
  }
  return {{}, fmt::format(fmt::runtime(kUndefined), printable(name), printable(host))};
}

/// Divides a destination's weight among its pods.
void MeshReader::lead(const Document& one, const Document& destination, double weight,
                      std::vector<std::pair<Workload*, double>>& found) {
  const Subset to = subset_of(destination);
  if (to.pods.empty()) {
    told_ = true;
    return context_.coverage.unsupported(one, to.undefined.empty() ? kElsewhere : to.undefined);
  }
  double pods = 0;
  for (const Workload* workload : to.pods) pods += static_cast<double>(workload->replicas);
  for (Workload* workload : to.pods) {
    const double part = pods > 0 ? static_cast<double>(workload->replicas) / pods
                                 : 1 / static_cast<double>(to.pods.size());
    found.emplace_back(workload, weight * part);
    if (std::find(callees_.begin(), callees_.end(), workload) == callees_.end()) {
      callees_.push_back(workload);
    }
    context_.coverage.mapped(destination, "load to " + workload->app);
    if (const Document* stated = one.find("weight")) {
      context_.coverage.mapped(*stated, fmt::format("load.{}-users.rate: {} of the service's",
                                                    workload->app, number_of(weight * part)));
    }
  }
}

void MeshReader::weights(const Document& destinations) {
  double total = 0;
  std::vector<std::pair<Workload*, double>> found;
  std::vector<Workload*> behind;  // the hosts, whether a subset leads there or not
  for (const Document& one : destinations.items) {
    const Document* destination = context_.map(one, "destination");
    const auto stated = context_.whole(one, "weight", 0, 1'000'000);
    const double weight =
        stated ? static_cast<double>(*stated) : (destinations.items.size() == 1 ? 100.0 : 0.0);
    total += weight;
    if (destination == nullptr) continue;
    context_.outside(*destination, {"port"});
    lead(one, *destination, weight, found);
    for (Workload* workload : kube_.behind(context_.text(*destination, "host"), object_.space)) {
      behind.push_back(workload);
    }
  }
  if (total <= 0) return;
  for (Workload* workload : behind) {
    workload->share = 0;
    workload->split = true;
  }
  for (const auto& [workload, weight] : found) workload->share += weight / total;
}

void MeshReader::retries(const Document& retries) {
  const auto attempts = context_.whole(retries, "attempts", 0, 1000);
  const auto each = duration(retries, "perTryTimeout");
  for (Workload* workload : callees_) {
    if (attempts) {
      workload->calling.at("retry").put("max_retries", std::to_string(*attempts),
                                        retries.find("attempts")->at);
      workload->calling.at("retry").put("backoff", "25ms", "Istio's base interval");
      context_.coverage.mapped(
          *retries.find("attempts"),
          fmt::format("load.{}-users.retry.max_retries: {}", workload->app, *attempts));
    }
    put(workload->calling, retries, "perTryTimeout", "timeout", each);
  }
  context_.unsupported(retries, {"retryOn", "retryRemoteLocalities", "backoff"},
                       "retries follow any failed attempt");
}

void MeshReader::route(const Document& route) {
  callees_.clear();
  told_ = false;
  if (const Document* list = context_.list(route, "route")) weights(*list);
  const auto timeout = duration(route, "timeout");
  for (Workload* workload : callees_) {
    put(workload->calling, route, "timeout", "timeout", timeout,
        "of each attempt: the language has none for all of them together");
  }
  if (const Document* node = context_.map(route, "retries"); node != nullptr && !callees_.empty()) {
    retries(*node);
  }
  if (const Document* fault = context_.map(route, "fault"); fault != nullptr && !callees_.empty()) {
    read_mesh_fault(context_, *fault, callees_);
  }
  read_mirror(route);
  context_.unsupported(route, {"match", "redirect", "rewrite", "directResponse", "delegate"},
                       "routing by host, path or header has no counterpart");
  context_.outside(route, {"name", "headers", "corsPolicy"});
  if (callees_.empty() && !told_ && !context_.coverage.has(route)) {
    context_.coverage.unsupported(route, kElsewhere);
  }
}

/// `mirror` with its share beside it, or `mirrors` with a share each; 100 % when none is stated.
void MeshReader::read_mirror(const Document& route) {
  const auto copies = [&](const Document& node, const Document& destination,
                          const std::optional<double>& percent) {
    const Subset to = subset_of(destination);
    if (!to.undefined.empty()) return context_.coverage.unsupported(node, to.undefined);
    if (percent) put_mirror(kube_, node, callees_, to.pods, *percent);
  };
  if (const Document* mirror = context_.map(route, "mirror")) {
    const Document* older = route.find("mirrorPercent");
    if (older == nullptr) older = route.find("mirror_percent");
    const Document* percentage = context_.map(route, "mirrorPercentage");
    copies(*mirror, *mirror, mirrored_share(context_, percentage, older));
    for (const Document* stated : {percentage, older}) {
      if (stated != nullptr) context_.coverage.mapped(*stated, "the share of the mirror");
    }
  }
  const Document* mirrors = context_.list(route, "mirrors");
  if (mirrors == nullptr) return;
  for (const Document& one : mirrors->items) {
    const Document* destination = context_.map(one, "destination");
    if (destination == nullptr) continue;
    const Document* percentage = context_.map(one, "percentage");
    copies(one, *destination, mirrored_share(context_, percentage, nullptr));
  }
}

void MeshReader::virtual_service() {
  const Document* spec = context_.map(*object_.root, "spec");
  if (spec == nullptr) return;
  context_.outside(*spec, {"hosts", "gateways", "exportTo"}, "routes are found by destination");
  for (const char* key : {"http", "tcp", "tls"}) {
    const Document* routes = context_.list(*spec, key);
    if (routes == nullptr) continue;
    for (std::size_t i = 0; i < routes->items.size(); ++i) {
      // The last one is for every request that no earlier one matched.
      if (i + 1 == routes->items.size()) {
        route(routes->items[i]);
      } else {
        context_.coverage.unsupported(routes->items[i],
                                      "routing by host, path or header has no counterpart; the "
                                      "last route counts");
      }
    }
  }
}

void MeshReader::outliers(const Document& node, Line& ejection) {
  std::optional<std::string> fails;
  for (const char* key :
       {"consecutive5xxErrors", "consecutiveErrors", "consecutiveGatewayErrors"}) {
    const auto count = context_.whole(node, key, 0, 1'000'000);
    if (!count) continue;
    if (fails || *count == 0) {
      context_.coverage.unsupported(*node.find(key), "one count of failures ejects here");
      continue;
    }
    fails = std::to_string(*count);
    put(ejection, node, key, "max_fails", fails);
  }
  ejection.put("kind", "consecutive", node.at);
  if (!fails) ejection.put("max_fails", "5", "Istio's default");
  const auto time = duration(node, "baseEjectionTime");
  if (!time) ejection.put("fail_timeout", "30s", "Istio's default");
  put(ejection, node, "baseEjectionTime", "fail_timeout", time);
  const auto most = context_.whole(node, "maxEjectionPercent", 0, 100);
  if (!most) ejection.put("max_ejected", "10%", "Istio's default");
  put(ejection, node, "maxEjectionPercent", "max_ejected",
      most ? std::optional(fmt::format("{}%", *most)) : std::nullopt);
  if (const Document* interval = node.find("interval")) {
    context_.coverage.approximated(*interval,
                                   "an instance is ejected at its last failure, not at "
                                   "the next sweep");
  }
  context_.unsupported(
      node,
      {"minHealthPercent", "splitExternalLocalOriginErrors", "consecutiveLocalOriginFailures"},
      "ejection here knows one kind of failure");
}

void MeshReader::pool(const Document& node, Line& routing) {
  const char* const differs = "per instance and router here, for the whole host in Istio";
  const auto count = [&](const Document& map, std::string_view key) {
    const auto value = context_.whole(map, key, 0, 1'000'000'000);
    return value ? std::optional(std::to_string(*value)) : std::nullopt;
  };
  const Document* http = context_.map(node, "http");
  if (const Document* tcp = context_.map(node, "tcp")) {
    const auto most = count(*tcp, "maxConnections");
    const auto requests = http != nullptr ? count(*http, "http2MaxRequests") : std::nullopt;
    // One limit here: the tighter of the two.
    if (most && requests && whole_number(*most) > whole_number(*requests)) {
      context_.coverage.approximated(*tcp->find("maxConnections"),
                                     "http2MaxRequests is the tighter limit of the two");
    } else {
      put(routing, *tcp, "maxConnections", "max_connections", most, differs);
    }
    put(routing, *tcp, "connectTimeout", "connect_timeout", duration(*tcp, "connectTimeout"));
    context_.outside(*tcp, {"tcpKeepalive"});
  }
  if (http != nullptr) {
    const Line* known = routing.find("max_connections");
    const auto requests = count(*http, "http2MaxRequests");
    if (requests && known != nullptr && whole_number(known->value) <= whole_number(*requests)) {
      context_.coverage.approximated(*http->find("http2MaxRequests"),
                                     "maxConnections is the tighter limit of the two");
    } else {
      put(routing, *http, "http2MaxRequests", "max_connections", requests, differs);
    }
    put(routing, *http, "http1MaxPendingRequests", "queue_limit",
        count(*http, "http1MaxPendingRequests"), "per router here");
    context_.unsupported(*http,
                         {"maxRetries", "maxRequestsPerConnection", "idleTimeout",
                          "h2UpgradePolicy", "useClientProtocol", "maxConcurrentStreams"},
                         "connections here are not counted so");
  }
}

void MeshReader::balancer(const Document& node, Line& routing) {
  if (const Document* simple = context_.scalar(node, "simple")) {
    std::string policy;
    if (simple->text == "ROUND_ROBIN") policy = "round_robin";
    if (simple->text == "RANDOM") policy = "random";
    if (simple->text == "LEAST_REQUEST" || simple->text == "LEAST_CONN") policy = "power_of_d";
    if (policy.empty()) {
      context_.coverage.unsupported(*simple, "no routing policy of that kind");
    } else {
      put(routing, node, "simple", "policy", policy);
    }
  }
  if (node.find("consistentHash") != nullptr) {
    put(routing, node, "consistentHash", "policy", "consistent_hash",
        "by client, whatever the key");
  }
  context_.unsupported(node, {"localityLbSetting", "warmupDurationSecs", "warmup"},
                       "routers choose among all zones alike");
}

void MeshReader::policy(const Document& policy, const std::vector<Workload*>& found) {
  for (Workload* workload : found) {
    Line& routing = workload->lines.at("routing");
    if (const Document* node = context_.map(policy, "outlierDetection")) {
      outliers(*node, routing.at("ejection"));
    }
    if (const Document* node = context_.map(policy, "connectionPool")) pool(*node, routing);
    if (const Document* node = context_.map(policy, "loadBalancer")) balancer(*node, routing);
    if (routing.below.empty()) {
      std::erase_if(workload->lines.below, [](const Line& line) { return line.key == "routing"; });
    }
  }
  context_.outside(policy, {"tls"});
  context_.unsupported(policy, {"portLevelSettings"}, "an app has one port here");
  if (found.empty()) context_.coverage.unsupported(policy, kElsewhere);
}

void MeshReader::destination_rule() {
  const Document* spec = context_.map(*object_.root, "spec");
  if (spec == nullptr) return;
  const std::string host = context_.text(*spec, "host");
  const auto found = kube_.behind(host, object_.space);
  if (const Document* node = spec->find("host")) {
    if (found.empty()) {
      context_.coverage.unsupported(*node, kElsewhere);
    } else {
      context_.coverage.mapped(*node, "the apps whose routing it states");
    }
  }
  context_.outside(*spec, {"exportTo", "workloadSelector"});
  if (const Document* node = context_.map(*spec, "trafficPolicy")) policy(*node, found);
  const Document* subsets = context_.list(*spec, "subsets");
  if (subsets == nullptr) return;
  for (const Document& one : subsets->items) {
    const auto pods = subset(host, context_.text(one, "name")).pods;
    if (pods.empty()) {
      context_.coverage.unsupported(one, kElsewhere);
    } else {
      context_.coverage.mapped(one, "which apps a route's subset means");
    }
    if (const Document* node = context_.map(one, "trafficPolicy")) policy(*node, pods);
  }
}

}  // namespace

void read_mesh(Kube& kube, const KubeObject& object) {
  MeshReader reader(kube, object);
  object.kind == "VirtualService" ? reader.virtual_service() : reader.destination_rule();
}

}  // namespace leapday::import
