/// \file cf_manifest.cpp
/// The manifest's schema, version 1: cloud_controller_ng app_manifest_message.rb, and the CLI's
/// older keys. Why: see cf_manifest.hpp.
#include "scenarios/import/cf_manifest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <optional>

namespace leapday::import {
namespace {

/// Keys that a rehearsal has no use for; they are listed in one warning.
constexpr std::array<std::string_view, 31> kLeftOut{"app-ports",
                                                    "docker-image",
                                                    "buildpack",
                                                    "buildpacks",
                                                    "cnb-credentials",
                                                    "command",
                                                    "default-route",
                                                    "docker",
                                                    "domain",
                                                    "domains",
                                                    "env",
                                                    "features",
                                                    "host",
                                                    "hosts",
                                                    "lifecycle",
                                                    "path",
                                                    "random-route",
                                                    "service-bindings",
                                                    "services",
                                                    "sidecars",
                                                    "stack",
                                                    "user",
                                                    "no-route",
                                                    "no-hostname",
                                                    "no-start",
                                                    "droplet-path",
                                                    "log-rate-limit-per-second",
                                                    "health-check-http-endpoint",
                                                    "readiness-health-check-http-endpoint",
                                                    "strategy",
                                                    "annotations"};

std::string where(const SourceLocation& at) { return fmt::format("{}:{}", at.file, at.line); }

class Importer {
 public:
  explicit Importer(CfApp& out) : out_(out) { out_.app.kind = Document::Kind::map; }

  void read(const Document& manifest, std::string_view app_name);
  void read(const Document& application);

 private:
  void problem(const SourceLocation& at, std::string message, std::string fix) {
    out_.problems.push_back({at, {}, std::move(message), std::move(fix)});
  }
  void warn(const SourceLocation& at, std::string_view text) {
    out_.warnings.push_back(fmt::format("{}: {}", where(at), text));
  }
  const Document* choose(const Document& manifest, const std::vector<const Document*>& applications,
                         std::string_view app_name);
  void read_keys(const Document& map, bool replace);
  bool read_key(const std::string& key, const Document::Entry& entry, bool replace);
  void read_health(const std::string& key, const Document::Entry& entry, bool replace);
  void read_processes(const Document& list);
  void read_routes(const Document& list);
  void read_protocols(const Document& list);
  void read_labels(const Document& metadata);
  void put(Document& map, std::string_view key, const SourceLocation& at, std::string text,
           bool replace);
  Document& child(std::string_view key, const SourceLocation& at);
  std::optional<std::string> size(const Document::Entry& entry);
  std::optional<std::string> whole(const Document::Entry& entry, std::string_view unit,
                                   std::int64_t low, std::int64_t high);
  std::optional<std::string> seconds(const Document::Entry& entry);
  void report_left_out(const SourceLocation& at);

