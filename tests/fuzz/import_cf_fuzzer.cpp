/// \file import_cf_fuzzer.cpp
/// Any bytes as a Cloud Foundry manifest, alone, with variables or with a newer version.
/// Why: see import_fuzzer.hpp.
#include "tests/fuzz/import_fuzzer.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  leapday::testing::import_bytes("cf", data, size);
  return 0;
}
