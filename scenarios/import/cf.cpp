/// \file cf.cpp
/// The scenario around the apps of a Cloud Foundry manifest. Why: see cf.hpp.
#include "scenarios/import/cf.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "leapday/words.hpp"
#include "scenarios/import/cf_manifest.hpp"

namespace leapday::import {
namespace {

constexpr double kGib = 1073741824.0;

class CfReader {
 public:
  explicit CfReader(Context& context) : context_(context), sketch_(context.sketch) {}

  void manifest(const Document& manifest);
  void finish();
  bool empty() const { return apps_.below.empty(); }

 private:
  using Place = std::pair<int, int>;
  void application(const Document& manifest, const Document& application);
  void lines_of(const Document& map, const std::string& path, Line& into);
  void cover(const Document& node, const std::string& key);
  void cover_top(const Document& manifest);
  void surround(const Document& application, const std::string& name);

  Context& context_;
  Sketch& sketch_;
  std::map<Place, std::string> used_;  ///< Of the manifest at hand: where, and which key it is.
  Line apps_;
  Line loads_;
  Line deployments_;
  Line expectations_;
};

/// An imported map as lines; remembers where each value came from.
void CfReader::lines_of(const Document& map, const std::string& path, Line& into) {
  for (const Document::Entry& entry : map.entries) {
    const std::string below = path + "." + entry.key;
    if (entry.value.kind == Document::Kind::map) {
      lines_of(entry.value, below, into.at(entry.key));
      continue;
    }
    if (has_placeholder(entry.value.text)) {
      context_.problem(entry.value, below,
                       fmt::format("the manifest leaves {} open", printable(entry.value.text)),
                       "give its value with --vars-file, or write it into the manifest");
      continue;
    }
    const bool label = path.ends_with(".labels");
    into.put(entry.key, label ? quoted_yaml(entry.value.text) : entry.value.text,
             place(entry.value.at));
    used_[{entry.value.at.line, entry.value.at.column}] =
        fmt::format("{}: {}", below, entry.value.text);
  }
}

/// Notes what became of an attribute; everything that was read is known by its place.
void CfReader::cover(const Document& node, const std::string& key) {
  const auto used = used_.find({node.at.line, node.at.column});
  if (used != used_.end() && node.kind == Document::Kind::scalar) {
    context_.coverage.mapped(node, used->second);
  } else if (key != "processes" && without_effect(dashed(key))) {
    context_.coverage.outside(node);
    return;
  }
  for (const Document::Entry& entry : node.entries) cover(entry.value, entry.key);
  for (const Document& item : node.items) {
    const Document* type = key == "processes" ? item.find("type") : nullptr;
    if (type != nullptr && type->text != "web") {
      context_.coverage.unsupported(
          item, fmt::format("process {} is left out; state it as an app of its own",
                            printable(type->text)));
    }
    cover(item, key);
  }
  if (key == "loadbalancing" && !context_.coverage.has(node)) {
    context_.coverage.unsupported(node, "an app has one routing policy: its first route's");
  } else if (key.starts_with("hash_") || key.starts_with("hash-")) {
    context_.coverage.unsupported(node, "consistent_hash goes by client, whatever the header");
  }
  if (key == "protocol" || key == "route" || key == "type") {
    context_.coverage.outside(node, "addresses are no part of a rehearsal");
  }
}

void CfReader::cover_top(const Document& manifest) {
  for (const Document::Entry& entry : manifest.entries) {
    if (entry.key == "applications") continue;
    if (entry.key == "version") {
      context_.coverage.outside(entry.value, "which schema is read");
    } else if (entry.key == "inherit") {
      context_.coverage.unsupported(entry.value, "not followed; what it would add is missing");
    } else if (entry.value.kind == Document::Kind::scalar) {
      cover(entry.value, entry.key);
    } else {
      context_.coverage.outside(entry.value, "there to carry anchors");
    }
  }
}

void CfReader::surround(const Document& application, const std::string& name) {
  const Document* no_route = application.find("no-route");
  if (no_route == nullptr) no_route = application.find("no_route");
  Line& app = apps_.at(name);
  const auto missing = [&](const char* key) { return app.find(key) == nullptr; };
  const std::string path = "apps." + name;
  if (missing("instances")) app.put("instances", "1", "Cloud Foundry's default");
  if (missing("memory")) {
    sketch_.assume(app, path, "memory", "1GiB", "the foundation's default");
  }
  sketch_.assume(app, path, "service_time", "10ms", "own work of one request");
  sketch_.assume(app, path, "concurrency", "10", "requests one instance serves at once");
  sketch_.assume(app, path, "start_time", "10s", "from start until it listens");
  if (app.find("instances")->value == "0") return;
  app.at("releases").put("running", "{}");
  sketch_.assume(app.at("releases"), path + ".releases", "next", "{like: running}",
                 "what the next release changes", false);
  Line& deployment = deployments_.at(sketch_.name(name + "-rollout"));
  sketch_.assume(deployment, "deployments." + deployment.key, "at", "5min", "when it is rolled out",
                 false);
  deployment.put("app", name);
  deployment.put("release", "next");
  if (no_route != nullptr && no_route->text == "true") return;
  Line& load = loads_.at(sketch_.name(name + "-users"));
  load.put("to", name);
  sketch_.assume(load, "load." + load.key, "rate", "10/s", "requests it gets");
  sketch_.assume(expectations_, "expect", sketch_.name(name + "-served"),
                 fmt::format("success({}) >= 99%", load.key), "what must hold", false);
}

void CfReader::application(const Document& manifest, const Document& application) {
  const std::string stated = context_.text(application, "name");
  if (has_placeholder(stated)) {
    return context_.problem(*application.find("name"), "name",
                            fmt::format("the manifest leaves {} open", printable(stated)),
                            "give its value with --vars-file, or write it into the manifest");
  }
  const std::string name = sketch_.name(stated.empty() ? "app" : stated);
  Document alone = manifest;
  alone.find("applications")->items = {application};
  CfApp read = import_cf_manifest(alone, stated);
  for (Problem& problem : read.problems) context_.problems.push_back(std::move(problem));
  used_.clear();
  Line& app = apps_.at(name);
  app.comment = place(application.at);
  lines_of(read.app, "apps." + name, app);
  cover(application, {});
  if (const Document* node = application.find("name")) {
    context_.coverage.mapped(*node, "apps." + name);
  }
  cover_top(manifest);
  surround(application, name);
}

void CfReader::manifest(const Document& manifest) {
  const Document* applications = context_.list(manifest, "applications");
  if (applications == nullptr) {
    if (context_.problems.empty()) cover_top(manifest);
    return;
  }
  for (const Document& one : applications->items) {
    if (one.kind == Document::Kind::map) {
      application(manifest, one);
    } else {
      context_.problem(one, "applications", "an application is a map", "write name: shop");
    }
  }
}

void CfReader::finish() {
  Line& root = sketch_.root;
  std::string names;
  for (const Line& app : apps_.below) names += (names.empty() ? "" : ", ") + app.key;
  root.put("leapday", "1");
  root.put("name", quoted_yaml(names.substr(0, 80) + " imported from Cloud Foundry"));
  sketch_.assume(root.at("run"), "run", "duration", "15min", "how long to rehearse", false);
  root.at("run").put("warmup", "30s");
  root.at("platform").put("profile", "cf-diego");
  double memory = 0, largest = 1;
  for (const Line& app : apps_.below) {
    std::string size = app.find("memory")->value;
    if (size.starts_with("{")) size = "1GiB";
    const double bytes =
        quantity(size.substr(0, size.size() - (size.ends_with("iB") ? 1 : 0))).value_or(kGib);
    memory += bytes * static_cast<double>(whole_number(app.find("instances")->value).value_or(1));
    largest = std::max(largest, bytes);
  }
  const double gib = std::max(32.0, std::ceil(4 * largest / kGib));
  const std::string zone = fmt::format(
      "{{hosts: {}, cores: 8, memory: {}GiB, disk: 1TiB}}",
      number_of(std::max(1.0, std::ceil(2 * memory / (gib * kGib) / 2))), number_of(gib));
  Line& zones = root.at("topology").at("zones");
  const std::string first = sketch_.name("z1");
  sketch_.assume(zones, "topology.zones", first, zone, "the foundation's cells", false);
  zones.at(first).value.insert(0, "&zone ");
  zones.put(sketch_.name("z2"), "*zone");
  for (auto& [key, lines] :
       {std::pair{"apps", &apps_}, std::pair{"load", &loads_},
        std::pair{"deployments", &deployments_}, std::pair{"expect", &expectations_}}) {
    if (!lines->below.empty()) root.at(key).below = std::move(lines->below);
  }
}

}  // namespace

ImportedScenario import_cf(const std::vector<Document>& documents, Context& context) {
  CfReader reader(context);
  for (const Document& document : documents) {
    if (document.kind == Document::Kind::map) {
      reader.manifest(document);
    } else {
      context.problem(document, {}, "is no Cloud Foundry manifest", "write applications: [...]");
    }
  }
  ImportedScenario imported;
  if (!context.problems.empty()) return imported;
  if (!reader.empty()) {
    reader.finish();
    imported.text = context.sketch.text();
  }
  for (const Document& document : documents) {
    context.coverage.collect(document, "manifest", imported.coverage);
  }
  imported.asked = context.sketch.asked;
  return imported;
}

}  // namespace leapday::import
