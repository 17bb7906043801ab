/// \file trace_sampler.cpp
/// Everything about traces that only sampled requests pay for.
/// Why: the request path asks one inline question per request and calls this for few of them.
#include "sim/model/trace_sampler.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "sim/model/request.hpp"

namespace leapday::model {

namespace {

using SpanKind = TraceSpan::Kind;

}  // namespace

// ---- the sample ------------------------------------------------------------------------------

/// Null when the request has no place in the sample once it is counted.
TraceSampler::Trace* TraceSampler::add(const PlainTrace& request) {
  if (traces_.empty()) traces_.reserve(Traces::kMost + 1);
  traces_.push_back({.plain = request});
  if (traces_.size() <= Traces::kMost) [[likely]]
    return &traces_.back();
  thin_out();
  return takes(request.key) ? &traces_.back() : nullptr;
}

/// Halves the ranks that are taken until few enough requests are left.
void TraceSampler::thin_out() {
  std::vector<std::uint16_t> numbers(traces_.size(), OpenSpans::kNoTrace);
  std::size_t kept = traces_.size();
  while (kept > Traces::kMost) {
    highest_ >>= 1;
    one_in_ <<= 1;
    kept = static_cast<std::size_t>(std::count_if(
        traces_.begin(), traces_.end(), [this](const Trace& t) { return takes(t.plain.key); }));
  }
  std::uint16_t next = 0;
  for (std::size_t i = 0; i < traces_.size(); ++i) {
    Trace& trace = traces_[i];
    if (!takes(trace.plain.key)) continue;
    numbers[i] = next;
    if (i != next) {
      Trace& place = traces_[next];
      place.plain = trace.plain;
      place.truncated = trace.truncated;
      place.spans.swap(trace.spans);
    }
    ++next;
  }
  for (std::size_t i = next; i < traces_.size(); ++i) {
    if (traces_[i].spans.capacity() == 0) continue;
    traces_[i].spans.clear();
    spare_.push_back(std::move(traces_[i].spans));
  }
  traces_.resize(next);
  open_.renumber(numbers);
}

/// False when the request has as many spans as it may.
bool TraceSampler::push(Trace& trace, const TraceSpan& span) {
  if (trace.spans.size() >= Traces::kMostSpans) {
    trace.truncated = true;
    return false;
  }
  trace.spans.push_back(span);
  return true;
}

// ---- requests, calls, attempts, visits -------------------------------------------------------

void TraceSampler::request(const PlainTrace& request) {
  if (!in_run(request)) return;
  Trace* const trace = add(request);
  if (trace == nullptr) return;
  if (!spare_.empty()) {
    trace->spans = std::move(spare_.back());
    spare_.pop_back();
  } else {
    trace->spans.reserve(8);
  }
  begin(*trace, request);
  open_.add(request.key, static_cast<std::uint16_t>(trace - traces_.data()), 0);
}

void TraceSampler::begin(Trace& trace, const PlainTrace& request) {
  trace.spans.push_back({.begin = request.sent,
                         .subject = TraceSubject{TraceSubject::Kind::load, request.load}.packed(),
                         .endpoint = request.endpoint,
                         .kind = SpanKind::request,
                         .open = true});
}

void TraceSampler::child(std::uint64_t parent, std::uint64_t key, const TraceSpan& span) {
  const OpenSpans::Entry* const entry = open_.find(parent);
  if (entry == nullptr) return;
  Trace& trace = traces_[entry->trace];
  if (!push(trace, span)) return;
  trace.spans.back().parent = entry->span;
  trace.spans.back().open = true;
  open_.add(key, entry->trace, static_cast<std::uint16_t>(trace.spans.size() - 1));
}

void TraceSampler::call(std::uint64_t visit, std::uint64_t key, TraceSubject to,
                        std::uint32_t endpoint, SimTime at) {
  child(visit, key,
        {.begin = at, .subject = to.packed(), .endpoint = endpoint, .kind = SpanKind::call});
}

void TraceSampler::attempt(std::uint64_t call, std::uint64_t key, SimTime at, std::uint16_t number,
                           bool hedge) {
  child(call, key, {.begin = at, .number = number, .kind = SpanKind::attempt, .hedge = hedge});
}

void TraceSampler::goes_to(std::uint64_t attempt, TraceSubject subject) {
  const OpenSpans::Entry* const entry = open_.find(attempt);
  if (entry != nullptr) traces_[entry->trace].spans[entry->span].subject = subject.packed();
}

void TraceSampler::visit(std::uint64_t attempt, std::uint64_t key, TraceSubject at,
                         std::uint32_t endpoint, SimTime sent) {
  end_part(attempt, sent);
  child(attempt, key,
        {.begin = sent, .subject = at.packed(), .endpoint = endpoint, .kind = SpanKind::visit});
}

void TraceSampler::outcome(std::uint64_t key, FailureReason reason) {
  const OpenSpans::Entry* const entry = open_.find(key);
  if (entry != nullptr) traces_[entry->trace].spans[entry->span].reason = reason;
}

void TraceSampler::end(std::uint64_t key, SimTime at) {
  OpenSpans::Entry* const entry = open_.find(key);
  if (entry == nullptr) return;
  TraceSpan& span = traces_[entry->trace].spans[entry->span];
  end_part(*entry, at, span.reason);
  span.end = at;
  span.open = false;
  open_.remove(entry);
}

// ---- three at once ---------------------------------------------------------------------------

// ---- queueing and service --------------------------------------------------------------------

void TraceSampler::begin_part(std::uint64_t key, SpanKind kind, SimTime at) {
  OpenSpans::Entry* const entry = open_.find(key);
  if (entry != nullptr) begin_part(*entry, kind, at);
}

void TraceSampler::begin_part(OpenSpans::Entry& entry, SpanKind kind, SimTime at) {
  Trace& trace = traces_[entry.trace];
  if (entry.part != 0) {
    TraceSpan& part = trace.spans[entry.part];
    if (part.kind == kind) return;  // back at the end of the router's queue
    if (part.begin == at) {         // no wait at all
      part.kind = kind;
      return;
    }
    end_part(entry, at, FailureReason::count_);
  }
  const TraceSpan& whole = trace.spans[entry.span];
  if (push(trace, {.begin = at,
                   .subject = whole.subject,
                   .parent = entry.span,
                   .kind = kind,
                   .open = true})) {
    entry.part = static_cast<std::uint16_t>(trace.spans.size() - 1);
  }
}

void TraceSampler::end_part(std::uint64_t key, SimTime at, FailureReason reason) {
  OpenSpans::Entry* const entry = open_.find(key);
  if (entry != nullptr) end_part(*entry, at, reason);
}

void TraceSampler::end_part(OpenSpans::Entry& entry, SimTime at, FailureReason reason) {
  if (entry.part == 0) return;
  TraceSpan& part = traces_[entry.trace].spans[entry.part];
  part.end = at;
  part.reason = reason;
  part.open = false;
  entry.part = 0;
}

// ---- requests that met nothing ---------------------------------------------------------------

void TraceSampler::settled(const PlainTrace& request) {
  if (!in_run(request)) return;
  OpenSpans::Entry* const entry = open_.find(first_visit(request.key));
  if (entry == nullptr) {
    add(request);
    return;
  }
  // It began with a call, an attempt and a visit.
  if (traces_[entry->trace].spans[entry->part].kind == SpanKind::queue) {
    begin_part(*entry, SpanKind::service, request.began);
  }
  end_part(*entry, request.done, FailureReason::count_);
  end(first_visit(request.key), request.done);
  end(nth_attempt(request.key, 0), request.done);
  end(request.key, request.done);
}

void TraceSampler::given_back(const PlainTrace& plain) {
  if (!in_run(plain)) return;
  const std::uint64_t key = first_visit(plain.key);
  if (open_.find(key) == nullptr) {
    request(plain);
    attempt(plain.key, nth_attempt(plain.key, 0), plain.sent, 0, false);
    goes_to(nth_attempt(plain.key, 0), {TraceSubject::Kind::router, plain.router});
    visit(nth_attempt(plain.key, 0), key, {TraceSubject::Kind::instance, plain.instance},
          plain.endpoint, plain.sent);
    waits(key, plain.sent);
  }
  OpenSpans::Entry* const entry = open_.find(key);
  if (entry == nullptr || plain.began == SimTime::max()) return;
  if (traces_[entry->trace].spans[entry->part].kind != SpanKind::queue) return;  // served already
  begin_part(*entry, SpanKind::service, plain.began);
}

// ---- the end ---------------------------------------------------------------------------------

namespace {

bool has_endpoint(SpanKind kind, TraceSubject subject) {
  return kind == SpanKind::request || kind == SpanKind::call ||
         (kind == SpanKind::visit && subject.kind == TraceSubject::Kind::instance);
}

/// Puts indices into Traces::names, made as they are met, in place of subjects: in the same order
/// whatever path a request took.
class Namer {
 public:
  Namer(std::vector<std::string>& names, const TraceSampler::SubjectName& subject,
        const TraceSampler::EndpointName& endpoint)
      : names_(names), subject_(subject), endpoint_(endpoint) {
    names_.assign(1, "");
  }

