/// \file run_manifest.cpp
/// Reads and writes manifest.json, and holds a replay against it.
/// Why: what a run directory promises is checked in one place.
#include "reports/run_manifest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "leapday/version.hpp"

namespace leapday {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::string_view kMark = "leapday run directory";

std::string hex_text(std::uint64_t value) { return fmt::format("{:016x}", value); }

Outcome parse_outcome(const std::string& text) {
  for (const Outcome outcome : {Outcome::pass, Outcome::fail, Outcome::inconclusive}) {
    if (text == to_string(outcome)) return outcome;
  }
  throw std::invalid_argument("\"" + text + "\" is no outcome");
}

std::uint64_t parse_hash(const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (code != std::errc() || end != text.data() + text.size() || text.size() != 16) {
    throw std::invalid_argument("\"" + text + "\" is no trace hash");
  }
  return value;
}

/// A copy's path must stay inside the run directory: manifests may come from anywhere.
std::string parse_copy(const std::string& text) {
  const fs::path path = fs::path(text).lexically_normal();
  if (path.empty() || path.is_absolute() || *path.begin() == "..") {
    throw std::invalid_argument("\"" + text + "\" leads out of the run directory");
  }
  return text;
}

Manifest parse_manifest(const json& in) {
  Manifest manifest;
  manifest.version = in.at("version").get<int>();
  if (in.at("kind") != json(kMark)) throw std::invalid_argument("it is of another kind");
  if (manifest.version != 1) {
    throw std::invalid_argument(
        fmt::format("its version is {}, this Leapday reads 1", manifest.version));
  }
  in.at("leapday").get_to(manifest.leapday);
  in.at("created_by").get_to(manifest.created_by);
  in.at("scenario").get_to(manifest.scenario);
  in.at("scenario_file").get_to(manifest.scenario_file);
  in.at("environment").get_to(manifest.environment);
  in.at("twin").get_to(manifest.twin);
  manifest.outcome = parse_outcome(in.at("outcome").get<std::string>());
  in.at("seeds").get_to(manifest.seeds);
  in.at("shown").get_to(manifest.shown);
  for (const json& one : in.at("set")) {
    manifest.set.emplace_back(one.at("name").get<std::string>(),
                              one.at("value").get<std::string>());
  }
  for (const json& one : in.at("files")) {
    manifest.files.push_back({one.at("path").get<std::string>(),
                              parse_copy(one.at("copy").get<std::string>()),
                              one.at("digest").get<std::string>()});
  }
  for (const json& one : in.at("cells")) {
    manifest.cells.push_back(
        {one.at("name").get<std::string>(), one.at("digest").get<std::string>()});
  }
  for (const json& one : in.at("runs")) {
    manifest.runs.push_back({one.at("cell").get<std::size_t>(), one.at("seed").get<std::uint64_t>(),
                             parse_hash(one.at("trace_hash").get<std::string>()),
                             parse_outcome(one.at("outcome").get<std::string>())});
    if (manifest.runs.back().cell >= manifest.cells.size()) {
      throw std::invalid_argument("a run is of a cell that it does not list");
    }
  }
  if (manifest.shown >= manifest.runs.size()) {
    throw std::invalid_argument("the run shown is not among its runs");
  }
  return manifest;
}

/// `text` as one word of a POSIX shell.
std::string shell_word(const std::string& text) {
  const bool plain = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::strchr("-_./=:,+@%", c) != nullptr;
  });
  if (plain) return text;
  std::string word = "'";
  for (const char c : text) {
    if (c == '\'') {
      word += "'\\''";
    } else {
      word += c;
    }
  }
  return word + "'";
}

std::string run_text(const ManifestCell& cell, std::uint64_t seed) {
  return cell.name.empty() ? fmt::format("seed {}", seed)
                           : fmt::format("cell {}, seed {}", cell.name, seed);
}

void compare_runs(const Manifest& manifest, const Rehearsal& replay,
                  std::vector<Problem>& problems) {
  for (std::size_t i = 0; i < manifest.runs.size(); ++i) {
    const ManifestRun& then = manifest.runs[i];
    const RunSummary& now = replay.runs[i];
    const std::string path = run_text(manifest.cells[then.cell], then.seed);
    const auto differ = [&](std::string message) {
      problems.push_back({.at = {}, .path = path, .message = std::move(message), .fix = {}});
    };
    if (then.cell != now.cell || then.seed != now.seed) {
      differ(
          fmt::format("the replay ran cell {} with seed {} in its place", now.cell + 1, now.seed));
      continue;
    }
    if (then.trace_hash != now.trace_hash) {
      differ(fmt::format("trace hash was {}, the replay's is {}", hex_text(then.trace_hash),
                         hex_text(now.trace_hash)));
    }
    if (then.outcome != now.verdict.outcome) {
      differ(fmt::format("the verdict was {}, the replay's is {}", to_string(then.outcome),
                         to_string(now.verdict.outcome)));
    }
  }
}

}  // namespace

std::vector<Problem> one_problem(const fs::path& file, std::string message, std::string fix) {
  return {
      Problem{.at = {.file = file.string()}, .message = std::move(message), .fix = std::move(fix)}};
}

