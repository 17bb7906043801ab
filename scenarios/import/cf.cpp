/// \file cf.cpp
/// The scenario around the apps of a Cloud Foundry manifest. Why: see cf.hpp.
#include "scenarios/import/cf.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>
#include <utility>

#include "leapday/words.hpp"
#include "scenarios/import/cf_changes.hpp"
#include "scenarios/import/cf_manifest.hpp"
#include "scenarios/import/origins.hpp"
#include "scenarios/import/rollout_bound.hpp"

namespace leapday::import {
namespace {

constexpr double kGib = 1073741824.0;
constexpr std::size_t kMostProblems = 200;

std::size_t nodes_of(const Document& node) {
  std::size_t count = 1;
  for (const Document& item : node.items) count += nodes_of(item);
  for (const Document::Entry& entry : node.entries) count += nodes_of(entry.value);
  return count;
}

/// The memory that an app or a release states; a GiB when it states none.
double bytes_of(const Line& lines) {
  const Line* line = lines.find("memory");
  if (line == nullptr || line->value.starts_with("{")) return kGib;
  std::string size = line->value;
  size.resize(size.size() - (size.ends_with("iB") ? 1 : 0));
  return quantity(size).value_or(kGib);
}

/// Each application is looked at beside all the others.
constexpr std::size_t kMostApplications = 5000;
/// Values of a manifest's defaults, times its applications.
constexpr std::size_t kMostDefaults = 1'000'000;

class CfReader {
 public:
  explicit CfReader(Context& context) : context_(context), sketch_(context.sketch) {}

  void manifest(const Document& manifest);
  void compare(const CfReader& newer, std::vector<ImportFinding>& changes);
  void finish();
  bool empty() const { return apps_.empty(); }

 private:
  using Place = std::tuple<std::string, int, int>;
  static Place place_of(const Document& node) {
    return {node.at.file, node.at.line, node.at.column};
  }
  void application(const Document& merged, const Document& stated);
  void lines_of(const Document& map, const std::string& path, Line& into);
  void cover(const Document& node, const std::string& key);
  void cover_value(const Document& node, const std::string& key);
  void cover_process(const Document& process);
  std::string overridden_by(const std::string& key) const;
  bool is_repeated(const Document& merged, const std::string& name);
  static RolloutPace pace(const CfApplication& application);
  static double start_of(const Line& app);
  bool is_rolled_out(const CfApplication& application) const {
    return application.lines.find("instances")->value != "0" && (!compared_ || application.next);
  }
  void cover_top(const Document& manifest);
  void surround(CfApplication& application);
  void rollout(CfApplication& application);