  void name(std::vector<TraceSpan>& spans, SimTime ended) {
    for (TraceSpan& span : spans) {
      if (span.open) span.end = ended;
      span.abandoned = span.parent != TraceSpan::kNoParent && span.end > spans[span.parent].end;
      const TraceSubject subject = TraceSubject::of(span.subject);
      span.subject = of(subject);
      span.endpoint = has_endpoint(span.kind, subject) ? endpoint(subject, span.endpoint) : 0;
    }
  }

  /// The spans of a request that met nothing.
  std::vector<TraceSpan> spans(const PlainTrace& plain) {
    const TraceSubject load{TraceSubject::Kind::load, plain.load};
    const bool waited = plain.began > plain.sent;
    TraceSpan whole{.begin = plain.sent, .end = plain.done, .subject = of(load)};
    whole.endpoint = endpoint(load, plain.endpoint);
    std::vector<TraceSpan> spans(waited ? 5 : 4, whole);
    spans[1].subject = of({TraceSubject::Kind::router, plain.router});
    const std::uint32_t at = of({TraceSubject::Kind::instance, plain.instance});
    spans[1].endpoint = 0;
    spans[1].parent = 0;
    spans[1].kind = SpanKind::attempt;
    spans[2].subject = at;
    spans[2].parent = 1;
    spans[2].kind = SpanKind::visit;
    for (std::size_t i = 3; i < spans.size(); ++i) {
      spans[i].subject = at;
      spans[i].endpoint = 0;
      spans[i].parent = 2;
    }
    spans.back().begin = plain.began;
    spans.back().kind = SpanKind::service;
    if (waited) {
      spans[3].end = plain.began;
      spans[3].kind = SpanKind::queue;
    }
    return spans;
  }

