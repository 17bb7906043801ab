/// \file main.cpp
/// The benchmarks' program: Google Benchmark's own options, or `--tiny [name]`.
/// Why: a benchmark that is only run by hand breaks unseen.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "bench/tiny.hpp"

namespace {

/// Prints "name hash" for each model asked for; 1 when there is none of that name.
int run_tiny(const char* only) {
  auto all = leapday::bench::tinies();
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  bool any = false;
  for (const auto& tiny : all) {
    if (only != nullptr && tiny.name != only) continue;
    any = true;
    std::printf("%s %016llx\n", tiny.name.c_str(), static_cast<unsigned long long>(tiny.run()));
  }
  return any ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::strcmp(argv[1], "--tiny") == 0)
    return run_tiny(argc > 2 ? argv[2] : nullptr);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
