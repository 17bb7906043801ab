/// \file certificate_table.cpp
/// Windows, chains and new issues. Why: see certificate_table.hpp.
#include "sim/model/certificate_table.hpp"

#include <fmt/format.h>

#include "sim/clocks/calendar.hpp"

namespace leapday::model {
namespace {

std::string second_text(WallTime wall) {
  const std::int64_t of_day = clocks::civil(wall.seconds).second_of_day;
  return fmt::format("{}T{:02}:{:02}:{:02}Z", clocks::date_text(wall), of_day / 3600,
                     of_day / 60 % 60, of_day % 60);
}

}  // namespace

CertificateTable::CertificateTable(const Scenario& scenario, WallTime start) {
  for (const auto& stated : scenario.certificates) {
    const Certificate& spec = stated.value;
    Window window{.not_before = spec.not_before.value_or(start), .not_after = {}};
    if (!spec.not_before && spec.not_after) window.not_before = *spec.not_after + -spec.lifetime;
    window.not_after = spec.not_after.value_or(window.not_before + spec.lifetime);
    certificates_.push_back(
        {.name = stated.name, .issuer = {}, .lifetime = spec.lifetime, .issues = {window}});
  }
  for (std::uint32_t i = 0; i < certificates_.size(); ++i) {
    certificates_[i].issuer = find(scenario.certificates.entries[i].value.issuer);
  }
}

CertificateId CertificateTable::find(std::string_view name) const {
  for (std::uint32_t i = 0; i < certificates_.size(); ++i) {
    if (certificates_[i].name == name) return CertificateId{i};
  }
  return {};
}

void CertificateTable::issue(CertificateId id, WallTime now) {
  Entry& entry = certificates_[id.index];
  entry.issues.push_back({now, now + entry.lifetime});
}

CertificateId CertificateTable::broken(CertificateId id, CertificateIssue issue,
                                       WallTime now) const {
  // Dates in certificates are whole seconds, and so is what they are compared with.
  for (; id.valid(); id = certificates_[id.index].issuer) {
    const Window& window = certificates_[id.index].issues[issue];
    if (now.seconds < window.not_before.seconds || now.seconds > window.not_after.seconds) {
      return id;
    }
    const CertificateId issuer = certificates_[id.index].issuer;
    if (issuer.valid()) issue = newest(issuer);
  }
  return {};
}

std::string CertificateTable::refusal(CertificateId id, CertificateIssue issue,
                                      WallTime now) const {
  const CertificateId culprit = broken(id, issue, now);
  if (!culprit.valid()) return {};
  const Entry& entry = certificates_[culprit.index];
  const Window& window = entry.issues[culprit == id ? issue : newest(culprit)];
  return now.seconds < window.not_before.seconds
             ? fmt::format("{} begins at {}, the checker's clock shows {}", entry.name,
                           second_text(window.not_before), second_text(now))
             : fmt::format("{} ended at {}, the checker's clock shows {}", entry.name,
                           second_text(window.not_after), second_text(now));
}

}  // namespace leapday::model
