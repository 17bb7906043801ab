/// \file kubernetes.cpp
/// The importer's order: objects, workloads, what routes to them, what is left. Why: see
/// kubernetes.hpp.
#include "scenarios/import/kubernetes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "leapday/words.hpp"
#include "scenarios/import/origins.hpp"

namespace leapday::import {
namespace {

constexpr std::array<std::string_view, 27> kOutside{"ConfigMap",
                                                    "Secret",
                                                    "ServiceAccount",
                                                    "Role",
                                                    "RoleBinding",
                                                    "ClusterRole",
                                                    "ClusterRoleBinding",
                                                    "CustomResourceDefinition",
                                                    "Namespace",
                                                    "PersistentVolume",
                                                    "PersistentVolumeClaim",
                                                    "StorageClass",
                                                    "ServiceMonitor",
                                                    "PodMonitor",
                                                    "PrometheusRule",
                                                    "APIService",
                                                    "ValidatingWebhookConfiguration",
                                                    "MutatingWebhookConfiguration",
                                                    "Certificate",
                                                    "Issuer",
                                                    "ClusterIssuer",
                                                    "Endpoints",
                                                    "EndpointSlice",
                                                    "Kustomization",
                                                    "Event",
                                                    "PodSecurityPolicy",
                                                    "AuthorizationPolicy"};

/// Who belongs to whom is looked for object by object.
constexpr std::size_t kMostObjects = 5000;

class Reader {
 public:
  explicit Reader(Kube& kube) : kube_(kube), context_(kube.context) {}

  void collect(const Document& document);
  void read_all();
  Roots roots;

 private:
  void read_head(const KubeObject& object);
  void read_other(const KubeObject& object);
  bool is_repeated(const KubeObject& object);

