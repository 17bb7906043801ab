/// \file matrix.hpp
/// `run.matrix`: which cells a file asks for, and which seeds each is run with.
/// Why: the loader reads it before variables are filled in, since its keys are variables.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "leapday/document.hpp"
#include "scenarios/load/problems.hpp"

namespace leapday::loading {

/// One combination of values.
struct MatrixCell {
  std::string name;  ///< "peak=400/s, slow=1s"; empty without a matrix.
  std::vector<std::pair<std::string, Document>> variables;
};

struct Matrix {
  std::vector<MatrixCell> cells;     ///< At least one.
  std::vector<std::uint64_t> seeds;  ///< Empty: `run.seed` alone.
};

/// Reads the matrix; `variables` are those declared, `fixed` those that --set pins.
Matrix read_matrix(const Document& matrix, const std::vector<std::string>& variables,
                   const std::vector<std::string>& fixed, Problems& problems);

}  // namespace leapday::loading
