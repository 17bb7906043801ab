/// \file kubernetes_app.cpp
/// One workload's sizes and counts as keys of an app, alone or under an app that names its file.
/// Why: `apps.NAME.kubernetes` and `leapday import kubernetes` must say the same of one object.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "leapday/words.hpp"
#include "scenarios/import/kubernetes.hpp"

namespace leapday::import {
namespace {

/// The only workload, or the one that is named like the app.
const Workload* choose(const Kube& kube, const std::vector<Document>& documents,
                       const std::string& app, AppPart& part) {
  if (kube.workloads.size() == 1) return &kube.workloads.front();
  std::vector<std::string> names;
  for (const Workload& workload : kube.workloads) {
    if (workload.object->name == app) return &workload;
    names.push_back(workload.object->name);
  }
  const SourceLocation at = documents.empty() ? SourceLocation{} : documents.front().at;
  part.problems.push_back(
      {at,
       {},
       names.empty() ? "nothing in this file runs pods"
                     : fmt::format("none of the file's workloads is named \"{}\"", printable(app)),
       names.empty() ? "name the file of a Deployment, StatefulSet or another workload"
                     : "it has " + listed(names)});
  return nullptr;
}

/// What the language says otherwise or not at all, one line each.
void warn(const ImportedScenario& read, AppPart& part) {
  for (const ImportFinding& finding : read.coverage) {
    const std::string text =
        fmt::format("{}: {}: {}", place(finding.at), finding.path, finding.note);
    if (finding.fate == ImportFinding::Fate::unsupported) part.warnings.push_back(text);
    if (finding.fate == ImportFinding::Fate::approximated) {
      part.warnings.push_back(text + " (approximated)");
    }
  }
}

}  // namespace

std::string cpu_shares(const Workload& workload) {
  const double shares = std::floor(workload.cpu_request.value_or(0) * 1024 + 1e-6);
  return number_of(std::max(shares, 2.0));
}

void put_instances(Line& lines, const Workload& workload) {
  const std::string count = std::to_string(workload.replicas);
  if (workload.replicas_at.file.empty()) {
    lines.put("instances", count, workload.replicas_remark);
  } else {
    lines.put("instances", count, workload.replicas_at, workload.replicas_remark);
  }
}

void put_sizes(Line& lines, const Workload& workload) {
  if (workload.memory) {
    lines.put("memory", size_of(*workload.memory), workload.memory_at, workload.memory_remark);
  }
  if (workload.cpu_limit) {
    lines.put("cpu", number_of(*workload.cpu_limit), workload.cpu_limit_at, workload.sum_remark);
  }
  if (workload.cpu_request) {
    lines.put("cpu_request", number_of(*workload.cpu_request), workload.cpu_request_at,
              workload.sum_remark);
    lines.put("cpu_weight", cpu_shares(workload), workload.cpu_request_at,
              ": the CPU request, 1024 for a core" +
                  std::string(workload.sum_remark.empty() ? "" : ", summed"));
  }
}

void put_discipline(Line& lines, const Workload& workload) {
  const bool next = workload.next && (workload.next->find("cpu") != nullptr ||
                                      workload.next->find("cpu_weight") != nullptr);
  if (!workload.cpu_limit && !workload.cpu_request && !next) return;
  const SourceLocation& at = workload.cpu_limit ? workload.cpu_limit_at : workload.cpu_request_at;
  const std::string why = "CPU limits and shares count among requests that share cores";
  if (at.file.empty()) {
    lines.put("discipline", "processor_sharing", why);
  } else {
    lines.put("discipline", "processor_sharing", at, ": " + why);
  }
}

AppPart import_kubernetes_app(const std::vector<Document>& documents, const std::string& app,
                              std::span<const std::string_view> reserved) {
  AppPart part;
  part.app.kind = Document::Kind::map;
  Context context(reserved);
  Kube kube(context);
  const auto roots = read_kubernetes(kube, documents);
  part.problems = std::move(context.problems);
  if (!part.problems.empty()) return part;
  const Workload* workload = choose(kube, documents, app, part);
  if (workload == nullptr) return part;
  Line lines;
  if (workload->is_job) lines.put("kind", "job");
  if (!workload->replicas_at.file.empty()) put_instances(lines, *workload);
  put_sizes(lines, *workload);
  put_discipline(lines, *workload);
  for (const Line& line : workload->lines.below) lines.below.push_back(line);
  if (!lines.below.empty()) part.app = as_document(lines, workload->object->root->at);
  ImportedScenario read;
  for (const auto& [root, label] : roots) context.coverage.collect(*root, label, read.coverage);
  warn(read, part);
  if (workload->delayed > 0) {
    part.warnings.push_back("state what the mesh delays in the app's service_time");
  }
  return part;
}

}  // namespace leapday::import