  std::map<std::string, SourceLocation> known_;  ///< Objects by kind, group, namespace and name.
  Kube& kube_;
  Context& context_;
  bool full_ = false;
};

void Reader::collect(const Document& document) {
  if (document.kind != Document::Kind::map) {
    return context_.problem(document, {}, "is no Kubernetes object",
                            "write apiVersion, kind and metadata");
  }
  KubeObject object;
  object.root = &document;
  object.kind = context_.text(document, "kind");
  if (object.kind.empty()) {
    return context_.problem(document, "kind", "is missing: this is no Kubernetes object",
                            "write the object's kind, or leave the file out");
  }
  const Document* items =
      object.kind.ends_with("List") ? context_.list(document, "items") : nullptr;
  if (items != nullptr) {
    context_.outside(document, {"apiVersion", "kind", "metadata"}, "a list of the objects in it");
    for (const Document::Entry& entry : document.entries) {
      if (&entry.value != items) roots.emplace_back(&entry.value, object.kind + " " + entry.key);
    }
    if (items->items.empty()) roots.emplace_back(items, object.kind + " items");
    for (const Document& item : items->items) collect(item);
    return;
  }
  if (const Document* metadata = context_.map(document, "metadata")) {
    object.name = context_.text(*metadata, "name");
    if (object.name.empty()) object.name = context_.text(*metadata, "generateName");
    object.space = context_.text(*metadata, "namespace");
  }
  if (object.name.empty() && is_workload(object.kind)) {
    return context_.problem(document, "metadata.name", "is missing", "name the object");
  }
  if (kube_.objects.size() == kMostObjects) {
    if (std::exchange(full_, true)) return;
    return context_.problem(document, {}, fmt::format("more than {} objects", kMostObjects),
                            "import fewer at once");
  }
  object.label = object.kind + (object.name.empty() ? "" : "/" + object.name);
  if (is_repeated(object)) return;
  roots.emplace_back(&document, object.label);
  kube_.objects.push_back(std::move(object));
}

/// The same object twice would be two apps, or twice the load; a cluster keeps the later one only.
bool Reader::is_repeated(const KubeObject& object) {
  const Document* metadata = object.root->find("metadata");
  const Document* name = metadata != nullptr ? metadata->find("name") : nullptr;
  if (name == nullptr || std::find(kOutside.begin(), kOutside.end(), object.kind) != kOutside.end())
    return false;
  const std::string version = context_.text(*object.root, "apiVersion");
  const std::string group = version.substr(0, version.find('/') + 1);  // v1 has none
  const std::string space = object.space.empty() ? "default" : object.space;
  const auto [known, fresh] = known_.try_emplace(
      fmt::format("{}\n{}\n{}\n{}", object.kind, group, space, object.name), name->at);
  if (fresh) return false;
  context_.problem(*name, "metadata.name",
                   fmt::format("{} is there already", printable(object.label)),
                   fmt::format("leave out this one or the one at {}", place(known->second)));
  return true;
}

void Reader::read_head(const KubeObject& object) {
  context_.outside(*object.root, {"apiVersion"}, "which schema is read");
  if (!is_workload(object.kind)) context_.outside(*object.root, {"kind"}, "which schema is read");
  if (const Document* metadata = context_.map(*object.root, "metadata")) {
    context_.coverage.outside(*metadata, "names and describes the object");
  }
  context_.outside(*object.root, {"status"}, "what the cluster reported, not what is wanted");
}

void Reader::read_other(const KubeObject& object) {
  const bool outside = std::find(kOutside.begin(), kOutside.end(), object.kind) != kOutside.end();
  if (outside) {
    context_.coverage.outside(*object.root,
                              fmt::format("kind {} is no part of a rehearsal", object.kind));
  } else {
    context_.coverage.unsupported(
        *object.root, fmt::format("kind {} is not known to this importer", object.kind));
  }
}

void Reader::read_all() {
  kube_.workloads.reserve(kube_.objects.size());  // others point at them
  for (const KubeObject& object : kube_.objects) {
    if (!is_workload(object.kind)) continue;
    read_head(object);
    read_workload(kube_, object);
  }
  for (const std::string_view stage : {"service", "mesh", "rest"}) {
    for (const KubeObject& object : kube_.objects) {
      constexpr std::array<std::string_view, 5> kServices{
          "Service", "Ingress", "HTTPRoute", "HorizontalPodAutoscaler", "PodDisruptionBudget"};
      const bool service =
          std::find(kServices.begin(), kServices.end(), object.kind) != kServices.end();
      const bool mesh = object.kind == "VirtualService" || object.kind == "DestinationRule";
      if (is_workload(object.kind) || stage != (service ? "service" : mesh ? "mesh" : "rest")) {
        continue;
      }
      if (!service && !mesh) {
        read_other(object);
        continue;
      }
      read_head(object);
      service ? read_service_like(kube_, object) : read_mesh(kube_, object);
    }
  }
}

}  // namespace

std::vector<Workload*> Kube::selected(const std::map<std::string, std::string>& selector,
                                      const std::string& space) {
  std::vector<Workload*> found;
  for (Workload& workload : workloads) {
    if (selector.empty() || workload.object->space != space) continue;
    const bool fits = std::all_of(selector.begin(), selector.end(), [&](const auto& label) {
      const auto own = workload.labels.find(label.first);
      return own != workload.labels.end() && own->second == label.second;
    });
    if (fits) found.push_back(&workload);
  }
  return found;
}

std::map<std::string, std::string> labels_of(Context& context, const Document* map) {
  std::map<std::string, std::string> labels;
  if (map == nullptr) return labels;
  for (const Document::Entry& entry : map->entries) {
    if (entry.value.kind == Document::Kind::scalar) {
      labels[entry.key] = entry.value.text;
    } else if (entry.value.kind != Document::Kind::null) {
      context.problem(entry.value, entry.key, "is no label", "write a plain value");
    }
  }
  return labels;
}

Roots read_kubernetes(Kube& kube, const std::vector<Document>& documents) {
  Reader reader(kube);
  for (const Document& document : documents) reader.collect(document);
  reader.read_all();
  return std::move(reader.roots);
}

ImportedScenario import_kubernetes(const ImportInput& input, Context& context) {
  Kube kube(context);
  const Roots roots = read_kubernetes(kube, input.documents);
  ImportedScenario imported;
  imported.compared = input.newer != nullptr;
  if (input.newer != nullptr) {
    Context later(context.sketch.another());
    Kube after(later);
    read_kubernetes(after, *input.newer);
    for (Problem& problem : later.problems) context.problems.push_back(std::move(problem));
    if (context.problems.empty()) compare_kubernetes(kube, after, imported.changes);
  }
  if (!context.problems.empty()) return imported;
  if (!kube.workloads.empty()) {
    finish_kubernetes(kube);
    imported.text = context.sketch.text();
    imported.origins = origins_of(context.sketch.root);
  }
  for (const auto& [root, label] : roots) {
    context.coverage.collect(*root, label, imported.coverage);
  }
  imported.asked = context.sketch.asked;
  return imported;
}

}  // namespace leapday::import
