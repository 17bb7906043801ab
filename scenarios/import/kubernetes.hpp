/// \file kubernetes.hpp
/// Kubernetes objects to a scenario: what the parts of the importer share.
/// Why: workloads, services and meshes are read in files of their own, in this order.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/import/app_part.hpp"
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
  SourceLocation replicas_at;  ///< Nowhere when no file states the count.
  std::int64_t most = 0;       ///< Replicas that an autoscaler may want; 0 without one.
  bool is_job = false;
  double start_seconds = 0;  ///< At least this long, as probes say.
  std::optional<double> cpu_limit;
  std::optional<double> cpu_request;
  std::optional<std::int64_t> memory;
  SourceLocation cpu_limit_at, cpu_request_at, memory_at;
  std::string sum_remark;  ///< Of sizes that several containers add up to.
  std::string memory_remark;
  std::optional<double> start_limit;    ///< Seconds in which it starts at the latest, by its probe.
  std::vector<const Document*> counts;  ///< Steps of its rollout that are no shares.
  Line lines;                           ///< Of apps.NAME.
  Line rollout;                         ///< Of deployments.NAME-rollout.
  Line calling;                         ///< Of load.NAME-users, from meshes.
  double share = 1;                     ///< Of its service's requests.
  double delayed = 0;                   ///< Share of its requests that a mesh delays, by
  double delay_seconds = 0;
  bool split = false;  ///< A mesh has stated the share.
  std::optional<std::int64_t> next_memory;
  std::optional<Line> next;  ///< releases.next, when the import compares and it is rolled out.
};

struct Kube {
  explicit Kube(Context& shared) : context(shared) {}
  Context& context;
  std::vector<KubeObject> objects;
  std::vector<Workload> workloads;
  std::map<std::string, std::string> host_labels;  ///< What workloads select hosts by.
  bool compared = false;  ///< Rolled out is only what differs in newer files.
  Line mirror_lines;      ///< Of `mirrors`.
  Line scaling_lines;     ///< Of `scaling`.

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
/// Selectors, tolerations, affinities, spreading.
void read_placement(Kube& kube, Workload& workload, const Document& spec);
/// A label's key can be a key of the scenario.
bool can_be_named(const Context& context, std::string_view key);
void read_probes(Kube& kube, Workload& workload, const std::vector<const Document*>& containers);
/// What a drain must leave of the pods that a PodDisruptionBudget selects.
void read_budget(Kube& kube, const KubeObject& object);
/// The autoscaler's bounds, metrics and behaviour.
void read_autoscaler(Kube& kube, const KubeObject& object);
/// An autoscaler's least count stands in for replicas that nobody states.
void replicas_of_autoscaler(Kube& kube, Workload& workload);
/// The percentage that an Istio mirror states, 100 without one; nothing after a problem.
std::optional<double> mirrored_share(Context& context, const Document* percentage,
                                     const Document* older);
/// A mirror from each of some workloads to those of others, by their pods, noted at `node`.
void put_mirror(Kube& kube, const Document& node, const std::vector<Workload*>& from,
                const std::vector<Workload*>& to, double percent);
/// What a host of a mesh or an Ingress names; one with dots of its own is not of the cluster.
struct HostName {
  std::string name;
  std::string space;  ///< Its namespace; empty when neither it nor who names it states one.
  bool inside = true;
};
/// "reviews", "reviews.shop", "reviews.shop.svc" and "reviews.shop.svc.cluster.local", as an object
/// of that namespace means them.
HostName host_name(const std::string& host, const std::string& space);
/// True for the same namespace, by name or because objects without one are in the default's.
bool same_space(const std::string& one, const std::string& other);
/// What a mesh injects into the requests of some workloads.
void read_mesh_fault(Context& context, const Document& fault,
                     const std::vector<Workload*>& callees);
/// Service, Ingress, HTTPRoute, HorizontalPodAutoscaler, PodDisruptionBudget.
void read_service_like(Kube& kube, const KubeObject& object);
/// VirtualService and DestinationRule.
void read_mesh(Kube& kube, const KubeObject& object);
/// Instances, when they are stated or when there is a reason to say how many.
void put_instances(Line& lines, const Workload& workload);
/// Memory, CPU limit and CPU weight, as far as they are stated.
void put_sizes(Line& lines, const Workload& workload);
/// Sharing of cores, without which neither a limit nor a weight of CPU has an effect.
void put_discipline(Line& lines, const Workload& workload);
/// Linux's shares of a contended CPU as the kubelet sets them: 1,024 for a core, 2 at least.
std::string cpu_shares(const Workload& workload);
/// Notes in `changes` what differs in `after`, and what of it a release and its rollout can say.
void compare_kubernetes(Kube& before, Kube& after, std::vector<ImportFinding>& changes);
/// Hosts, loads and rollouts around the workloads.
void finish_kubernetes(Kube& kube);

/// Labels as a map; values that are not plain are problems.
std::map<std::string, std::string> labels_of(Context& context, const Document* map);

/// The documents whose coverage is reported, with what they are called there.
using Roots = std::vector<std::pair<const Document*, std::string>>;
/// Reads all objects into `kube`; the documents must stay where they are.
Roots read_kubernetes(Kube& kube, const std::vector<Document>& documents);

/// What the file of one app says of it, for `apps.NAME.kubernetes` and `releases.NAME.kubernetes`.
AppPart import_kubernetes_app(const std::vector<Document>& documents, const std::string& app,
                              std::span<const std::string_view> reserved);

/// The whole importer.
ImportedScenario import_kubernetes(const ImportInput& input, Context& context);

}  // namespace leapday::import
