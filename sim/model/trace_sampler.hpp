/// \file trace_sampler.hpp
/// Takes a seeded sample of users' requests, and notes what happens to each of them.
/// Why: which requests are traced must depend on neither their fate nor the path that they take
/// through the model; what is kept must be bounded; and who is not in the sample must not pay.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "leapday/random.hpp"
#include "leapday/trace.hpp"
#include "sim/model/open_spans.hpp"

namespace leapday::model {

/// Whom a span is about, in the run's own tables.
struct TraceSubject {
  enum class Kind : std::uint32_t { load, app, router, instance, dependency };
  Kind kind = Kind::load;
  std::uint32_t index = 0;

  std::uint32_t packed() const { return static_cast<std::uint32_t>(kind) << 29 | index; }
  static TraceSubject of(std::uint32_t packed) {
    return {static_cast<Kind>(packed >> 29), packed & 0x1fffffffU};
  }
};

/// A request that met nothing: it waited, was served and was answered.
struct PlainTrace {
  std::uint64_t key = 0;  ///< As Call::key.
  std::uint64_t number = 0;
  SimTime sent{};
  SimTime began = SimTime::max();  ///< Its service; max() while it waits.
  SimTime done{};
  std::uint32_t load = 0;
  std::uint32_t endpoint = 0;
  std::uint32_t router = 0;
  std::uint32_t instance = 0;
};

/// Calls, attempts and visits are named by their keys. What is said of a key that is not traced
/// (no longer, or beyond the spans that a request may have) is passed over.
class TraceSampler {
 public:
  explicit TraceSampler(std::uint64_t seed) : salt_(hash_combine(hash_name("traces"), seed)) {}

  /// Whether the sample, as it is now, has a place for the request of this key.
  bool takes(std::uint64_t key) const { return rank(key) <= highest_; }

  // ---- requests and calls
  void request(const PlainTrace& request);
  /// Of a request without a trace yet.
  void call(std::uint64_t visit, std::uint64_t key, TraceSubject to, std::uint32_t endpoint,
            SimTime at);
  void attempt(std::uint64_t call, std::uint64_t key, SimTime at, std::uint16_t number, bool hedge);
  /// Where an attempt goes.
  void goes_to(std::uint64_t attempt, TraceSubject subject);
  void visit(std::uint64_t attempt, std::uint64_t key, TraceSubject at, std::uint32_t endpoint,
             SimTime sent);
  /// What becomes of one that does not end yet.
  void outcome(std::uint64_t key, FailureReason reason);
  /// Ends with the outcome it has already.
  void end(std::uint64_t key, SimTime at);
  void end(std::uint64_t key, SimTime at, FailureReason reason) {
    outcome(key, reason);
    end(key, at);
  }

  // ---- within attempts and visits
  void waits(std::uint64_t key, SimTime at) { begin_part(key, TraceSpan::Kind::queue, at); }
  void served(std::uint64_t key, SimTime at) { begin_part(key, TraceSpan::Kind::service, at); }
  void end_part(std::uint64_t key, SimTime at, FailureReason reason = FailureReason::count_);

  // ---- requests that met nothing, see traffic_fast.cpp
  /// Answered; whoever asks has seen that the sample takes it.
  void settled(const PlainTrace& request);
  /// Still under way, and from now on it has a call, an attempt and a visit.
  void given_back(const PlainTrace& request);

  /// The requests in order. `name(subject)` and `endpoint(subject, index)` say what they are
  /// called.
  using SubjectName = std::function<std::string(TraceSubject)>;
  using EndpointName = std::function<std::string_view(TraceSubject, std::uint32_t)>;
  Traces finish(SimTime ended, const SubjectName& name, const EndpointName& endpoint);

 private:
  struct Trace {
    PlainTrace plain;
    bool truncated = false;
    std::vector<TraceSpan> spans;  ///< Empty when `plain` says it all.
  };

  std::uint64_t rank(std::uint64_t key) const { return (key ^ salt_) * 0xd1342543de82ef95U; }
  bool in_run(const PlainTrace& request) const {
    return request.sent >= kSimStart && takes(request.key);
  }
  Trace* add(const PlainTrace& request);
  void thin_out();
  void child(std::uint64_t parent, std::uint64_t key, const TraceSpan& span);
  static bool push(Trace& trace, const TraceSpan& span);
  static void begin(Trace& trace, const PlainTrace& plain);
  void begin_part(std::uint64_t key, TraceSpan::Kind kind, SimTime at);
  void begin_part(OpenSpans::Entry& entry, TraceSpan::Kind kind, SimTime at);
  void end_part(OpenSpans::Entry& entry, SimTime at, FailureReason reason);

  std::uint64_t salt_;
  std::uint64_t highest_ = ~std::uint64_t{0};  ///< Rank in the sample.
  std::uint64_t one_in_ = 1;
  std::vector<Trace> traces_;
  std::vector<std::vector<TraceSpan>> spare_;  ///< Of traces that had to go.
  OpenSpans open_;
};

}  // namespace leapday::model
