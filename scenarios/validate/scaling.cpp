/// \file scaling.cpp
/// Scalers: the app there is, one for each, and what their policies have to say of it.
/// Why: see validate.hpp.
#include "leapday/scaling.hpp"

#include <fmt/format.h>

#include <map>

#include "scenarios/load/text.hpp"
#include "scenarios/validate/context.hpp"

namespace leapday::loading {
namespace {

void check_scaler(const Context& c, const std::string& name, const Scaler& scaler) {
  const std::string path = "scaling." + name;
  const App* app = c.app(scaler.app);
  if (app == nullptr) {
    if (!scaler.app.empty()) c.unknown(path + ".app", NameKind::app, scaler.app);
    return;
  }
  if (app->kind == AppKind::job) {
    c.problem(path + ".app", fmt::format("{} is a job: it runs at times and ends", scaler.app),
              "scale an app of kind http, tcp or worker");
  }
  if (scaler.prototype == nullptr) return;
  for (ScalingObjection& objection : scaler.prototype->objections(*app, scaler.min, scaler.max)) {
    c.problem(fmt::format("{}.{}", path, objection.key), std::move(objection.message),
              std::move(objection.fix));
  }
  const std::int64_t instances = Context::instances(*app);
  if (instances > scaler.max || instances < scaler.min) {
    c.scenario.warnings.push_back(
        fmt::format("{} begins with {} instances, outside the {} to {} of its scaler {}",
                    scaler.app, instances, scaler.min, scaler.max, name));
  }
}

}  // namespace

void check_scaling(const Context& c) {
  std::map<std::string, std::string, std::less<>> taken;
  for (const auto& scaler : c.scenario.scaling) {
    if (c.problems.full()) return;
    check_scaler(c, scaler.name, scaler.value);
    const auto [first, fresh] = taken.emplace(scaler.value.app, scaler.name);
    if (fresh || scaler.value.app.empty()) continue;
    c.problem(fmt::format("scaling.{}.app", scaler.name),
              fmt::format("{} is already scaled by {}", quoted(scaler.value.app), first->second),
              "two scalers would undo each other's work: keep one");
  }
}

}  // namespace leapday::loading
