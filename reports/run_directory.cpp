/// \file run_directory.cpp
/// Writes a run directory whole or not at all.
/// Why: whoever finds the directory may trust that nothing in it is half written, and can repeat
/// it.
#include "leapday/run_directory.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <set>
#include <system_error>

#include "reports/run_manifest.hpp"

namespace leapday {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTemporary = ".leapday-unfinished-";
constexpr std::string_view kAside = "-earlier";

/// What went wrong with a system call, as an exception that stays inside this file.
class WriteError : public std::exception {
 public:
  WriteError(fs::path file, std::string message)
      : file_(std::move(file)), message_(std::move(message)) {}
  WriteError(fs::path file, const char* action, int code)
      : WriteError(std::move(file), fmt::format("cannot {}: {}", action, std::strerror(code))) {}
  const char* what() const noexcept override { return message_.c_str(); }
  const fs::path& file() const { return file_; }

 private:
  fs::path file_;
  std::string message_;
};

// ---- bytes on the disk ----------------------------------------------------------------------

std::string digest_of(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : bytes) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3ULL;
  }
  return fmt::format("{:016x}", hash);
}

/// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

void write_file(const fs::path& path, std::string_view bytes) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (file.get() < 0) throw WriteError(path, "create it", errno);
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw WriteError(path, "write it", errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(file.get()) != 0) throw WriteError(path, "bring it to the disk", errno);
}

/// Makes the names in a directory durable. File systems that cannot are as safe as they get.
void sync_directory(const fs::path& path) {
  const Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() >= 0) ::fsync(directory.get());
}

// ---- the temporary sibling ------------------------------------------------------------------

/// Only an empty directory or an earlier run gives way to a new one.
bool may_replace(const fs::path& directory) {
  std::error_code error;
  return fs::is_empty(directory, error) || is_run_directory(directory);
}

/// The process that a leftover's name names, if that process is gone: "PID-N" or "PID-N-earlier".
bool is_stale(std::string_view name) {
  pid_t owner = 0;
  const auto [end, code] = std::from_chars(name.data(), name.data() + name.size(), owner);
  if (code != std::errc() || owner <= 0 || end == name.data() + name.size() || *end != '-') {
    return false;
  }
  return ::kill(owner, 0) != 0 && errno == ESRCH;
}

/// Clears what killed processes left beside `target`. An earlier run that one of them had moved
/// aside, and not yet replaced, gets its name back.
void remove_leftovers(const fs::path& target) {
  const std::string prefix = "." + target.filename().string() + std::string(kTemporary);
  std::error_code error;
  std::vector<fs::path> stale;
  for (const fs::directory_entry& entry : fs::directory_iterator(target.parent_path(), error)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(prefix) && is_stale(std::string_view(name).substr(prefix.size()))) {
      stale.push_back(entry.path());
    }
  }
  for (const fs::path& path : stale) {
    const bool earlier = path.filename().string().ends_with(kAside);
    if (!earlier ||
        ::renameat2(AT_FDCWD, path.c_str(), AT_FDCWD, target.c_str(), RENAME_NOREPLACE) != 0) {
      fs::remove_all(path, error);
    }
  }
}

/// A directory under construction; gone with this object unless it took its final name.
class Unfinished {
 public:
  explicit Unfinished(const fs::path& target) : target_(target) {
    remove_leftovers(target);
    for (int n = 0;; ++n) {  // Another thread may be writing to the same name.
      path_ = target.parent_path() /
              fmt::format(".{}{}{}-{}", target.filename().string(), kTemporary, ::getpid(), n);
      if (::mkdir(path_.c_str(), 0777) == 0) return;
      // The name in the message is the user's: nobody asked for the temporary one.
      if (errno != EEXIST || n == 1000) throw WriteError(target, "create the directory", errno);
    }
  }
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;
  ~Unfinished() {
    std::error_code error;
    fs::remove_all(path_, error);
  }
  const fs::path& path() const { return path_; }

  /// Takes the final name. After an exchange `path_` holds the earlier run directory, which the
  /// destructor removes.
  void finish() {
    sync_directory(path_);
    if (!rename_with(RENAME_NOREPLACE)) replace();
    sync_directory(target_.parent_path());
  }

