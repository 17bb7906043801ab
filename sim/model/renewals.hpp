/// \file renewals.hpp
/// Who issues certificates anew, and who warns that they end.
/// Why: certificates end on the day that their makers chose. What turns that into an outage is a
/// renewer that failed quietly or a monitor that was looking elsewhere.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "leapday/fault.hpp"
#include "sim/engine/sampler.hpp"
#include "sim/model/certificate_table.hpp"
#include "sim/model/handler.hpp"
#include "sim/model/platform.hpp"
#include "sim/model/trigger.hpp"

namespace leapday::model {

/// Runs the scenario's renewers and expiry monitors, on the control plane's machine and by its
/// clock. Periods are of true time, their phases seeded.
class Renewals final : public TriggerTarget {
 public:
  Renewals(Platform& platform, Triggers& triggers);
  Renewals(const Renewals&) = delete;

  void arm();
  /// A renewer's `at` has come.
  void triggered(std::uint32_t renewer, EventId cause) override;

  /// Of a fault, until pop: the last state pushed counts.
  std::uint32_t push(RenewerId renewer, RenewerState state, EventId begin);
  std::uint32_t hang(MonitorId monitor, EventId begin);
  void pop(std::uint32_t handle, EventId cause);
  /// Renewals and looks that did not do what they should.
  std::uint64_t impeded() const { return impeded_; }

 private:
  struct Pushed {
    std::uint32_t handle;
    RenewerState state;
    EventId begin;
  };
  struct RenewerEntry {
    std::string name;
    const Renewer* spec = nullptr;
    engine::Sampler takes;
    std::vector<CertificateId> certificates;
    std::vector<Pushed> pushed;
    std::vector<CertificateId> under_way;
    bool hung = false;  ///< It never comes back from what it does.
    EventId asked;      ///< Why it began what it does.
    std::uint32_t done_step = 0, failed_step = 0;
    double done = 0, failed = 0;
  };
  struct MonitorEntry {
    std::string name;
    const ExpiryMonitor* spec = nullptr;
    struct Watched {
      CertificateId certificate;
      bool hangs = false;
      std::optional<CertificateIssue> warned_of;
      EventId warning;
    };
    std::vector<Watched> watched;  ///< In the order in which it looks at them.
    std::vector<std::pair<std::uint32_t, EventId>> hung_by;  ///< Faults, by their handles.
    std::uint32_t renewer = 0;                               ///< None when past the last.
    bool stuck = false;                                      ///< In a look that does not end.
    bool stuck_for_good = false;
    std::uint32_t warnings_step = 0;
    double warnings = 0;
  };

  static RenewerState state_of(const RenewerEntry& renewer);
  void renew(std::uint32_t renewer, CertificateId certificate, EventId cause);
  void on_look(std::uint32_t renewer, std::uint32_t);
  void on_renewed(std::uint32_t renewer, std::uint32_t certificate);
  void on_round(std::uint32_t monitor, std::uint32_t);
  void on_response(std::uint32_t monitor, std::uint32_t position);
  void on_given_up(std::uint32_t monitor, std::uint32_t position);
  void add_renewers();
  void add_monitors();
  void go_round(std::uint32_t monitor, std::uint32_t from);
  void look_at(std::uint32_t monitor, std::uint32_t position);
  void schedule(Duration wait, engine::HandlerId handler, std::uint32_t a, std::uint32_t b = 0);
  WallTime control_wall() const { return p_.world.wall(ClockId{}); }
  EventId note(EventId cause, const char* kind, const std::string& subject, std::string detail);

  Platform& p_;
  Triggers& triggers_;
  std::vector<RenewerEntry> renewers_;
  std::vector<MonitorEntry> monitors_;
  std::uint32_t next_ = 0;
  std::uint64_t impeded_ = 0;
  engine::HandlerId look_, renewed_, round_, response_, given_up_;
};

}  // namespace leapday::model
