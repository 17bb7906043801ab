/// \file files.hpp
/// The only door to the file system: files below the scenario's folder, each read once.
/// Why: a scenario from a stranger must not reach /etc/passwd, a device or a terabyte.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "leapday/problem.hpp"

namespace leapday::loading {

struct SourceFile {
  std::string path;      ///< For messages: the scenario's folder and the relative path.
  std::string relative;  ///< Below the scenario's folder.
  std::string text;
  std::uint64_t hash = 0;  ///< Of the text.
};

class Files {
 public:
  /// Files are looked for below `folder`; without one none may be named.
  explicit Files(std::string folder, bool has_folder)
      : folder_(std::move(folder)), has_folder_(has_folder) {}

  /// Reads `named`, relative to the file that names it (`at.file`). Absolute paths, `..`, symbolic
  /// links and anything but a regular file of at most `limit` bytes are refused.
  Result<std::shared_ptr<const SourceFile>> read(const std::string& named, const SourceLocation& at,
                                                 const std::string& path, std::size_t limit);
  /// Paths of everything that was read, in order.
  const std::vector<std::string>& inputs() const { return inputs_; }
  /// CSV files and logs, in the order they were read.
  const std::vector<std::shared_ptr<const SourceFile>>& data_files() const { return data_files_; }
  void add_input(std::string path) { inputs_.push_back(std::move(path)); }

 private:
  std::string folder_;
  bool has_folder_;
  std::map<std::string, std::shared_ptr<const SourceFile>> by_relative_;
  std::map<std::string, std::string> folder_of_;  ///< Of a file as named in messages.
  std::vector<std::string> inputs_;
  std::vector<std::shared_ptr<const SourceFile>> data_files_;
};

/// Reads a regular file of at most `limit` bytes, following links: for the file a user names.
Result<std::string> read_user_file(const std::string& path, std::size_t limit);

}  // namespace leapday::loading