std::optional<std::string> read_bytes(const fs::path& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return std::nullopt;
  std::ifstream in(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (in.bad()) return std::nullopt;
  return bytes;
}

bool is_run_directory(const fs::path& path) {
  const std::optional<std::string> bytes = read_bytes(path / kManifestFile);
  if (!bytes) return false;
  const json document = json::parse(*bytes, nullptr, false);
  return document.is_object() && document.value("kind", json()) == json(kMark);
}

Manifest make_manifest(const Rehearsal& rehearsal, const RunDirectoryOptions& options) {
  Manifest manifest;
  manifest.leapday = kVersion;
  manifest.created_by = options.created_by;
  manifest.scenario = rehearsal.scenario().name;
  manifest.scenario_file = rehearsal.file->file;
  manifest.environment = options.environment;
  manifest.set = options.set;
  manifest.twin = rehearsal.twin.has_value();
  manifest.outcome = rehearsal.outcome;
  for (const Scenario& cell : rehearsal.file->cells) {
    manifest.cells.push_back({cell.cell, cell.digest});
  }
  for (const RunSummary& run : rehearsal.runs) {
    manifest.runs.push_back({run.cell, run.seed, run.trace_hash, run.verdict.outcome});
    if (run.cell == rehearsal.runs.front().cell) manifest.seeds.push_back(run.seed);
  }
  manifest.shown = rehearsal.shown;
  return manifest;
}

std::string manifest_text(const Manifest& manifest) {
  nlohmann::ordered_json out{{"kind", kMark},
                             {"version", manifest.version},
                             {"leapday", manifest.leapday},
                             {"created_by", manifest.created_by},
                             {"scenario", manifest.scenario},
                             {"scenario_file", manifest.scenario_file},
                             {"environment", manifest.environment},
                             {"twin", manifest.twin},
                             {"outcome", to_string(manifest.outcome)},
                             {"seeds", manifest.seeds},
                             {"shown", manifest.shown}};
  auto& set = out["set"] = nlohmann::ordered_json::array();
  for (const auto& [name, value] : manifest.set) set.push_back({{"name", name}, {"value", value}});
  auto& files = out["files"] = nlohmann::ordered_json::array();
  for (const ManifestFile& file : manifest.files) {
    files.push_back({{"path", file.path}, {"copy", file.copy}, {"digest", file.digest}});
  }
  auto& cells = out["cells"] = nlohmann::ordered_json::array();
  for (const ManifestCell& cell : manifest.cells) {
    cells.push_back({{"name", cell.name}, {"digest", cell.digest}});
  }
  auto& runs = out["runs"] = nlohmann::ordered_json::array();
  for (const ManifestRun& run : manifest.runs) {
    runs.push_back({{"cell", run.cell},
                    {"seed", run.seed},
                    {"trace_hash", hex_text(run.trace_hash)},
                    {"outcome", to_string(run.outcome)}});
  }
  return out.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

Result<Manifest> read_manifest(const std::string& directory) {
  const fs::path path = fs::path(directory) / kManifestFile;
  const std::optional<std::string> bytes = read_bytes(path);
  if (!bytes) {
    return one_problem(path, "cannot be read", "name a directory that `leapday run --out` wrote");
  }
  try {
    return parse_manifest(json::parse(*bytes));
  } catch (const json::parse_error& error) {
    return one_problem(path, fmt::format("is not a manifest: not JSON from byte {} on", error.byte),
                       "rehearse again with --out");
  } catch (const json::exception& error) {
    // What follows the library's own tag: "[json.exception.out_of_range.403] key ... not found".
    const std::string_view what = error.what();
    const std::size_t tag = what.find("] ");
    return one_problem(
        path, fmt::format("is not a manifest: {}", tag == what.npos ? what : what.substr(tag + 2)),
        "rehearse again with --out");
  } catch (const std::exception& error) {
    return one_problem(path, fmt::format("is not a manifest: {}", error.what()),
                       "rehearse again with --out");
  }
}

std::string replay_path(const std::string& directory, const Manifest& manifest) {
  if (manifest.files.empty()) return manifest.scenario_file;
  return (fs::path(directory) / manifest.files.front().copy).string();
}

std::vector<Problem> replay_differences(const Manifest& manifest, const Rehearsal& replay) {
  std::vector<Problem> problems;
  const std::vector<Scenario>& cells = replay.file->cells;
  if (cells.size() != manifest.cells.size() || replay.runs.size() != manifest.runs.size()) {
    return one_problem(
        replay.file->file,
        fmt::format("the replay has {} runs in {} cells, the rehearsal had {} in {}",
                    replay.runs.size(), cells.size(), manifest.runs.size(), manifest.cells.size()));
  }
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (cells[i].digest == manifest.cells[i].digest) continue;
    problems.push_back(
        {.at = {.file = replay.file->file},
         .path = manifest.cells[i].name,
         .message = fmt::format("the scenario's digest was {}, now it is {}",
                                manifest.cells[i].digest, cells[i].digest),
         .fix = "replay the scenario as it was, with the same environment and --set values"});
  }
  compare_runs(manifest, replay, problems);
  return problems;
}

std::string replay_command(const Rehearsal& rehearsal, const RunDirectoryOptions& options) {
  std::string command = "leapday run " + shell_word(rehearsal.file->file);
  if (!options.environment.empty()) command += " --env " + shell_word(options.environment);
  for (const auto& [name, value] : options.set) {
    command += " --set " + shell_word(name + "=" + value);
  }
  command += fmt::format(" --seed {}", rehearsal.record.seed);
  if (rehearsal.twin) command += " --twin";
  return command;
}

}  // namespace leapday