 private:
  std::uint32_t of(TraceSubject subject) {
    std::vector<std::uint32_t>& known = subjects_[static_cast<std::size_t>(subject.kind)];
    if (subject.index >= known.size()) known.resize(subject.index + 1);
    if (known[subject.index] == 0) known[subject.index] = add(subject_(subject));
    return known[subject.index];
  }
  std::uint32_t endpoint(TraceSubject subject, std::uint32_t index) {
    const std::string_view name = endpoint_(subject, index);
    if (name.empty()) return 0;
    const auto [found, fresh] = endpoints_.try_emplace(name, 0);
    if (fresh) found->second = add(std::string(name));
    return found->second;
  }
  std::uint32_t add(std::string name) {
    names_.push_back(std::move(name));
    return static_cast<std::uint32_t>(names_.size() - 1);
  }

  std::vector<std::string>& names_;
  const TraceSampler::SubjectName& subject_;
  const TraceSampler::EndpointName& endpoint_;
  std::array<std::vector<std::uint32_t>, 5> subjects_;
  std::map<std::string_view, std::uint32_t> endpoints_;
};

}  // namespace

Traces TraceSampler::finish(SimTime ended, const SubjectName& name, const EndpointName& endpoint) {
  Traces out;
  out.one_in = one_in_;
  std::sort(traces_.begin(), traces_.end(), [](const Trace& a, const Trace& b) {
    return std::tie(a.plain.sent, a.plain.load, a.plain.number) <
           std::tie(b.plain.sent, b.plain.load, b.plain.number);
  });
  Namer namer(out.names, name, endpoint);
  out.requests.reserve(traces_.size());
  for (Trace& trace : traces_) {
    RequestTrace& request = out.requests.emplace_back();
    if (trace.spans.empty()) {
      request.spans = namer.spans(trace.plain);
    } else {
      namer.name(trace.spans, ended);
      request.spans = std::move(trace.spans);
    }
    request.load = request.spans.front().subject;
    request.number = trace.plain.number;
    request.truncated = trace.truncated;
  }
  traces_.clear();
  return out;
}

}  // namespace leapday::model
