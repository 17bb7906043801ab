/// \file import_kubernetes_fuzzer.cpp
/// Any bytes as Kubernetes objects, alone or with a newer version. Why: see import_fuzzer.hpp.
#include "tests/fuzz/import_fuzzer.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  leapday::testing::import_bytes("kubernetes", data, size);
  return 0;
}
