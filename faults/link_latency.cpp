/// \file link_latency.cpp
/// Makes messages between two places take longer.
/// Why: delay is the failure that timeouts are for, and the one they are seldom set for.
#include <array>

#include "leapday/fault.hpp"
#include "leapday/registry.hpp"

namespace leapday {
namespace {

class LinkLatency final : public FaultBase<LinkLatency> {
 public:
  void fields(FieldVisitor& v) override {
    v.required("add", add_, "added to the one-way latency");
    v.optional("jitter", jitter_, "uniform further addition of up to this much");
  }

  void begin(FaultContext& context) override {
    const LinkModifier slower{.latency_add = add_, .jitter_add = jitter_};
    const auto link = context.link();
    if (!link) return;
    context.push(link->first, link->second, slower);
    if (context.link_both_ways()) context.push(link->second, link->first, slower);
  }

  std::span<const std::string_view> target_kinds() const override {
    static constexpr std::array<std::string_view, 1> kKinds{"link"};
    return kKinds;
  }

 private:
  Duration add_{};
  Duration jitter_{};
};

}  // namespace

void register_link_latency(Registry& registry) {
  registry.faults.add("link.latency", "messages take longer",
                      [] { return std::make_unique<LinkLatency>(); });
}

}  // namespace leapday
