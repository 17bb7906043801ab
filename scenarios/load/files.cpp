/// \file files.cpp
/// Opens each component without following links, so that no check can be raced. Why: see files.hpp.
#include "scenarios/load/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <variant>

#include "leapday/random.hpp"
#include "scenarios/load/limits.hpp"
#include "scenarios/load/text.hpp"

namespace leapday::loading {
namespace {

/// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

struct ReadError {
  std::string message;
  std::string fix;
};

/// The whole content, or why not.
std::variant<std::string, ReadError> read_all(const Descriptor& file, std::size_t limit) {
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return ReadError{std::strerror(errno), ""};
  if (S_ISDIR(info.st_mode)) return ReadError{"a directory", "name a file in it"};
  if (!S_ISREG(info.st_mode)) return ReadError{"not a regular file", "name a file"};
  const auto too_large = [&] {
    return ReadError{fmt::format("larger than {} MiB", limit >> 20), "use a smaller file"};
  };
  if (static_cast<std::size_t>(info.st_size) > limit) return too_large();
  std::string text;
  text.resize(static_cast<std::size_t>(info.st_size));
  std::size_t used = 0;
  while (true) {
    if (used == text.size()) text.resize(text.size() + 4096);
    const ssize_t n = ::read(file.get(), text.data() + used, text.size() - used);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ReadError{std::strerror(errno), ""};
    if (n == 0) break;
    used += static_cast<std::size_t>(n);
    if (used > limit) return too_large();
  }
  text.resize(used);
  return text;
}

/// Splits at `/`, dropping `.`; nothing when a part is empty or `..`.
std::optional<std::vector<std::string>> components(const std::string& path) {
  std::vector<std::string> parts;
  std::size_t from = 0;
  while (from <= path.size()) {
    std::size_t to = path.find('/', from);
    if (to == path.npos) to = path.size();
    std::string part = path.substr(from, to - from);
    if (part.empty() || part == ".." || part.find('\0') != part.npos) return std::nullopt;
    if (part != ".") parts.push_back(std::move(part));
    from = to + 1;
  }
  if (parts.empty() || parts.size() > 32) return std::nullopt;
  return parts;
}

std::variant<std::string, ReadError> read_below(const std::string& folder,
                                                const std::vector<std::string>& parts,
                                                std::size_t limit) {
  Descriptor at(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  for (std::size_t i = 0; i < parts.size() && at.get() >= 0; ++i) {
    const int kind = i + 1 < parts.size() ? O_DIRECTORY : O_NONBLOCK;
    Descriptor next(::openat(at.get(), parts[i].c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | kind));
    if (next.get() < 0) {
      struct stat info {};
      const int error = errno;
      const bool link = ::fstatat(at.get(), parts[i].c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 &&
                        S_ISLNK(info.st_mode);
      if (link) return ReadError{"a symbolic link", "name the file itself"};
      return ReadError{error == ENOENT ? "no such file" : std::strerror(error),
                       "paths are relative to the file that names them"};
    }
    at = std::move(next);
  }
  if (at.get() < 0) return ReadError{std::strerror(errno), ""};
  return read_all(at, limit);
}

}  // namespace

Result<std::shared_ptr<const SourceFile>> Files::read(const std::string& named,
                                                      const SourceLocation& at,
                                                      const std::string& path, std::size_t limit) {
  const auto fail = [&](std::string message, std::string fix) {
    return std::vector<Problem>{{at, path, std::move(message), std::move(fix)}};
  };
  if (!has_folder_) return fail("this scenario has no folder, so it cannot name files", "");
  const auto own = folder_of_.find(at.file);
  const std::string joined = own == folder_of_.end() ? named : own->second + named;
  const auto parts = named.starts_with('/') ? std::nullopt : components(joined);
  if (!parts) {
    return fail(fmt::format("{} is not a path below the scenario's folder", quoted(named)),
                "use a relative path without `..`");
  }
  std::string relative;
  for (const std::string& part : *parts) relative += (relative.empty() ? "" : "/") + part;
  const auto known = by_relative_.find(relative);
  if (known != by_relative_.end()) return known->second;

  std::variant<std::string, ReadError> text = read_below(folder_, *parts, limit);
  if (const ReadError* error = std::get_if<ReadError>(&text)) {
    return fail(fmt::format("cannot read {}: {}", quoted(named), error->message), error->fix);
  }
  const std::string shown = folder_.empty()          ? relative
                            : folder_.ends_with('/') ? folder_ + relative
                                                     : folder_ + "/" + relative;
  auto file = std::make_shared<SourceFile>();
  file->path = shown;
  file->relative = relative;
  file->text = std::move(std::get<std::string>(text));
  file->hash = hash_name(file->text);
  by_relative_.emplace(relative, file);
  folder_of_[shown] = relative.substr(0, relative.rfind('/') + 1);
  inputs_.push_back(shown);
  if (limit == kMaxDataBytes) data_files_.push_back(file);
  return std::shared_ptr<const SourceFile>(file);
}

Result<std::string> read_user_file(const std::string& path, std::size_t limit) {
  const auto fail = [&](const std::string& message, const std::string& fix) {
    return std::vector<Problem>{{{path, 0, 0}, {}, "cannot read it: " + message, fix}};
  };
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (file.get() < 0) {
    return fail(errno == ENOENT  ? "no such file"
                : errno == ELOOP ? "its symbolic links go round in a circle"
                                 : std::strerror(errno),
                "check the path");
  }
  std::variant<std::string, ReadError> text = read_all(file, limit);
  if (const ReadError* error = std::get_if<ReadError>(&text))
    return fail(error->message, error->fix);
  return std::move(std::get<std::string>(text));
}

}  // namespace leapday::loading
