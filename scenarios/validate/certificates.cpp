/// \file certificates.cpp
/// Certificates, who shows them, renews them and looks at them. Why: see validate.hpp.
#include <fmt/format.h>

#include <algorithm>

#include "scenarios/load/text.hpp"
#include "scenarios/validate/context.hpp"

namespace leapday::loading {
namespace {

const Certificate* find_certificate(const Context& c, const std::string& name) {
  const Named* named = c.names.find(name, NameKind::certificate);
  return named != nullptr ? &c.scenario.certificates.entries[named->index].value : nullptr;
}

void check_certificate_name(const Context& c, const std::string& name, const std::string& path) {
  if (!name.empty() && find_certificate(c, name) == nullptr) {
    c.unknown(path, NameKind::certificate, name);
  }
}

void check_certificate_names(const Context& c, const std::vector<std::string>& names,
                             const std::string& path) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string at = fmt::format("{}[{}]", path, i);
    check_certificate_name(c, names[i], at);
    const auto here = names.begin() + static_cast<std::ptrdiff_t>(i);
    if (std::find(names.begin(), here, names[i]) != here) {
      c.problem(at, fmt::format("{} stands in it twice", names[i]), "remove one of them");
    }
  }
}

/// A chain of signatures ends at a certificate that signed itself.
void check_issuers(const Context& c) {
  for (const auto& entry : c.scenario.certificates) {
    const std::string path = fmt::format("certificates.{}.issuer", entry.name);
    check_certificate_name(c, entry.value.issuer, path);
    const Certificate* signer = find_certificate(c, entry.value.issuer);
    for (std::size_t steps = 0; signer != nullptr; ++steps) {
      if (signer == &entry.value || steps > c.scenario.certificates.size()) {
        c.problem(path, fmt::format("{} signs itself in a circle", entry.name),
                  "leave issuer out where a chain begins");
        break;
      }
      signer = find_certificate(c, signer->issuer);
    }
  }
}

bool asked_by_monitor(const Scenario& scenario, const std::string& renewer) {
  return std::any_of(scenario.expiry_monitors.begin(), scenario.expiry_monitors.end(),
                     [&](const auto& monitor) { return monitor.value.renewer == renewer; });
}

void check_renewers(const Context& c) {
  for (const auto& entry : c.scenario.renewers) {
    const Renewer& renewer = entry.value;
    const std::string path = "renewers." + entry.name;
    check_certificate_names(c, renewer.certificates, path + ".certificates");
    if (renewer.at) check_at(c, *renewer.at, path + ".at");
    if (!renewer.period && !renewer.at && !asked_by_monitor(c.scenario, entry.name)) {
      c.problem(path, "nothing ever makes it renew anything",
                "add period: 12h, at: a time, or name it in an expiry monitor");
    }
  }
}

void check_monitors(const Context& c) {
  for (const auto& entry : c.scenario.expiry_monitors) {
    const ExpiryMonitor& monitor = entry.value;
    const std::string path = "expiry_monitors." + entry.name;
    check_certificate_names(c, monitor.certificates, path + ".certificates");
    for (std::size_t i = 0; i < monitor.hangs_on.size(); ++i) {
      const std::string& name = monitor.hangs_on[i];
      if (std::find(monitor.certificates.begin(), monitor.certificates.end(), name) ==
          monitor.certificates.end()) {
        c.problem(fmt::format("{}.hangs_on[{}]", path, i),
                  fmt::format("it does not look at {}", quoted(name)),
                  suggestion(name, monitor.certificates));
      }
    }
    if (monitor.renewer.empty()) {
      if (monitor.response > Duration{0}) {
        c.problem(path + ".response", "nobody responds: it names no renewer", "add renewer: NAME");
      }
    } else if (c.names.find(monitor.renewer, NameKind::renewer) == nullptr) {
      c.unknown(path + ".renewer", NameKind::renewer, monitor.renewer);
    }
  }
}

void check_holders(const Context& c) {
  const Scenario& s = c.scenario;
  check_certificate_name(c, s.routers.certificate, "routers.certificate");
  for (const auto& entry : s.dependencies) {
    if (!entry.value.tls) continue;
    const Tls& tls = *entry.value.tls;
    const std::string path = fmt::format("dependencies.{}.tls", entry.name);
    check_certificate_name(c, tls.certificate, path + ".certificate");
    check_certificate_name(c, tls.client_certificate, path + ".client_certificate");
    if (tls.session && !tls.keep_open) {
      c.problem(path + ".session", "no connection lasts: each call makes its own",
                "add keep_open: true");
    }
    if (tls.session && *tls.session <= Duration{0}) {
      c.problem(path + ".session", "must be more than 0", "write a duration such as 10min");
    }
  }
  for (const auto& entry : s.apps) {
    const App& app = entry.value;
    check_certificate_names(c, app.start_certificates,
                            fmt::format("apps.{}.start_certificates", entry.name));
    if (!app.token) continue;
    const std::string path = fmt::format("apps.{}.token", entry.name);
    if (!app.token->issuer.empty() && c.names.find(app.token->issuer, NameKind::zone) == nullptr) {
      c.unknown(path + ".issuer", NameKind::zone, app.token->issuer);
    }
    if (app.kind != AppKind::http && app.kind != AppKind::tcp) {
      c.problem(path, "only requests carry tokens", "set kind: http");
    }
  }
}

}  // namespace

void check_certificates(const Context& c) {
  check_issuers(c);
  check_renewers(c);
  check_monitors(c);
  check_holders(c);
}

}  // namespace leapday::loading