 private:
  bool rename_with(unsigned flags) {
    return ::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, target_.c_str(), flags) == 0;
  }

  void replace() {
    if (rename_with(RENAME_EXCHANGE)) {
      if (may_replace(path_)) return;
      rename_with(RENAME_EXCHANGE);  // Somebody else's directory took the name meanwhile.
      throw WriteError(target_, "was replaced by something else while this run was being written");
    }
    // No exchange on this file system: an empty or missing target is still one rename, an earlier
    // run steps aside first and comes back if the second rename fails.
    if (::rename(path_.c_str(), target_.c_str()) == 0) return;
    if (errno != ENOTEMPTY && errno != EEXIST) {
      throw WriteError(target_, "give the finished directory its name", errno);
    }
    const fs::path aside = path_.string() + std::string(kAside);
    if (::rename(target_.c_str(), aside.c_str()) != 0) {
      throw WriteError(target_, "move the earlier run aside", errno);
    }
    if (::rename(path_.c_str(), target_.c_str()) != 0) {
      const int code = errno;
      ::rename(aside.c_str(), target_.c_str());
      throw WriteError(target_, "give the finished directory its name", code);
    }
    std::error_code error;
    fs::remove_all(aside, error);
  }

  fs::path target_;
  fs::path path_;
};

/// The directory's path without `.`, `..` and a trailing slash.
fs::path tidy_path(const std::string& directory) {
  fs::path path = fs::absolute(directory).lexically_normal();
  if (path.filename().empty()) path = path.parent_path();
  return path;
}

constexpr const char* kElsewhere = "name another directory: --out DIR";

/// Why `target` must not be written over, if so.
std::vector<Problem> refusal(const fs::path& target) {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(target, error);
  if (!fs::exists(status)) return {};
  if (!fs::is_directory(status)) {
    return one_problem(target, "exists and is not a directory", kElsewhere);
  }
  if (may_replace(target)) return {};
  return one_problem(target, "exists and is not a run directory of Leapday",
                     "name another directory, or remove this one if nothing in it is needed");
}

/// The deepest folder above `target` that there is.
fs::path existing_parent(const fs::path& target) {
  std::error_code error;
  fs::path folder = target.parent_path();
  while (!fs::exists(fs::symlink_status(folder, error)) && folder.has_relative_path()) {
    folder = folder.parent_path();
  }
  return folder;
}

/// Why nothing can be written below `folder`. Asks by trying: permissions alone say too little
/// (root, read-only file systems, quotas).
std::optional<Problem> unwritable(const fs::path& folder, const fs::path& target) {
  const std::string probe =
      (folder / fmt::format(".{}{}{}-0", target.filename().string(), kTemporary, ::getpid()))
          .string();
  const auto why = [&](const fs::path& where, int code) {
    return one_problem(where, fmt::format("cannot write here: {}", std::strerror(code)), kElsewhere)
        .front();
  };
  if (::mkdir(probe.c_str(), 0777) != 0 && errno != EEXIST) {
    return why(errno == ENAMETOOLONG ? target : folder, errno);
  }
  ::rmdir(probe.c_str());
  return std::nullopt;
}

// ---- the scenario's own files ---------------------------------------------------------------

using NoteFile = std::function<void(const std::string&)>;

void note_law(const Distribution& law, const NoteFile& note) {
  note(law.file);
  for (const Distribution::Part& part : law.parts) note_law(part.law, note);
}

/// Every file that a scenario names, for loaders that kept no list.
void note_references(const Scenario& scenario, const NoteFile& note) {
  for (const Provenance& one : scenario.provenance) note(one.at.file);
  for (const auto& [name, at, app] : scenario.apps) {
    note(at.file);
    note(app.manifest);
    note_law(app.start_time, note);
    if (app.service_time) note_law(*app.service_time, note);
    for (const auto& release : app.releases) note(release.value.manifest);
    for (const auto& endpoint : app.endpoints) {
      if (endpoint.value.service_time) note_law(*endpoint.value.service_time, note);
    }
  }
  for (const auto& load : scenario.loads) {
    if (load.value.trace) note(load.value.trace->file);
  }
  for (const auto& expectation : scenario.expectations) note(expectation.value.at.file);
}

/// A file and where its copy goes: beside the scenario's copy as it stands beside the scenario.
struct SourceFile {
  fs::path found;
  fs::path relative;
};

std::vector<SourceFile> source_files(const ScenarioFile& file) {
  std::error_code error;
  const fs::path scenario = fs::weakly_canonical(file.file, error);
  if (error || !fs::is_regular_file(scenario, error)) return {};
  const fs::path folder = scenario.parent_path();
  std::vector<SourceFile> sources{{file.file, scenario.filename()}};
  std::set<fs::path> known{scenario};
  const NoteFile note = [&](const std::string& name) {
    if (name.empty()) return;
    for (const fs::path& candidate : {fs::path(name), folder / name}) {
      const fs::path path = fs::weakly_canonical(candidate, error);
      if (error || !fs::is_regular_file(path, error)) continue;
      const fs::path relative = path.lexically_relative(folder);
      // A loader confines files to the scenario's folder; what lies elsewhere is not the user's.
      if (relative.empty() || *relative.begin() == "..") continue;
      if (known.insert(path).second) sources.push_back({candidate, relative});
      return;
    }
  };
  for (const std::string& input : file.inputs) note(input);
  if (file.inputs.empty()) {
    for (const Scenario& cell : file.cells) note_references(cell, note);
  }
  std::sort(sources.begin() + 1, sources.end(),
            [](const SourceFile& a, const SourceFile& b) { return a.relative < b.relative; });
  return sources;
}

