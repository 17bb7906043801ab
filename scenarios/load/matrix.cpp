/// \file matrix.cpp
/// Ranges, lists and their product. Why: see matrix.hpp.
#include "scenarios/load/matrix.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "scenarios/load/limits.hpp"
#include "scenarios/load/scalars.hpp"
#include "scenarios/load/text.hpp"

namespace leapday::loading {
namespace {

constexpr std::int64_t kLargestSeed = 9'000'000'000'000'000;

/// One seed; problems name it.
std::optional<std::uint64_t> read_seed(std::string_view text, const SourceLocation& at,
                                       Problems& problems) {
  const Scalar<std::int64_t> value = parse_integer(text);
  if (!value) {
    problems.add(at, "run.matrix.seed", value.error().message, "write 1..50 or a list of numbers");
    return std::nullopt;
  }
  if (*value < 0 || *value > kLargestSeed) {
    problems.add(at, "run.matrix.seed", fmt::format("{} is out of range", *value),
                 "seeds lie between 0 and 9e15");
    return std::nullopt;
  }
  return static_cast<std::uint64_t>(*value);
}

std::vector<std::uint64_t> read_seeds(const Document& node, Problems& problems) {
  std::vector<std::uint64_t> seeds;
  if (node.kind == Document::Kind::scalar && node.text.find("..") != node.text.npos) {
    const std::string_view text = node.text;
    const std::size_t dots = text.find("..");
    const auto first = read_seed(text.substr(0, dots), node.at, problems);
    const auto last = read_seed(text.substr(dots + 2), node.at, problems);
    if (!first || !last) return {};
    if (*last < *first || *last - *first >= kMaxSeeds) {
      problems.add(node.at, "run.matrix.seed",
                   *last < *first ? fmt::format("the range {} is empty", node.text)
                                  : fmt::format("more than {} seeds", kMaxSeeds),
                   "write the smaller seed first, such as 1..50");
      return {};
    }
    for (std::uint64_t seed = *first; seed <= *last; ++seed) seeds.push_back(seed);
    return seeds;
  }
  if (node.kind != Document::Kind::sequence || node.items.empty()) {
    problems.add(node.at, "run.matrix.seed", "is neither a range nor a list",
                 "write 1..50 or [1, 2, 3]");
    return {};
  }
  std::set<std::uint64_t> known;
  for (const Document& item : node.items) {
    const auto seed =
        read_seed(item.kind == Document::Kind::scalar ? item.text : "", item.at, problems);
    if (!seed) return {};
    if (!known.insert(*seed).second) {
      problems.add(item.at, "run.matrix.seed", fmt::format("seed {} stands there twice", *seed),
                   "name each seed once");
    }
    seeds.push_back(*seed);
  }
  if (seeds.size() > kMaxSeeds) {
    problems.add(node.at, "run.matrix.seed", fmt::format("more than {} seeds", kMaxSeeds), "");
  }
  return seeds;
}

bool is_list_of_values(const Document& node) {
  return node.kind == Document::Kind::sequence && !node.items.empty() &&
         std::all_of(node.items.begin(), node.items.end(),
                     [](const Document& item) { return item.kind == Document::Kind::scalar; });
}

/// Every cell so far, once with each value.
void multiply(std::vector<MatrixCell>& cells, const std::string& name, const Document& values) {
  std::vector<MatrixCell> product;
  for (const MatrixCell& cell : cells) {
    for (const Document& value : values.items) {
      MatrixCell next = cell;
      next.name += fmt::format("{}{}={}", next.name.empty() ? "" : ", ", name, value.text);
      next.variables.emplace_back(name, value);
      product.push_back(std::move(next));
    }
  }
  cells = std::move(product);
}

}  // namespace

Matrix read_matrix(const Document& matrix, const std::vector<std::string>& variables,
                   const std::vector<std::string>& fixed, Problems& problems) {
  Matrix result;
  result.cells.emplace_back();
  if (matrix.kind != Document::Kind::map) {
    problems.add(matrix.at, "run.matrix", "is not a map",
                 "write {seed: 1..50, peak: [400/s, 600/s]}");
    return result;
  }
  for (const Document::Entry& entry : matrix.entries) {
    const std::string path = "run.matrix." + entry.key;
    if (entry.key == "seed") {
      result.seeds = read_seeds(entry.value, problems);
      continue;
    }
    if (std::find(variables.begin(), variables.end(), entry.key) == variables.end()) {
      std::vector<std::string> known = variables;
      known.emplace_back("seed");
      problems.add(entry.key_at, path, fmt::format("no variable is named {}", quoted(entry.key)),
                   suggestion(entry.key, known));
      continue;
    }
    if (!is_list_of_values(entry.value)) {
      problems.add(entry.value.at, path, "is not a list of values", "write [400/s, 600/s]");
      continue;
    }
    if (std::find(fixed.begin(), fixed.end(), entry.key) != fixed.end()) continue;
    if (result.cells.size() * entry.value.items.size() > kMaxCells) {
      problems.add(entry.key_at, path, fmt::format("the matrix has more than {} cells", kMaxCells),
                   "use fewer values");
      return result;
    }
    multiply(result.cells, entry.key, entry.value);
  }
  if (result.cells.size() * std::max<std::size_t>(1, result.seeds.size()) > kMaxRuns) {
    problems.add(matrix.at, "run.matrix", fmt::format("more than {} runs", kMaxRuns),
                 "use fewer seeds or values");
  }
  return result;
}

}  // namespace leapday::loading
