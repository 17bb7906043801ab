/// \file host_configuration_failure.cpp
/// Configuration runs of hosts fail at one resource while the fault lasts.
/// Why: a package mirror that is down or a recipe with a typo takes no host away, until one boots.
#include <array>

#include "leapday/fault.hpp"
#include "leapday/registry.hpp"

namespace leapday {
namespace {

class HostConfigurationFailure final : public FaultBase<HostConfigurationFailure> {
 public:
  void fields(FieldVisitor& v) override {
    v.optional("resource", resource_,
               "the resource that fails; * for a recipe that does not "
               "compile");
  }

  void begin(FaultContext& context) override {
    for (const HostId host : context.hosts()) {
      context.push(host, HostModifier{.fails_at = resource_});
    }
  }

  std::span<const std::string_view> target_kinds() const override {
    static constexpr std::array<std::string_view, 1> kKinds{"hosts"};
    return kKinds;
  }

  std::string_view resource() const override {
    return resource_ == "*" ? std::string_view{} : std::string_view{resource_};
  }

 private:
  std::string resource_ = "*";
};

}  // namespace

void register_host_configuration_failure(Registry& registry) {
  registry.faults.add("host.configuration_failure",
                      "configuration runs that come to this resource fail",
                      [] { return std::make_unique<HostConfigurationFailure>(); });
}

}  // namespace leapday
