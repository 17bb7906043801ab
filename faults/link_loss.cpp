/// \file link_loss.cpp
/// Loses messages between two places; TCP sends them again.
/// Why: lost packets show as delay of 200 ms and more, not as errors.
#include <array>

#include "leapday/fault.hpp"
#include "leapday/registry.hpp"

namespace leapday {
namespace {

class LinkLoss final : public FaultBase<LinkLoss> {
 public:
  void fields(FieldVisitor& v) override {
    v.required("loss", loss_, "probability that a message is lost");
  }

  void begin(FaultContext& context) override {
    const LinkModifier lossy{.loss = loss_};
    const auto link = context.link();
    if (!link) return;
    context.push(link->first, link->second, lossy);
    if (context.link_both_ways()) context.push(link->second, link->first, lossy);
  }

  std::span<const std::string_view> target_kinds() const override {
    static constexpr std::array<std::string_view, 1> kKinds{"link"};
    return kKinds;
  }

 private:
  Ratio loss_{};
};

}  // namespace

void register_link_loss(Registry& registry) {
  registry.faults.add("link.loss", "messages are lost and resent",
                      [] { return std::make_unique<LinkLoss>(); });
}

}  // namespace leapday