  Context& context_;
  Sketch& sketch_;
  std::map<Place, std::string> used_;  ///< Of the application at hand: where, and which key it is.
  std::map<Place, std::string> defaults_;  ///< Likewise, of all of them.
  const Document* application_ = nullptr;  ///< The one at hand, as its manifest states it.
  std::vector<CfApplication> apps_;
  bool compared_ = false;
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
    if (path.ends_with(".labels")) {
      into.put_text(entry.key, entry.value.text, entry.value.at);
    } else {
      into.put(entry.key, entry.value.text, entry.value.at);
    }
    used_[place_of(entry.value)] = fmt::format("{}: {}", below, entry.value.text);
    const std::string rest = below.substr(below.find('.', below.find('.') + 1));
    defaults_[place_of(entry.value)] = fmt::format("apps.*{}: {}", rest, entry.value.text);
  }
}

/// Whose value counts in place of one that is stated and was read.
std::string CfReader::overridden_by(const std::string& key) const {
  if (application_ == nullptr) return "every application states its own";
  static const Document kNone;
  const Document* processes = application_->find("processes");
  for (const Document& process : (processes != nullptr ? *processes : kNone).items) {
    const Document* type = process.find("type");
    if (type == nullptr || type->text != "web") continue;
    for (const Document::Entry& entry : process.entries) {
      if (dashed(entry.key) == dashed(key)) return "overridden by processes[type=web]";
    }
  }
  return "overridden by a later one of the same meaning";
}

/// Notes what became of a plain value.
void CfReader::cover_value(const Document& node, const std::string& key) {
  Coverage& coverage = context_.coverage;
  const auto used = used_.find(place_of(node));
  const std::string dashes = dashed(key);
  if (used != used_.end()) {
    coverage.mapped(node, used->second);
    if (dashes == "timeout" && beyond_start_timeout(node)) {
      coverage.approximated(node, std::string(kBeyondStartTimeout));
    }
  } else if (has_placeholder(node.text)) {
    coverage.unsupported(node, "left open; give its value with --vars-file");
  } else if (key == "loadbalancing") {
    coverage.unsupported(node, "an app has one routing policy: its first route's");
  } else if (dashes.starts_with("hash-")) {
    coverage.unsupported(node, "consistent_hash goes by client, whatever the header");
  } else if (key == "protocol" && node.text == "tcp") {
    const bool tcp = std::any_of(used_.begin(), used_.end(), [](const auto& one) {
      return one.second.ends_with(".kind: tcp");
    });
    tcp ? coverage.mapped(node, "kind: tcp")
        : coverage.approximated(node,
                                "an app has one kind: with a route of another protocol, http");
  } else if (key == "protocol" || key == "route") {
    coverage.outside(node, "addresses are no part of a rehearsal");
  } else if (is_application_key(dashes) && key != "name") {
    coverage.outside(node, overridden_by(key));
  }
}

/// Only the web process is rehearsed.
void CfReader::cover_process(const Document& process) {
  const Document* type = process.find("type");
  if (type != nullptr && type->text != "web") {
    return context_.coverage.unsupported(
        process, fmt::format("process {} is left out; state it as an app of its own",
                             printable(type->text)));
  }
  cover(process, {});
  if (type != nullptr) context_.coverage.mapped(*type, "the process that takes the app's requests");
}

/// Notes what became of an attribute; everything that was read is known by its place.
void CfReader::cover(const Document& node, const std::string& key) {
  if (key != "processes" && without_effect(dashed(key))) return context_.coverage.outside(node);
  if (node.kind == Document::Kind::scalar) return cover_value(node, key);
  for (const Document::Entry& entry : node.entries) cover(entry.value, entry.key);
  for (const Document& item : node.items) {
    key == "processes" && item.kind == Document::Kind::map ? cover_process(item) : cover(item, key);
  }
}

void CfReader::cover_top(const Document& manifest) {
  used_ = defaults_;
  application_ = nullptr;
  for (const Document::Entry& entry : manifest.entries) {
    if (entry.key == "applications") continue;
    if (entry.key == "version") {
      context_.coverage.outside(entry.value, "which schema is read");
    } else if (entry.key == "inherit") {
      context_.coverage.mapped(entry.value, "what it adds stands below, under its own file");
    } else if (is_application_key(dashed(entry.key)) ||
               entry.value.kind == Document::Kind::scalar) {
      cover(entry.value, entry.key);
    } else {
      context_.coverage.outside(entry.value, "there to carry anchors");
    }
  }
}

void CfReader::surround(CfApplication& application) {
  Line& app = application.lines;
  const std::string& name = app.key;
  const auto missing = [&](const char* key) { return app.find(key) == nullptr; };
  const std::string path = "apps." + name;
  if (missing("instances")) app.put("instances", "1", "Cloud Foundry's default");
  if (missing("memory")) {
    sketch_.assume(app, path, "memory", "1GiB", "the foundation's default");
  }
  sketch_.assume(app, path, "service_time", "10ms", "own work of one request");
  sketch_.assume(app, path, "concurrency", "10", "requests one instance serves at once");
  sketch_.assume(app, path, "start_time", duration_of(start_of(app)),
                 "from start until it listens");
  if (app.find("instances")->value == "0") return;
  rollout(application);
  const Document* no_route = application.merged.find("no-route");
  if (no_route == nullptr) no_route = application.merged.find("no_route");
  if (no_route != nullptr && no_route->text == "true") return;
  Line& load = loads_.at(sketch_.name(name + "-users"));
  load.from = application.merged.at;
  load.put("to", name);
  sketch_.assume(load, "load." + load.key, "rate", "10/s", "requests it gets");
  sketch_.assume(expectations_, "expect", sketch_.name(name + "-served"),
                 fmt::format("success({}) >= 99%", load.key), "what must hold", false);
}

void CfReader::rollout(CfApplication& application) {
  if (!is_rolled_out(application)) return;
  const std::string& name = application.lines.key;
  Line& releases = application.lines.at("releases");
  releases.put("running", "{}");
  const std::string path = fmt::format("apps.{}.releases", name);
  if (application.next) {
    releases.below.push_back(*application.next);
    sketch_.asked.push_back({path + ".next.service_time", "as before",
                             "how the new release behaves is not in the files"});
  } else {
    sketch_.assume(releases, path, "next", "{like: running}", "what the next release changes",
                   false);
  }
  Line& deployment = deployments_.at(sketch_.name(name + "-rollout"));
  sketch_.assume(deployment, "deployments." + deployment.key, "at", "5min", "when it is rolled out",
                 false);
  deployment.put("app", name);
  deployment.put("release", "next");
  deployment.from = application.merged.at;
  expect_completed(sketch_, expectations_, name, deployment.key, rollout_bound(pace(application)));
}

/// What Cloud Foundry's probe of every two seconds sees within a timeout that is stated.
double CfReader::start_of(const Line& app) {
  constexpr double kAssumed = 10, kProbe = 2;
  const double limit = seconds_in(app.find("health"), "start_timeout", 60);
  const double seen = limit - 1.5 * kProbe;
  return std::min(kAssumed, seen > 0 ? seen : limit / 2);
}

/// One by one, each with a look every 5 seconds and a stop that takes as long as it may (15 s).
RolloutPace CfReader::pace(const CfApplication& application) {
  constexpr double kTick = 5, kProbe = 2, kStop = 15;
  RolloutPace pace;
  for (const Line* lines : {&application.lines, application.next ? &*application.next : nullptr}) {
    const Line* count = lines != nullptr ? lines->find("instances") : nullptr;
    if (count == nullptr) continue;
    pace.instances = std::max(pace.instances, whole_number(count->value).value_or(1));
  }
  pace.each = start_of(application.lines) + kProbe + kTick + kStop;
  return pace;
}

/// A push of the one would replace the other.
bool CfReader::is_repeated(const Document& merged, const std::string& name) {
  const auto known = std::find_if(apps_.begin(), apps_.end(), [&](const CfApplication& app) {
    return app.name == name && !name.empty();
  });
  if (known == apps_.end()) return false;
  context_.problem(
      *merged.find("name"), "name",
      fmt::format("two applications are named \"{}\"", printable(name)),
      fmt::format("keep this one or the one at {}", place(known->merged.find("name")->at)));
  return true;
}

void CfReader::application(const Document& merged, const Document& stated) {
  const std::string name = context_.text(merged, "name");
  if (has_placeholder(name)) {
    return context_.problem(*merged.find("name"), "name",
                            fmt::format("the manifest leaves {} open", printable(name)),
                            "give its value with --vars-file, or write it into the manifest");
  }
  if (apps_.size() == kMostApplications) {
    return context_.problem(stated, "applications",
                            fmt::format("more than {} applications", kMostApplications),
                            "import fewer at once");
  }
  if (is_repeated(merged, name)) return;
  CfApplication& app = apps_.emplace_back();
  app.name = name;
  app.merged = merged;
  app.lines.key = sketch_.name(name.empty() ? "app" : name);
  app.lines.comment = place(stated.at);
  app.lines.from = stated.at;
  CfApp read = import_cf_application(merged);
  for (Problem& problem : read.problems) context_.problems.push_back(std::move(problem));
  used_.clear();
  application_ = &stated;
  lines_of(read.app, "apps." + app.lines.key, app.lines);
  cover(stated, {});
  if (const Document* node = stated.find("name")) {
    context_.coverage.mapped(*node, "apps." + app.lines.key);
  }
}

void CfReader::manifest(const Document& manifest) {
  defaults_.clear();
  context_.list(manifest, "applications");  // another kind is a problem
  const Document defaults = cf_defaults(manifest);
  const auto applications = cf_applications(manifest);
  if (applications.size() * defaults.entries.size() > 0 &&
      applications.size() * nodes_of(defaults) > kMostDefaults) {
    return context_.problem(manifest, "applications",
                            "the defaults at the top are too large for so many applications",
                            "import fewer at once");
  }
  for (const Document* one : applications) {
    if (context_.problems.size() >= kMostProblems) return;
    if (one->kind == Document::Kind::map) {
      application(with_defaults(defaults, *one), *one);
    } else {
      context_.problem(*one, "applications", "an application is a map", "write name: shop");
    }
  }
  if (manifest.find("applications") != nullptr || applications.empty()) cover_top(manifest);
}

void CfReader::compare(const CfReader& newer, std::vector<ImportFinding>& changes) {
  compared_ = true;
  compare_cf(apps_, newer.apps_, changes);
}

void CfReader::finish() {
  Line& root = sketch_.root;
  std::string names;
  for (CfApplication& app : apps_) {
    surround(app);
    names += (names.empty() ? "" : ", ") + app.lines.key;
  }
  root.put("leapday", "1");
  root.put("name", quoted_yaml(names.substr(0, 80) + " imported from Cloud Foundry"));
  double longest = 0;
  for (const CfApplication& app : apps_) {
    if (is_rolled_out(app)) longest = std::max(longest, rollout_bound(pace(app)));
  }
  sketch_.assume(root.at("run"), "run", "duration", run_length(longest), "how long to rehearse",
                 false);
  root.at("run").put("warmup", "30s");
  root.at("platform").put("profile", "cf-diego");
  double memory = 0, largest = 1;
  Line apps;
  for (CfApplication& app : apps_) {
    double bytes = bytes_of(app.lines);
    if (app.next) bytes = std::max(bytes, bytes_of(*app.next));
    const auto count = whole_number(app.lines.find("instances")->value).value_or(1);
    memory += bytes * static_cast<double>(count);
    largest = std::max(largest, bytes);
    apps.below.push_back(std::move(app.lines));
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
       {std::pair{"apps", &apps}, std::pair{"load", &loads_},
        std::pair{"deployments", &deployments_}, std::pair{"expect", &expectations_}}) {
    if (!lines->below.empty()) root.at(key).below = std::move(lines->below);
  }
}

}  // namespace

namespace {

void read_cf(CfReader& reader, const std::vector<Document>& documents, Context& context) {
  for (const Document& document : documents) {
    if (document.kind == Document::Kind::map) {
      reader.manifest(document);
    } else {
      context.problem(document, {}, "is no Cloud Foundry manifest", "write applications: [...]");
    }
  }
}

}  // namespace

ImportedScenario import_cf(const ImportInput& input, Context& context) {
  CfReader reader(context);
  read_cf(reader, input.documents, context);
  ImportedScenario imported;
  imported.compared = input.newer != nullptr;
  if (input.newer != nullptr) {
    Context later(context.sketch.another());
    CfReader after(later);
    read_cf(after, *input.newer, later);
    for (Problem& problem : later.problems) context.problems.push_back(std::move(problem));
    if (context.problems.empty()) reader.compare(after, imported.changes);
  }
  if (!context.problems.empty()) return imported;
  if (!reader.empty()) {
    reader.finish();
    imported.text = context.sketch.text();
    imported.origins = origins_of(context.sketch.root);
  }
  for (const Document& document : input.documents) {
    context.coverage.collect(document, "manifest", imported.coverage);
  }
  imported.asked = context.sketch.asked;
  return imported;
}

}  // namespace leapday::import
