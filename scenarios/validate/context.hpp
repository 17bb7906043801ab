/// \file context.hpp
/// What every check needs: the scenario, its tree for positions, the names, and where to complain.
/// Why: checks name a path; the tree turns it into a line.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "leapday/document.hpp"
#include "leapday/registry.hpp"
#include "leapday/scenario.hpp"
#include "scenarios/load/problems.hpp"

namespace leapday::loading {

/// What a name stands for.
enum class NameKind {
  cloud,
  region,
  zone,
  app,
  dependency,
  load,
  phase,
  mirror,
  flag,
  flag_step,
  deployment,
  quota,
  scaler,
  certificate,
  renewer,
  monitor,
  time_source,
  fault,
  objective,
  expectation,
};
std::string_view to_string(NameKind kind);

struct Named {
  NameKind kind = NameKind::app;
  std::size_t index = 0;   ///< In its section; of phases, in their load.
  std::size_t parent = 0;  ///< Of phases: the load; of steps: the flag.
  SourceLocation at;
};

/// All names of a file; they are unique across its sections.
class Names {
 public:
  void add(const std::string& name, Named named, const std::string& path, Problems& problems);
  const Named* find(std::string_view name) const;
  const Named* find(std::string_view name, NameKind kind) const;
  std::vector<std::string> of_kind(NameKind kind) const;
  std::vector<std::string> of_kinds(std::initializer_list<NameKind> kinds) const;

 private:
  std::unordered_map<std::string, Named> by_name_;
  std::vector<std::pair<std::string, NameKind>> in_order_;
};

/// `z1-7` of zone z1, or `router-2`: names that the platform gives.
struct HostRef {
  std::size_t zone = 0;
  std::int64_t index = 0;
};

struct Context {
  Scenario& scenario;
  const Document& sections;
  const Registry& registry;
  Problems& problems;
  Names names;

  /// Where a path such as "apps.shop.calls[0].to" stands, or the nearest place above it.
  SourceLocation at(const std::string& path) const;
  void problem(const std::string& path, std::string message, std::string fix) const;
  void problem(const SourceLocation& where, const std::string& path, std::string message,
               std::string fix) const;
  /// "no app is named "shp"", with the nearest.
  void unknown(const std::string& path, NameKind kind, std::string_view name) const;
  /// The tree of the index-th entry of a section; nullptr when there is none.
  const Document* entry(std::string_view section, std::size_t index) const;
  std::optional<HostRef> host(std::string_view name) const;
  /// `router-0` and so on.
  bool is_router(std::string_view name) const;
  /// By the table of names: constant time, unlike NamedMap::find.
  const App* app(std::string_view name) const;
  const Dependency* dependency(std::string_view name) const;
  /// Instances at t=0: the running release's, what it is like, or the app's.
  static std::int64_t instances(const App& app);
  /// Instances that a release asks for: its own, those of what it is like, or the app's.
  static std::int64_t instances(const App& app, const Release* release);
};

// One function per concern, in the order validate() calls them.
void collect_names(Context& context);
void check_run(const Context& context);
void check_topology(Context& context);
void check_apps(const Context& context);
void check_placement(const Context& context);
void check_calls(const Context& context);
void check_dependencies(const Context& context);
void check_loads(const Context& context);
void check_mirrors(const Context& context);
void check_flags(const Context& context);
void check_deployments(const Context& context);
void check_capistrano(const Context& context);
void check_quotas(const Context& context);
void check_scaling(const Context& context);
void check_clocks(const Context& context);
void check_certificates(const Context& context);
void check_cron(const Context& context);
void check_clock_defects(const Context& context);
void check_faults(const Context& context);
void check_hosts(const Context& context);
void warn_of_no_effect(Context& context);
void check_objectives(const Context& context);
void check_expectations(const Context& context);
void check_incident(const Context& context);

/// Calls that stand at that path, wherever calls may stand.
void check_call_list(const Context& context, const std::vector<CallSpec>& calls,
                     const std::string& path);

// Expressions, shared by faults, deployments and expectations.
void check_at(const Context& context, const At& at, const std::string& path);
void check_instant(const Context& context, const Instant& instant, const SourceLocation& at,
                   const std::string& path);
void check_anchor(const Context& context, const Anchor& anchor, const SourceLocation& at,
                  const std::string& path);
void check_condition(const Context& context, const Condition& condition, const std::string& path);
void check_comparison(const Context& context, const Comparison& comparison,
                      const std::string& path);
void check_target(const Context& context, const FaultSpec& fault, const std::string& path);

}  // namespace leapday::loading
