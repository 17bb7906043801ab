/// \file certificate_naive_add_year.cpp
/// Lets agents date certificates by adding one to the year: 29 February has no such date.
/// Why: this rule took Azure down on 29 February 2012; running instances keep running, new ones
/// fail.
#include <array>

#include "leapday/fault.hpp"
#include "leapday/registry.hpp"

namespace leapday {
namespace {

class CertificateNaiveAddYear final : public FaultBase<CertificateNaiveAddYear> {
 public:
  void fields(FieldVisitor&) override {}

  void begin(FaultContext& context) override {
    for (const HostId host : context.hosts()) {
      context.push(host, HostModifier{.calendar = CalendarRule::naive_add_year});
    }
  }

  std::span<const std::string_view> target_kinds() const override {
    static constexpr std::array<std::string_view, 1> kKinds{"hosts"};
    return kKinds;
  }
};

}  // namespace

void register_certificate_naive_add_year(Registry& registry) {
  registry.faults.add(
      "certificate.naive_add_year",
      "new certificates end on the same day next year, which 29 February does not have",
      [] { return std::make_unique<CertificateNaiveAddYear>(); });
}

}  // namespace leapday
