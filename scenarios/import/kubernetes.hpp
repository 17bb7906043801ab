/// \file kubernetes.hpp
/// Kubernetes objects to a scenario: what the parts of the importer share.
/// Why: workloads, services and meshes are read in files of their own, in this order.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/import/context.hpp"

namespace leapday::import {

/// One object of the input.
struct KubeObject {
  const Document* root = nullptr;
  std::string kind;
  std::string name;
  std::string space;  ///< Its namespace.
  std::string label;  ///< "Deployment/shop".
};

/// What a pod controller becomes.
struct Workload {
  const KubeObject* object = nullptr;
  std::string app;                            ///< Its name in the scenario.
  std::map<std::string, std::string> labels;  ///< Of its pods.
  std::int64_t replicas = 1;
  std::string replicas_remark;
  std::int64_t most = 0;  ///< Replicas that an autoscaler may want; 0 without one.
  bool is_job = false;
  double start_seconds = 0;  ///< At least this long, as probes say.
  std::optional<double> cpu_limit;
  std::optional<double> cpu_request;
  std::optional<std::int64_t> memory;
  std::string memory_remark;
  Line lines;          ///< Of apps.NAME.
  Line rollout;        ///< Of deployments.NAME-rollout.
  Line calling;        ///< Of load.NAME-users, from meshes.
  double share = 1;    ///< Of its service's requests.
  bool split = false;  ///< A mesh has stated the share.
};

/// A constant of the platform that each workload wants to set for itself.
struct Wish {
  std::string key;
  double value = 0;
  const Document* node = nullptr;  ///< What states it; nullptr for a default.
};

struct Kube {
  explicit Kube(Context& shared) : context(shared) {}
  Context& context;
  std::vector<KubeObject> objects;
  std::vector<Workload> workloads;
  std::vector<Wish> wishes;
  std::vector<std::string> faults;
  Line fault_lines;
  Line scaling_lines;

  /// Workloads whose pods a selector takes.
  std::vector<Workload*> selected(const std::map<std::string, std::string>& selector,
                                  const std::string& space);
  /// Workloads behind a Service (or host) of that name: "reviews.shop.svc.cluster.local".
  std::vector<Workload*> behind(const std::string& host, const std::string& space);
};

/// Deployment, StatefulSet, DaemonSet, ReplicaSet, Pod, Job, CronJob.
bool is_workload(const std::string& kind);
void read_workload(Kube& kube, const KubeObject& object);
/// Containers, probes, resources of a pod's spec.
void read_pod(Kube& kube, Workload& workload, const Document& template_metadata,
              const Document& spec);
void read_probes(Kube& kube, Workload& workload, const std::vector<const Document*>& containers);
/// HorizontalPodAutoscaler, of both versions.
void read_autoscaler(Kube& kube, const KubeObject& object);
/// Service, Ingress, HTTPRoute, PodDisruptionBudget.
void read_service_like(Kube& kube, const KubeObject& object);
/// VirtualService and DestinationRule.
void read_mesh(Kube& kube, const KubeObject& object);
/// Hosts, loads, rollouts and the platform's constants around the workloads.
void finish_kubernetes(Kube& kube);

/// Labels as a map; values that are not plain are problems.
std::map<std::string, std::string> labels_of(Context& context, const Document* map);

/// The whole importer.
ImportedScenario import_kubernetes(const std::vector<Document>& documents, Context& context);

}  // namespace leapday::import
