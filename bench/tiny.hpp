/// \file tiny.hpp
/// Each benchmark's model once more, as a fixed small amount of work that ends in one number.
/// Why: the number must be the same on every machine, so a test can hold it; and the instructions
/// that the work takes are counted where time cannot be measured.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace leapday::bench {

struct Tiny {
  std::string name;
  std::uint64_t (*run)();
};

/// All that were added, in the order of the program's files.
inline std::vector<Tiny>& tinies() {
  static std::vector<Tiny> all;
  return all;
}

struct AddTiny {
  AddTiny(std::string name, std::uint64_t (*run)()) { tinies().push_back({std::move(name), run}); }
};

}  // namespace leapday::bench