  CfApp& out_;
  std::vector<std::string> left_out_;
};

void Importer::put(Document& map, std::string_view key, const SourceLocation& at, std::string text,
                   bool replace) {
  Document value;
  value.kind = Document::Kind::scalar;
  value.at = at;
  value.text = std::move(text);
  if (Document* known = map.find(key)) {
    if (replace) *known = std::move(value);
    return;
  }
  map.entries.push_back({std::string(key), at, std::move(value)});
}

Document& Importer::child(std::string_view key, const SourceLocation& at) {
  if (Document* known = out_.app.find(key)) return *known;
  Document map;
  map.kind = Document::Kind::map;
  map.at = at;
  out_.app.entries.push_back({std::string(key), at, std::move(map)});
  return out_.app.entries.back().value;
}

/// How many characters are digits, or digits, a point and digits: neither sign nor exponent.
std::size_t number_length(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789";
  const auto digits_from = [&](std::size_t from) {
    return std::min(text.find_first_not_of(kDigits, from), text.size());
  };
  const std::size_t whole = digits_from(0);
  if (whole == 0 || whole == text.size() || text[whole] != '.') return whole;
  const std::size_t end = digits_from(whole + 1);
  return end > whole + 1 ? end : whole;
}

/// `512M`, `1.5GB`, `256mb`: always powers of 1024, and at least one megabyte, as the Cloud
/// Controller counts (manifest_process_scale_message.rb: greater than 0MB).
std::optional<std::string> Importer::size(const Document::Entry& entry) {
  const std::string& text = entry.value.text;
  if (has_placeholder(text)) return text;
  const std::size_t length = text.size() > 20 ? 0 : number_length(text);
  const double number = length > 0 ? std::strtod(text.substr(0, length).c_str(), nullptr) : -1;
  std::string unit = text.substr(length);
  for (char& c : unit) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  constexpr std::string_view kPrefixes = "BKMGT";
  const std::size_t power = unit.empty() ? kPrefixes.npos : kPrefixes.find(unit[0]);
  const bool known =
      unit == "B" || (power != kPrefixes.npos && power > 0 &&
                      (unit.size() == 1 || unit.substr(1) == "B" || unit.substr(1) == "IB"));
  const double bytes = known ? number * std::pow(1024.0, static_cast<double>(power)) : -1;
  if (length == 0 || !known || !(bytes >= 0 && bytes < 1e18)) {
    problem(entry.value.at, fmt::format("{}: \"{}\" is not a size", entry.key, text),
            "write a number and M or G, such as 512M");
    return std::nullopt;
  }
  if (bytes < 1048576) {
    problem(entry.value.at, fmt::format("{}: \"{}\" is less than 1M", entry.key, text),
            "write what an instance takes, such as 512M");
    return std::nullopt;
  }
  const auto count = static_cast<std::int64_t>(bytes);
  for (const auto& [name, shift] :
       {std::pair{"GiB", 30}, std::pair{"MiB", 20}, std::pair{"KiB", 10}}) {
    if (count > 0 && count % (std::int64_t{1} << shift) == 0) {
      return fmt::format("{}{}", count >> shift, name);
    }
  }
  return fmt::format("{}B", count);
}

std::optional<std::string> Importer::whole(const Document::Entry& entry, std::string_view unit,
                                           std::int64_t low, std::int64_t high) {
  const std::string& text = entry.value.text;
  if (has_placeholder(text)) return text;
  const bool digits =
      !text.empty() && text.size() <= 9 && text.find_first_not_of("0123456789") == text.npos;
  if (!digits || (text.size() > 1 && text[0] == '0')) {
    problem(entry.value.at, fmt::format("{}: \"{}\" is not a whole number", entry.key, text),
            "write digits only");
    return std::nullopt;
  }
  const std::int64_t value = std::strtoll(text.c_str(), nullptr, 10);
  if (value < low || value > high) {
    problem(entry.value.at,
            value < low ? fmt::format("{}: {} is less than {}", entry.key, text, low)
                        : fmt::format("{}: {} is more than {}", entry.key, text, high),
            "Cloud Foundry refuses it: write another, or leave it out for the default");
    return std::nullopt;
  }
  return text + std::string(unit);
}

/// One at least: none would switch off what it times, which no manifest can.
std::optional<std::string> Importer::seconds(const Document::Entry& entry) {
  return whole(entry, "s", 1, 999'999'999);
}

void Importer::read_health(const std::string& key, const Document::Entry& entry, bool replace) {
  const bool readiness = key.starts_with("readiness-");
  const std::string part = key.substr(key.find("health-check-") + 13);
  Document& health = child("health", entry.key_at);
  const std::string prefix = readiness ? "readiness_" : "liveness_";
  if (part == "interval" || part == "invocation-timeout") {
    if (const auto stated = seconds(entry)) {
      put(health, prefix + (part == "interval" ? "interval" : "timeout"), entry.value.at, *stated,
          replace || part == "interval");
    }
    return;
  }
  const std::string& type = entry.value.text;
  if (type != "http" && type != "port" && type != "process" && type != "none") {
    problem(entry.value.at, fmt::format("{}: \"{}\" is not a health check", entry.key, type),
            "use http, port or process");
    return;
  }
  put(health, prefix + "type", entry.value.at, type == "none" ? "process" : type, replace);
  if (readiness && (type == "http" || type == "port") &&
      health.find("readiness_interval") == nullptr) {
    // Cloud Foundry's documentation gives 30 seconds where no interval is stated.
    put(health, "readiness_interval", entry.value.at, "30s", replace);
  }
}

void Importer::read_routes(const Document& list) {
  std::string chosen;
  for (const Document& route : list.items) {
    const Document* options = route.find("options");
    const Document* policy = options != nullptr ? options->find("loadbalancing") : nullptr;
    if (policy == nullptr || policy->text == chosen) continue;
    if (!chosen.empty()) {
      warn(policy->at, fmt::format("routes balance differently; {} is used for all", chosen));
      continue;
    }
    std::string name;
    if (policy->text == "round-robin") name = "round_robin";
    if (policy->text == "least-connection") name = "gorouter_least_connection";
    if (policy->text == "hash") name = "consistent_hash";
    if (name.empty()) {
      problem(policy->at, fmt::format("loadbalancing: \"{}\" is not known", policy->text),
              "use round-robin, least-connection or hash");
      continue;
    }
    chosen = policy->text;
    put(child("routing", policy->at), "policy", policy->at, name, true);
  }
}

/// A TCP route is passed on by the TCP router, which knows no requests.
void Importer::read_protocols(const Document& list) {
  const Document* first = nullptr;
  std::size_t count = 0;
  for (const Document& route : list.items) {
    const Document* protocol = route.find("protocol");
    if (protocol == nullptr || protocol->text != "tcp") continue;
    ++count;
    if (first == nullptr) first = protocol;
  }
  if (first == nullptr) return;
  if (count == list.items.size()) return put(out_.app, "kind", first->at, "tcp", true);
  warn(first->at, "an app has one kind here: it has routes of another protocol, and is http");
}

void Importer::read_labels(const Document& metadata) {
  const Document* labels = metadata.find("labels");
  if (labels == nullptr) return;
  for (const Document::Entry& entry : labels->entries) {
    if (entry.value.text.empty()) continue;
    put(child("labels", labels->at), entry.key, entry.value.at, entry.value.text, true);
  }
}

void Importer::read_processes(const Document& list) {
  for (const Document& process : list.items) {
    const Document* type = process.find("type");
    if (type != nullptr && type->text == "web") {
      read_keys(process, true);
    } else {
      warn(process.at, fmt::format("process {} is left out; state it as an app of its own",
                                   type != nullptr ? type->text : "without a type"));
    }
  }
}

bool Importer::read_key(const std::string& key, const Document::Entry& entry, bool replace) {
  if (key == "instances") {
    if (const auto count = whole(entry, "", 0, 2'000'000))
      put(out_.app, "instances", entry.value.at, *count, replace);
  } else if (key == "memory" || key == "disk-quota") {
    if (const auto bytes = size(entry)) {
      put(out_.app, key == "memory" ? "memory" : "disk", entry.value.at, *bytes, replace);
    }
  } else if (key == "timeout") {
    if (const auto stated = seconds(entry)) {
      put(child("health", entry.key_at), "start_timeout", entry.value.at, *stated, replace);
      if (beyond_start_timeout(entry.value)) warn(entry.value.at, kBeyondStartTimeout);
    }
  } else if (key == "routes") {
    read_routes(entry.value);
    read_protocols(entry.value);
  } else if (key == "metadata") {
    read_labels(entry.value);
  } else if (key == "processes") {
    return true;  // after everything else: they win
  } else if (key != "health-check-http-endpoint" && key != "readiness-health-check-http-endpoint" &&
             (key.starts_with("health-check-") || key.starts_with("readiness-health-check-"))) {
    read_health(key, entry, replace);
  } else {
    return key == "name" || key == "type" || key == "version" || key == "inherit";
  }
  return true;
}

void Importer::read_keys(const Document& map, bool replace) {
  for (const Document::Entry& entry : map.entries) {
    const std::string key = dashed(entry.key);
    if (entry.value.kind == Document::Kind::null || read_key(key, entry, replace)) continue;
    if (!without_effect(key)) {
      warn(entry.key_at, fmt::format("{} is not a key of Cloud Foundry manifests", entry.key));
    } else if (std::find(left_out_.begin(), left_out_.end(), key) == left_out_.end()) {
      left_out_.push_back(key);
    }
  }
}

const Document* Importer::choose(const Document& manifest,
                                 const std::vector<const Document*>& applications,
                                 std::string_view app_name) {
  if (applications.size() == 1) return applications.front();
  std::string names;
  const Document* found = nullptr;
  for (const Document* app : applications) {
    const Document* name = app->find("name");
    if (name == nullptr) continue;
    if (name->text == app_name && found != nullptr) {
      problem(name->at, fmt::format("two applications are named \"{}\"", name->text),
              "keep one of them");
    }
    if (name->text == app_name) found = app;
    names += (names.empty() ? "" : ", ") + name->text;
  }
  if (found != nullptr) return found;
  problem(manifest.find("applications")->at,
          fmt::format("none of the manifest's apps is named \"{}\"", app_name),
          "it has " + (names.empty() ? "no names" : names));
  return nullptr;
}

void Importer::report_left_out(const SourceLocation& at) {
  if (left_out_.empty()) return;
  std::string keys;
  for (const std::string& key : left_out_) keys += (keys.empty() ? "" : ", ") + key;
  warn(at, fmt::format("without effect on a rehearsal: {}", keys));
}

void Importer::read(const Document& manifest, std::string_view app_name) {
  const auto applications = cf_applications(manifest);
  if (applications.empty()) {
    return problem(manifest.at, "no applications: this is not a Cloud Foundry manifest",
                   "name a manifest.yml as cf push takes it");
  }
  const Document* app = choose(manifest, applications, app_name);
  if (app != nullptr) read(with_defaults(cf_defaults(manifest), *app));
}

void Importer::read(const Document& application) {
  out_.app.at = application.at;
  read_keys(application, true);
  for (const Document::Entry& entry : application.entries) {
    if (entry.key == "processes") read_processes(entry.value);
  }
  report_left_out(application.at);
}

Document* find_dashed(Document& map, const std::string& key) {
  for (Document::Entry& entry : map.entries) {
    if (dashed(entry.key) == dashed(key)) return &entry.value;
  }
  return nullptr;
}

}  // namespace

bool beyond_start_timeout(const Document& timeout) {
  constexpr std::int64_t kMost = 180;  // cloud_controller.yml: maximum_health_check_timeout
  return timeout.text.find_first_not_of("0123456789") == std::string::npos &&
         timeout.text.size() <= 9 && std::strtoll(timeout.text.c_str(), nullptr, 10) > kMost;
}

std::string dashed(std::string_view key) {
  std::string out(key);
  std::replace(out.begin(), out.end(), '_', '-');
  return out;
}

bool without_effect(std::string_view key) {
  return std::find(kLeftOut.begin(), kLeftOut.end(), key) != kLeftOut.end();
}

bool is_application_key(const std::string& key) {
  constexpr std::array<std::string_view, 8> kRead{"name",    "instances", "memory",   "disk-quota",
                                                  "timeout", "routes",    "metadata", "processes"};
  return std::find(kRead.begin(), kRead.end(), key) != kRead.end() || without_effect(key) ||
         key.starts_with("health-check-") || key.starts_with("readiness-health-check-");
}

std::vector<const Document*> cf_applications(const Document& manifest) {
  std::vector<const Document*> found;
  const Document* list = manifest.find("applications");
  if (list == nullptr && manifest.find("name") != nullptr) return {&manifest};
  if (list == nullptr || list->kind != Document::Kind::sequence) return found;
  for (const Document& one : list->items) found.push_back(&one);
  return found;
}

Document cf_defaults(const Document& manifest) {
  Document defaults;
  defaults.kind = Document::Kind::map;
  defaults.at = manifest.at;
  if (manifest.find("applications") == nullptr) return defaults;
  for (const Document::Entry& entry : manifest.entries) {
    if (entry.key == "applications" || entry.key == "version" || entry.key == "inherit") continue;
    // Anything else at the top may be there to carry anchors.
    const bool plain =
        entry.value.kind == Document::Kind::scalar && entry.key.find('.') == std::string::npos;
    const bool known = is_application_key(dashed(entry.key)) && entry.key != "name";
    if (plain || known) defaults.entries.push_back(entry);
  }
  return defaults;
}

void merge_manifests(Document& base, const Document& over) {
  base.at = over.at;
  for (const Document::Entry& entry : over.entries) {
    Document* known = find_dashed(base, entry.key);
    if (known == nullptr) {
      base.entries.push_back(entry);
    } else if (known->kind == Document::Kind::map && entry.value.kind == Document::Kind::map) {
      merge_manifests(*known, entry.value);
    } else if (known->kind == Document::Kind::sequence &&
               entry.value.kind == Document::Kind::sequence) {
      known->items.insert(known->items.end(), entry.value.items.begin(), entry.value.items.end());
    } else {
      *known = entry.value;
    }
  }
}

Document with_defaults(const Document& defaults, const Document& application) {
  Document merged = defaults;
  merge_manifests(merged, application);
  return merged;
}

CfApp import_cf_application(const Document& application) {
  CfApp out;
  Importer(out).read(application);
  return out;
}

CfApp import_cf_manifest(const Document& manifest, std::string_view app_name) {
  CfApp out;
  Importer(out).read(manifest, app_name);
  return out;
}

}  // namespace leapday::import