std::vector<ManifestFile> copy_sources(const ScenarioFile& file, const fs::path& into) {
  std::vector<ManifestFile> copies;
  for (const SourceFile& source : source_files(file)) {
    const std::optional<std::string> bytes = read_bytes(source.found);
    if (!bytes) throw WriteError(source.found, "cannot read it to keep a copy");
    const fs::path copy = fs::path("scenario") / source.relative;
    fs::create_directories((into / copy).parent_path());
    write_file(into / copy, *bytes);
    copies.push_back({source.found.generic_string(), copy.generic_string(), digest_of(*bytes)});
  }
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(into)) {
    if (entry.is_directory()) sync_directory(entry.path());
  }
  return copies;
}

// ---- the whole ------------------------------------------------------------------------------

void fail_if_cancelled(const RunDirectoryOptions& options, const fs::path& target) {
  if (options.cancel != nullptr && options.cancel->load(std::memory_order_relaxed)) {
    throw WriteError(target, "interrupted: nothing was written");
  }
}

void fill(const fs::path& into, const fs::path& target, const Rehearsal& rehearsal,
          const Registry& registry, const RunDirectoryOptions& options) {
  Manifest manifest = make_manifest(rehearsal, options);
  manifest.files = copy_sources(*rehearsal.file, into);
  FormatOptions format = options.format;
  if (format.replay_command.empty()) format.replay_command = replay_command(rehearsal, options);
  format.colour = false;  // Escape codes are for terminals.
  for (const auto& item : registry.formats.items()) {
    fail_if_cancelled(options, target);
    const std::unique_ptr<Format> writer = item.make();
    write_file(into / writer->file_name(), writer->write(rehearsal, format));
  }
  write_file(into / kManifestFile, manifest_text(manifest));
  fail_if_cancelled(options, target);
}

/// The name a file of the unfinished directory was to have: the temporary one means nothing to
/// whoever reads the message.
fs::path final_name(const fs::path& file, const fs::path& temporary, const fs::path& target) {
  if (temporary.empty()) return file;
  const fs::path below = file.lexically_relative(temporary);
  if (below.empty() || *below.begin() == "..") return file;
  return below == "." ? target : target / below;
}

}  // namespace

std::optional<RunDirectoryObstacle> run_directory_obstacle(const std::string& directory) {
  if (directory.empty()) {
    return RunDirectoryObstacle{one_problem({}, "no directory was named", kElsewhere).front(),
                                true};
  }
  try {
    const fs::path target = tidy_path(directory);
    if (const std::vector<Problem> taken = refusal(target); !taken.empty()) {
      return RunDirectoryObstacle{taken.front(), true};
    }
    if (std::optional<Problem> problem = unwritable(existing_parent(target), target)) {
      return RunDirectoryObstacle{std::move(*problem), false};
    }
    return std::nullopt;
  } catch (const fs::filesystem_error& error) {
    return RunDirectoryObstacle{
        one_problem(directory, "cannot write here: " + error.code().message(), kElsewhere).front(),
        false};
  }
}

Result<std::string> write_run_directory(const std::string& directory, const Rehearsal& rehearsal,
                                        const Registry& registry,
                                        const RunDirectoryOptions& options) {
  if (directory.empty()) return one_problem({}, "no directory was named", kElsewhere);
  const fs::path target = tidy_path(directory);
  if (rehearsal.file == nullptr || rehearsal.shown >= rehearsal.runs.size()) {
    return one_problem(target, "there is no finished run to write");
  }
  if (rehearsal.cancelled) return one_problem(target, "interrupted: nothing was written");
  fs::path temporary;
  try {
    if (std::vector<Problem> problems = refusal(target); !problems.empty()) return problems;
    fail_if_cancelled(options, target);
    fs::create_directories(target.parent_path());
    Unfinished unfinished(target);
    temporary = unfinished.path();
    fill(unfinished.path(), target, rehearsal, registry, options);
    unfinished.finish();
    return target.string();
  } catch (const WriteError& error) {
    return one_problem(final_name(error.file(), temporary, target), error.what());
  } catch (const fs::filesystem_error& error) {
    return one_problem(final_name(error.path1(), temporary, target),
                       "cannot write here: " + error.code().message(), kElsewhere);
  } catch (const std::exception& error) {
    return one_problem(target, fmt::format("a report could not be written: {}", error.what()));
  }
}

}  // namespace leapday
