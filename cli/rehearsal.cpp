/// \file rehearsal.cpp
/// Load, rehearse, write: the steps that several subcommands share.
#include "rehearsal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <thread>
#include <utility>

#include "interrupt.hpp"
#include "leapday/run_directory.hpp"
#include "library.hpp"

namespace leapday::cli {

std::optional<ScenarioFile> load_file(const std::string& path, const LoadArguments& load,
                                      const Context& context) {
  const std::string file = resolve_scenario(path);
  if (const std::string fix = fix_for_missing(file); !fix.empty()) {
    print_problems(std::vector<Problem>{{.at = {.file = path},
                                         .path = {},
                                         .message = "there is no such file, and no scenario of the "
                                                    "library has this name",
                                         .fix = fix}});
    return std::nullopt;
  }
  auto loaded = leapday::load(file, context.registry, load.options());
  if (loaded) return std::move(loaded).value();
  print_problems(loaded.problems());
  return std::nullopt;
}

Attempt rehearse_file(ScenarioFile file, const RunArguments& arguments, const Context& context) {
  const std::string label = stem(file.file);
  ProgressBar bar(label, arguments.progress);
  RehearseOptions options;
  options.jobs = arguments.jobs > 0
                     ? arguments.jobs
                     : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  options.seed = arguments.seed;
  options.reps = arguments.reps;
  options.twin = arguments.twin;
  options.cancel = &interrupted();
  options.progress = [&bar](double share) { bar.update(share); };

  Attempt attempt;
  attempt.rehearsal =
      rehearse(std::make_shared<const ScenarioFile>(std::move(file)), context.registry, options);
  if (attempt.rehearsal->cancelled || interrupted()) {
    print_error("\nleapday: interrupted, nothing written\n");
    return {.rehearsal = std::nullopt, .exit_code = kInterrupted};
  }
  attempt.exit_code = exit_code(attempt.rehearsal->outcome);
  return attempt;
}

int write_directory(const std::string& directory, const Rehearsal& rehearsal,
                    const LoadArguments& load, const Context& context) {
  const LoadOptions loaded = load.options();
  const RunDirectoryOptions options{.environment = loaded.environment,
                                    .set = loaded.set,
                                    .created_by = "leapday run",
                                    .format = {},
                                    .cancel = &interrupted()};
  const auto written = write_run_directory(directory, rehearsal, context.registry, options);
  if (written) return kPass;
  if (interrupted()) {
    print_error("\nleapday: interrupted, nothing written\n");
    return kInterrupted;
  }
  print_problems(written.problems());
  return kInternal;
}

std::string directory_for(const std::string& out, const std::string& file,
                          const std::vector<std::string>& files) {
  if (files.size() == 1) return out;
  const auto same = std::count_if(files.begin(), files.end(), [&file](const std::string& other) {
    return stem(other) == stem(file);
  });
  std::string name = stem(file);
  if (same > 1) {
    name = std::filesystem::path(file).relative_path().replace_extension().string();
    std::replace(name.begin(), name.end(), '/', '-');
  }
  return (std::filesystem::path(out) / name).string();
}

int check_out(const std::string& out, const std::vector<std::string>& files) {
  if (out.empty()) return kPass;
  int code = kPass;
  std::map<std::string, std::string> owners;
  for (const std::string& file : files) {
    const std::string directory = directory_for(out, file, files);
    const auto [owner, fresh] = owners.emplace(directory, file);
    if (!fresh) {
      complain(fmt::format("{} and {} would both be written to {}", owner->second, file, directory),
               "name each file once, or write them to different directories");
      code = worse(code, kUsage);
    }
    const auto obstacle = run_directory_obstacle(directory);
    if (!obstacle) continue;
    print_problems(std::vector<Problem>{obstacle->problem});
    code = worse(code, obstacle->taken ? kUsage : kInternal);
    if (!obstacle->taken) break;  // the same place refuses the rest
  }
  return code;
}

std::string formatted(const Rehearsal& rehearsal, const std::string& format,
                      const FormatOptions& options, const Context& context) {
  return context.registry.formats.find(format)->make()->write(rehearsal, options);
}

std::string report_path(const std::string& directory, const Context& context) {
  const std::filesystem::path folder(directory);
  return (folder / context.registry.formats.find("html")->make()->file_name()).string();
}

std::uint64_t trace_hash(const Rehearsal& rehearsal) {
  std::uint64_t hash = rehearsal.runs.empty() ? 0 : rehearsal.runs.front().trace_hash;
  for (std::size_t i = 1; i < rehearsal.runs.size(); ++i) {
    hash = hash_combine(hash, rehearsal.runs[i].trace_hash);
  }
  return hash;
}

}  // namespace leapday::cli
