/// \file cache_flush.cpp
/// Empties a cache.
/// Why: what a cache keeps from the database is seen the day it is empty.
#include <array>

#include "leapday/fault.hpp"
#include "leapday/registry.hpp"

namespace leapday {
namespace {

class CacheFlush final : public FaultBase<CacheFlush> {
 public:
  void fields(FieldVisitor&) override {}

  void begin(FaultContext& context) override {
    for (const DependencyId cache : context.dependencies()) context.flush(cache);
  }
  bool one_shot() const override { return true; }

  std::span<const std::string_view> target_kinds() const override {
    static constexpr std::array<std::string_view, 1> kKinds{"cache"};
    return kKinds;
  }
};

}  // namespace

void register_cache_flush(Registry& registry) {
  registry.faults.add("cache.flush", "the cache holds nothing any more",
                      [] { return std::make_unique<CacheFlush>(); });
}

}  // namespace leapday
