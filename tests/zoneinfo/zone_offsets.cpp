/// \file zone_offsets.cpp
/// Prints what a TZif file says at each instant on standard input: "offset summer name", a line
/// each. Why: zoneinfo_test.py compares our reader with Python's, which shares no line with it.
/// Usage: zone_offsets FILE < INSTANTS
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <variant>

#include "sim/clocks/zone.hpp"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  std::ifstream file(argv[1], std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  const auto read = leapday::clocks::Zone::from_tzif(bytes);
  if (const auto* wrong = std::get_if<std::string>(&read)) {
    std::cerr << argv[1] << " " << *wrong << '\n';
    return 1;
  }
  const auto& zone = std::get<leapday::clocks::Zone>(read);
  for (std::int64_t instant; std::cin >> instant;) {
    const leapday::clocks::ZoneOffset& at = zone.at(instant);
    std::cout << at.seconds << ' ' << at.summer << ' ' << zone.name(at) << '\n';
  }
}
