/// \file yaml_reader.hpp
/// YAML or JSON text to a positioned tree.
/// Why: the only place that knows the YAML library, its traps and its limits.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "leapday/document.hpp"

namespace leapday::loading {

/// Reads one document. Duplicate keys, tags, several documents and whatever is too deep or too
/// large are problems; merge keys and aliases are resolved.
std::optional<Document> read_yaml(std::string_view text, const std::string& file,
                                  std::vector<Problem>& problems);

/// Reads the documents of another tool's file: several are allowed, and keys and values may be
/// longer. Empty documents are left out; a file without any other is a problem.
std::vector<Document> read_yaml_documents(std::string_view text, const std::string& file,
                                          std::vector<Problem>& problems);

/// How many nodes a tree has, itself included.
std::size_t count_nodes(const Document& node);

}  // namespace leapday::loading
