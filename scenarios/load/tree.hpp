/// \file tree.hpp
/// From the file a user names to the merged tree: `extends`, environments and `--set`.
/// Why: everything after it sees one tree and does not ask where a key came from.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "leapday/document.hpp"
#include "leapday/load.hpp"
#include "scenarios/load/files.hpp"
#include "scenarios/load/problems.hpp"

namespace leapday::loading {

/// Reads `text`, checks the language version and lays it over what it extends.
std::optional<Document> read_tree(std::string_view text, const std::string& name, Files& files,
                                  Problems& problems);

/// The overlays under `environments`, by name; problems name malformed ones.
std::map<std::string, const Document*> find_environments(const Document& root, Problems& problems);

/// Applies `--set` options. A name without dots is a variable and must be declared.
void apply_settings(Document& root, const std::vector<std::pair<std::string, std::string>>& set,
                    Problems& problems);

/// The tree without the keys that only the loader reads, and those keys.
struct SplitTree {
  Document sections;
  std::map<std::string, Document> variables;
  std::optional<Document> matrix;
};
SplitTree split_tree(Document root, Problems& problems);

}  // namespace leapday::loading
