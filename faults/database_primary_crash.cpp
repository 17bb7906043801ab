/// \file database_primary_crash.cpp
/// Takes a database's primary away; a replica takes over once the loss is noticed.
/// Why: a failover is the outage that everybody has planned for and few have rehearsed: calls are
/// reset, nothing is written until a replica is promoted, and all callers connect again at once.
#include <array>

#include "leapday/fault.hpp"
#include "leapday/registry.hpp"

namespace leapday {
namespace {

class DatabasePrimaryCrash final : public FaultBase<DatabasePrimaryCrash> {
 public:
  void fields(FieldVisitor&) override {}

  void begin(FaultContext& context) override {
    const DependencyModifier lost{.primary_lost = true};
    for (const DependencyId database : context.dependencies()) context.push(database, lost);
  }

  std::span<const std::string_view> target_kinds() const override {
    static constexpr std::array<std::string_view, 1> kKinds{"database"};
    return kKinds;
  }
};

}  // namespace

void register_database_primary_crash(Registry& registry) {
  registry.faults.add("database.primary_crash",
                      "the database loses its primary, which is back as a replica at the end",
                      [] { return std::make_unique<DatabasePrimaryCrash>(); });
}

}  // namespace leapday
