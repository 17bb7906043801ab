/// \file hosts.hpp
/// How the hosts of a zone come up, are configured, come and go, and what they cost.
/// Why: a machine that is on is not yet a machine that works; the time between is minutes, and
/// somebody pays for it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "leapday/distribution.hpp"
#include "leapday/fields.hpp"
#include "leapday/time.hpp"
#include "leapday/units.hpp"

namespace leapday {

/// One resource of a Chef run: a package, a template, a service.
struct ConfiguredResource {
  Distribution takes;
  Ratio failure{};
  Duration check{};
  std::vector<std::string> notifies;
  Duration notified{};

  void fields(FieldVisitor& v) {
    v.required("takes", takes, "time to bring it into its state");
    v.optional("failure", failure, "probability that this fails, which ends the run");
    v.optional("check", check, "time to see that it is in its state already");
    v.optional("notifies", notifies,
               "resources that act once more at the end of a run in which this one changed");
    v.optional("notified", notified, "time that such an action of this resource takes");
  }
};

/// A chef-solo run: recipes are compiled, then resources converge in their order, then come the
/// delayed notifications. The first failure ends it and leaves the host half converged.
struct HostConfiguration {
  Distribution compile;
  NamedMap<ConfiguredResource> resources;
  std::optional<Duration> interval;
  Duration splay{std::chrono::seconds{300}};
  bool keeps_disk = false;

  void fields(FieldVisitor& v) {
    v.optional("compile", compile, "time to compile all recipes, before anything changes");
    v.required("resources", resources, "resources in the order in which they converge");
    v.optional("interval", interval,
               "pause between two runs of the daemon; runs at boot only when absent");
    v.optional("splay", splay, "random addition of up to this much to each pause");
    v.optional("keeps_disk", keeps_disk,
               "what had converged needs only its check after a crash; else the disk is new");
  }
};

enum class BringUp { parallel, serial };
std::span<const Choice> choices_of(BringUp);

/// Hosts of a zone that come and go: the zone's `hosts` are the most there can be.
struct HostPool {
  std::int64_t min = 0;
  std::optional<std::int64_t> initial;
  std::optional<std::int64_t> quota;
  Distribution provisioning_time = Distribution::deterministic(std::chrono::seconds{60});
  Ratio provisioning_failure{};

  void fields(FieldVisitor& v) {
    v.required("min", min, "hosts there are at the least", {0, 1e6});
    v.optional("initial", initial, "hosts there are at first; min when absent", {0, 1e6});
    v.optional("quota", quota, "hosts that the cloud grants; a request beyond them is refused",
               {0, 1e6});
    v.optional("provisioning_time", provisioning_time,
               "from the request for a host until its power is on");
    v.optional("provisioning_failure", provisioning_failure,
               "probability that a requested host never comes");
  }
};

enum class Expander { least_waste, most_instances, random };
std::span<const Choice> choices_of(Expander);

/// The rules by which pools grow and shrink; names and defaults are cluster-autoscaler's.
struct HostAutoscaler {
  Duration scan_interval{std::chrono::seconds{10}};
  Expander expander = Expander::least_waste;
  Duration max_provision_time{std::chrono::seconds{900}};
  Duration failure_backoff{std::chrono::seconds{300}};
  Duration unneeded_time{std::chrono::seconds{600}};
  Duration unready_time{std::chrono::seconds{1200}};
  Ratio utilization_threshold{1, 2};
  Duration delay_after_add{std::chrono::seconds{600}};
  Duration delay_after_failure{std::chrono::seconds{180}};
  Duration graceful_termination{std::chrono::seconds{600}};

  void fields(FieldVisitor& v) {
    v.optional("scan_interval", scan_interval, "time between two looks at hosts and instances");
    v.optional("expander", expander, "which pool grows when several could");
    v.optional("max_provision_time", max_provision_time,
               "a requested host that is not usable after this long is given up");
    v.optional("failure_backoff", failure_backoff,
               "a pool whose request failed is not asked again for this long");
    v.optional("unneeded_time", unneeded_time,
               "a host is removed after it was not needed for this long");
    v.optional("unready_time", unready_time,
               "a host is removed after it was not heard of for this long");
    v.optional("utilization_threshold", utilization_threshold,
               "a host that is used less than this may be unneeded");
    v.optional("delay_after_add", delay_after_add,
               "nothing is removed for this long after hosts were added");
    v.optional("delay_after_failure", delay_after_failure,
               "nothing is removed for this long after a request failed");
    v.optional("graceful_termination", graceful_termination,
               "a drained host is removed after this long even when instances are left on it");
    v.check(scan_interval > Duration{0}, "scan_interval", "must be more than 0", "write 10s");
  }
};

/// What a cloud charges. A zone's price comes before its region's, that before its cloud's.
struct Price {
  std::optional<double> host_hour;
  std::optional<double> instance_hour;
  std::optional<double> egress_gb;
  std::optional<double> region_gb;
  std::optional<double> zone_gb;

  void fields(FieldVisitor& v) {
    v.optional("host_hour", host_hour, "of each host there is, by the hour", {0, 1e9});
    v.optional("instance_hour", instance_hour, "of each placed instance, by the hour", {0, 1e9});
    v.optional("egress_gb", egress_gb, "of 10^9 bytes that leave for clients or another cloud",
               {0, 1e9});
    v.optional("region_gb", region_gb, "of 10^9 bytes that leave for another region", {0, 1e9});
    v.optional("zone_gb", zone_gb, "of 10^9 bytes that leave for another zone of the region",
               {0, 1e9});
  }
  /// What is absent comes from `other`.
  Price or_else(const Price& other) const {
    Price result = *this;
    if (!result.host_hour) result.host_hour = other.host_hour;
    if (!result.instance_hour) result.instance_hour = other.instance_hour;
    if (!result.egress_gb) result.egress_gb = other.egress_gb;
    if (!result.region_gb) result.region_gb = other.region_gb;
    if (!result.zone_gb) result.zone_gb = other.zone_gb;
    return result;
  }
  bool any() const { return host_hour || instance_hour || egress_gb || region_gb || zone_gb; }
};

}  // namespace leapday
