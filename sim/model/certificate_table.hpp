/// \file certificate_table.hpp
/// Every certificate of a scenario, in each of its issues, and whether a checker takes it.
/// Why: one is checked in many places, each by the clock that is there.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "leapday/ids.hpp"
#include "leapday/scenario.hpp"

namespace leapday::model {

/// Which issue of a certificate a holder has: 0 is the one that the scenario states.
using CertificateIssue = std::uint32_t;

class CertificateTable {
 public:
  /// \param start True UTC at t=0, from which certificates without a date count.
  CertificateTable(const Scenario& scenario, WallTime start);

  bool empty() const { return certificates_.empty(); }
  std::size_t size() const { return certificates_.size(); }
  CertificateId find(std::string_view name) const;
  const std::string& name(CertificateId id) const { return certificates_[id.index].name; }
  CertificateIssue newest(CertificateId id) const {
    return static_cast<CertificateIssue>(certificates_[id.index].issues.size() - 1);
  }
  WallTime not_after(CertificateId id, CertificateIssue issue) const {
    return certificates_[id.index].issues[issue].not_after;
  }
  /// A new issue, valid from `now` on. Its key stays, so that what it has signed stays signed.
  void issue(CertificateId id, WallTime now);

  /// What a checker whose clock shows `now` makes of it and of those that signed it, which are
  /// looked at in their newest issue: nothing, or why it is refused ("nats-ca ended at ...").
  /// Both ends of a window are valid (RFC 5280, 4.1.2.5).
  std::string refusal(CertificateId id, CertificateIssue issue, WallTime now) const;
  bool valid(CertificateId id, CertificateIssue issue, WallTime now) const {
    return broken(id, issue, now).index == CertificateId::kNone;
  }

 private:
  struct Window {
    WallTime not_before, not_after;
  };
  struct Entry {
    std::string name;
    CertificateId issuer;
    Duration lifetime{};
    std::vector<Window> issues;
  };
  /// The first of the chain that is not valid; none when all are.
  CertificateId broken(CertificateId id, CertificateIssue issue, WallTime now) const;

  std::vector<Entry> certificates_;
};

}  // namespace leapday::model
