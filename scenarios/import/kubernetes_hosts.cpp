/// \file kubernetes_hosts.cpp
/// Which pods a name means: hosts as meshes and routes spell them, and namespaces.
/// Why: one Service has five spellings, and a file that mixes them means the same pods each time.
#include <algorithm>

#include "scenarios/import/kubernetes.hpp"

namespace leapday::import {

HostName host_name(const std::string& host, const std::string& space) {
  HostName found;
  const std::size_t dot = host.find('.');
  found.name = host.substr(0, dot);
  found.space = space;
  if (dot == host.npos) return found;
  const std::size_t next = host.find('.', dot + 1);
  found.space = host.substr(dot + 1, next == host.npos ? host.npos : next - dot - 1);
  if (next == host.npos) return found;
  const std::string rest = host.substr(next + 1);
  found.inside = rest == "svc" || rest.starts_with("svc.");
  return found;
}

bool same_space(const std::string& one, const std::string& other) {
  const auto stated = [](const std::string& space) { return space.empty() ? "default" : space; };
  return stated(one) == stated(other);
}

namespace {

/// What is applied without a namespace may end up in any: `kubectl apply -n shop`.
bool may_be_same_space(const std::string& one, const std::string& other) {
  return one.empty() || other.empty() || same_space(one, other);
}

}  // namespace

std::vector<Workload*> Kube::behind(const std::string& host, const std::string& space) {
  const HostName wanted = host_name(host, space);
  if (!wanted.inside) return {};
  for (const auto fits : {same_space, may_be_same_space}) {
    for (const KubeObject& object : objects) {
      if (object.kind != "Service" || object.name != wanted.name) continue;
      if (!fits(object.space, wanted.space)) continue;
      const Document* selector = context.map_at(*object.root, {"spec", "selector"});
      auto found = selected(labels_of(context, selector), object.space);
      if (!found.empty()) return found;
    }
  }
  for (const auto fits : {same_space, may_be_same_space}) {
    for (Workload& workload : workloads) {
      if (workload.object->name == wanted.name && fits(workload.object->space, wanted.space)) {
        return {&workload};
      }
    }
  }
  return {};
}

}  // namespace leapday::import
