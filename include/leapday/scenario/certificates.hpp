/// \file certificates.hpp
/// Certificates, who checks them and when, who renews them, and who is to notice that they end.
/// Why: a certificate that ends breaks nothing at that instant. It breaks what connects anew, what
/// starts anew and what heals, which is when nobody can use another fault.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "leapday/distribution.hpp"
#include "leapday/expression.hpp"
#include "leapday/fields.hpp"
#include "leapday/time.hpp"

namespace leapday {

/// A certificate with the window in which it is valid, both of its ends included (RFC 5280,
/// 4.1.2.5).
struct Certificate {
  std::string issuer;
  std::optional<WallTime> not_before;
  std::optional<WallTime> not_after;
  Duration lifetime{std::chrono::hours{24 * 365}};

  void fields(FieldVisitor& v) {
    v.optional("issuer", issuer, "the certificate that signed it; signed by itself when absent");
    v.optional("not_before", not_before,
               "first second in which it is valid; when absent, `lifetime` before not_after, or "
               "the begin of the run where that is absent too");
    v.optional("not_after", not_after,
               "last second in which it is valid; `lifetime` after not_before when absent");
    v.optional("lifetime", lifetime, "of it, and of each that is issued in its place");
    v.check(!not_before || !not_after || *not_before <= *not_after, "not_after",
            "lies before not_before", "a certificate is valid from not_before to not_after");
    v.check(lifetime >= std::chrono::seconds{1}, "lifetime", "must be 1s or more",
            "write a duration such as 90d");
  }
};

/// Whether a renewer does what it is there for.
enum class RenewerState {
  works,
  fails,  ///< It says that it failed, and tries again at its next turn.
  hangs,  ///< It begins and never ends.
  lies,   ///< It says that it was done, and nothing has changed.
};
std::span<const Choice> choices_of(RenewerState);

/// Issues certificates anew: a job that looks at its clock, or a person at a time.
struct Renewer {
  std::vector<std::string> certificates;
  std::optional<Duration> period;
  std::optional<At> at;
  Duration renew_before{std::chrono::hours{24 * 30}};
  Distribution takes = Distribution::deterministic(Duration{0});
  RenewerState state = RenewerState::works;

  void fields(FieldVisitor& v) {
    v.required("certificates", certificates, "what it renews");
    v.optional("period", period, "how often it looks; only at `at`, or when asked, when absent");
    v.optional("at", at, "when somebody renews them all, whatever their ends");
    v.optional("renew_before", renew_before,
               "with `period`: renews what ends so soon, by the control plane's clock");
    v.optional("takes", takes, "from its begin until the new certificate is there");
    v.optional("state", state, "whether it does what it is there for");
    v.check(!period || *period >= std::chrono::seconds{1}, "period", "must be 1s or more",
            "write a duration such as 12h");
  }
};

/// Looks at certificates, one after another, and warns of those that are about to end.
struct ExpiryMonitor {
  std::vector<std::string> certificates;
  Duration period{std::chrono::hours{24}};
  Duration warn_before{std::chrono::hours{24 * 30}};
  Duration timeout{};
  std::vector<std::string> hangs_on;
  std::string renewer;
  Duration response{};

  void fields(FieldVisitor& v) {
    v.required("certificates", certificates, "what it looks at, in this order");
    v.optional("period", period, "time between two rounds");
    v.optional("warn_before", warn_before,
               "warns of what ends so soon, by the control plane's clock");
    v.optional("timeout", timeout, "a look that hangs is given up after this; 0s for never");
    v.optional("hangs_on", hangs_on, "certificates that a look at hangs on");
    v.optional("renewer", renewer, "who renews what was warned of");
    v.optional("response", response, "from a warning until that renewer begins");
    v.check(period >= std::chrono::seconds{1}, "period", "must be 1s or more",
            "write a duration such as 1d");
  }
};

/// A service that is reached over TLS.
struct Tls {
  std::string certificate;
  std::string client_certificate;
  bool keep_open = false;
  std::optional<Duration> session;
  bool reload = true;

  void fields(FieldVisitor& v) {
    v.required("certificate", certificate, "what it shows, checked by its callers' own clocks");
    v.optional("client_certificate", client_certificate,
               "what its callers show, checked by true time");
    v.optional("keep_open", keep_open,
               "a caller's connection lasts while both live; a handshake each time otherwise");
    v.optional("session", session, "with keep_open: how long a connection lasts at the most");
    v.optional("reload", reload,
               "a certificate that was renewed is shown at once; otherwise when its holder starts "
               "anew");
  }
};

/// What requests to an app carry to say who sends them: a JSON Web Token (RFC 7519).
struct Token {
  std::string issuer;
  Duration lifetime{std::chrono::minutes{5}};
  bool not_before = true;
  Duration leeway{};
  Duration reuse{};

  void fields(FieldVisitor& v) {
    v.optional("issuer", issuer,
               "zone whose first host issues them by its clock; the control plane when absent");
    v.optional("lifetime", lifetime, "from `iat` to `exp`");
    v.optional("not_before", not_before,
               "a token from the future is refused: `nbf` is set, or `iat` is checked");
    v.optional("leeway", leeway, "by how much the clocks of issuer and instance may differ");
    v.optional("reuse", reuse, "how long callers use one token; a new one each time when 0s");
    v.check(reuse < lifetime, "reuse", "is not shorter than the lifetime",
            "callers have to ask for a new token before the old one ends");
  }
};

}  // namespace leapday
