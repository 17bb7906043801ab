/// \file renewer_failure.cpp
/// A renewer that fails, hangs, or says that it is done when nothing has changed.
/// Why: it shows on the day on which the certificate ends, months after it began.
#include <array>

#include "leapday/fault.hpp"
#include "leapday/registry.hpp"

namespace leapday {
namespace {

class RenewerFailure final : public FaultBase<RenewerFailure> {
 public:
  void fields(FieldVisitor& v) override {
    v.optional("state", state_, "what it does in place of its work");
    v.check(state_ != RenewerState::works, "state", "a renewer that works is no fault",
            "write fails, hangs or lies");
  }

  void begin(FaultContext& context) override {
    for (const RenewerId renewer : context.renewers()) context.push(renewer, state_);
  }

  std::span<const std::string_view> target_kinds() const override {
    static constexpr std::array<std::string_view, 1> kKinds{"renewer"};
    return kKinds;
  }

 private:
  RenewerState state_ = RenewerState::fails;
};

}  // namespace

void register_renewer_failure(Registry& registry) {
  registry.faults.add("renewer.failure", "a renewer fails, hangs, or says that it is done",
                      [] { return std::make_unique<RenewerFailure>(); });
}

}  // namespace leapday
