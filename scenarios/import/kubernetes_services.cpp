/// \file kubernetes_services.cpp
/// Service, Ingress, HTTPRoute and PodDisruptionBudget.
/// Why: they say which pods take requests together, and what guards their number.
#include <fmt/format.h>

#include <algorithm>

#include "leapday/words.hpp"
#include "scenarios/import/kubernetes.hpp"

namespace leapday::import {
namespace {

std::string apps_of(const std::vector<Workload*>& workloads) {
  std::string text;
  for (const Workload* workload : workloads) text += (text.empty() ? "" : ", ") + workload->app;
  return text;
}

/// Several workloads behind one name share its requests by their pods.
void share_by_pods(const std::vector<Workload*>& found) {
  std::int64_t total = 0;
  for (const Workload* workload : found) total += workload->replicas;
  for (Workload* workload : found) {
    if (found.size() < 2 || workload->split || total == 0) continue;
    workload->share = static_cast<double>(workload->replicas) / static_cast<double>(total);
  }
}

void read_service(Kube& kube, const KubeObject& object) {
  Context& context = kube.context;
  const Document* spec = context.map(*object.root, "spec");
  if (spec == nullptr) return;
  const Document* selector = context.map(*spec, "selector");
  const auto found = kube.selected(labels_of(context, selector), object.space);
  if (selector != nullptr && found.empty()) {
    context.coverage.unsupported(*selector, "it selects no pods of these files");
  } else if (selector != nullptr && found.size() == 1) {
    context.coverage.mapped(*selector, fmt::format("load to {}", apps_of(found)));
  } else if (selector != nullptr) {
    share_by_pods(found);
    context.coverage.approximated(
        *selector,
        fmt::format("its requests are divided between the loads of {}, by pods", apps_of(found)));
  }
  for (const char* key : {"sessionAffinity", "sessionAffinityConfig"}) {
    const Document* affinity = spec->find(key);
    if (affinity == nullptr) continue;
    if (affinity->text == "None") {
      context.coverage.mapped(*affinity, "any instance, as here");
    } else {
      for (Workload* workload : found) {
        workload->lines.at("routing").put("policy", "consistent_hash", place(affinity->at));
      }
      context.coverage.approximated(
          *affinity, "routing.policy: consistent_hash; a client keeps its instance without end");
    }
  }
  if (const Document* address = context.scalar(*spec, "clusterIP")) {
    if (address->text == "None") {
      context.coverage.approximated(*address,
                                    "headless: clients here choose anew for each request");
    } else {
      context.coverage.outside(*address, "addresses are no part of a rehearsal");
    }
  }
  if (const Document* type = context.scalar(*spec, "type")) {
    if (type->text == "ClusterIP") {
      context.coverage.mapped(*type, "reached through the platform's routers");
    } else {
      context.coverage.approximated(*type, "reached through the platform's routers, as any other");
    }
  }
  context.unsupported(*spec,
                      {"externalTrafficPolicy", "internalTrafficPolicy", "publishNotReadyAddresses",
                       "trafficDistribution"},
                      "routers here choose among all ready instances");
  context.outside(*spec, {"ports", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "loadBalancerIP",
                          "loadBalancerSourceRanges", "loadBalancerClass", "externalIPs",
                          "externalName", "healthCheckNodePort", "allocateLoadBalancerNodePorts"});
}

void read_budget(Kube& kube, const KubeObject& object) {
  if (const Document* spec = kube.context.map(*object.root, "spec")) {
    kube.context.coverage.unsupported(
        *spec, "no disruption budgets: a drained host replaces what runs on it at once");
  }
}

/// The names of the Services that an Ingress or HTTPRoute leads to.
void backends(Kube& kube, const Document& node, const std::string& space,
              std::vector<std::string>& apps) {
  for (const Document::Entry& entry : node.entries) {
    const Document* name = nullptr;
    if (entry.key == "serviceName") name = &entry.value;
    if (entry.key == "service") name = entry.value.find("name");
    if (name != nullptr && name->kind == Document::Kind::scalar) {
      for (const Workload* workload : kube.behind(name->text, space)) {
        apps.push_back(workload->app);
        kube.context.coverage.mapped(*name, "load to " + workload->app);
      }
    }
    backends(kube, entry.value, space, apps);
  }
  for (const Document& item : node.items) backends(kube, item, space, apps);
}

void read_ingress(Kube& kube, const KubeObject& object) {
  Context& context = kube.context;
  const Document* spec = context.map(*object.root, "spec");
  if (spec == nullptr) return;
  std::vector<std::string> apps;
  backends(kube, *spec, object.space, apps);
  context.outside(*spec, {"tls", "ingressClassName"});
  context.coverage.unsupported(
      *spec, "routing by host and path has no counterpart: each app gets a load of its own");
}

void read_http_route(Kube& kube, const KubeObject& object) {
  Context& context = kube.context;
  const Document* spec = context.map(*object.root, "spec");
  if (spec == nullptr) return;
  context.outside(*spec, {"parentRefs", "hostnames"});
  const Document* rules = context.list(*spec, "rules");
  if (rules == nullptr) return;
  for (const Document& rule : rules->items) {
    context.coverage.unsupported(
        rule, "routing by host and path has no counterpart: each app gets a load of its own");
    const Document* refs = context.list(rule, "backendRefs");
    if (refs == nullptr) continue;
    std::vector<std::pair<Workload*, std::int64_t>> found;
    std::int64_t total = 0;
    for (const Document& ref : refs->items) {
      const std::int64_t weight = context.whole(ref, "weight", 0, 1'000'000).value_or(1);
      total += weight;
      for (Workload* workload : kube.behind(context.text(ref, "name"), object.space)) {
        found.emplace_back(workload, weight);
        if (const Document* node = ref.find("name")) {
          context.coverage.mapped(*node, "load to " + workload->app);
        }
        if (const Document* node = ref.find("weight")) {
          context.coverage.mapped(*node, fmt::format("load.{}-users.rate", workload->app));
        }
      }
    }
    for (const auto& [workload, weight] : found) {
      if (total == 0 || found.size() < 2) continue;
      workload->share = static_cast<double>(weight) / static_cast<double>(total);
      workload->split = true;
    }
  }
}

}  // namespace

void read_service_like(Kube& kube, const KubeObject& object) {
  if (object.kind == "Service") return read_service(kube, object);
  if (object.kind == "HorizontalPodAutoscaler") return read_autoscaler(kube, object);
  if (object.kind == "PodDisruptionBudget") return read_budget(kube, object);
  object.kind == "Ingress" ? read_ingress(kube, object) : read_http_route(kube, object);
}

}  // namespace leapday::import
