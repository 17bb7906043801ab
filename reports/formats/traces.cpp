/// \file traces.cpp
/// The sampled requests in Chrome's trace event format, which chrome://tracing and Perfetto show: a
/// process for each load, a thread for each request.
/// Why: where a request spent its time is seen at once on a time line, and such viewers exist.
#include <fmt/format.h>

#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "leapday/registry.hpp"
#include "leapday/rehearse.hpp"
#include "reports/formats/text.hpp"

namespace leapday {
namespace {

using SpanKind = TraceSpan::Kind;

std::string json_text(std::string_view text) { return nlohmann::json(text::clean(text)).dump(); }

/// Microseconds; not a digit of the nanoseconds is lost.
std::string microseconds(Duration time) {
  return fmt::format("{}.{:03}", time.count() / 1000, time.count() % 1000);
}

/// Viewers show events of one thread that begin and end in turn wrongly, so what goes on beside
/// something else gets a thread of its own.
class Lanes {
 public:
  explicit Lanes(const std::vector<TraceSpan>& spans) : spans_(spans) {}

  /// Spans come in order; the parent's lane is preferred.
  std::size_t place(std::size_t index) {
    const std::size_t parent = spans_[index].parent;
    const std::size_t first = index == 0 ? 0 : lane_of_[parent];
    std::size_t lane = first;
    if (index > 0 && !fits(first, index)) {
      for (lane = 0; lane < open_.size() && !fits(lane, index); ++lane) {
      }
    }
    if (lane >= open_.size()) open_.resize(lane + 1);
    open_[lane].push_back(index);
    lane_of_.push_back(lane);
    return lane;
  }
  std::size_t count() const { return open_.size(); }

 private:
  bool fits(std::size_t lane, std::size_t index) {
    const TraceSpan& span = spans_[index];
    std::vector<std::size_t>& open = open_[lane];
    while (!open.empty() && open.back() != span.parent && spans_[open.back()].end <= span.begin) {
      open.pop_back();
    }
    return open.empty() || (open.back() == span.parent && spans_[span.parent].end >= span.end);
  }

  const std::vector<TraceSpan>& spans_;
  std::vector<std::vector<std::size_t>> open_;  ///< By lane: each within the one before it.
  std::vector<std::size_t> lane_of_;
};

std::string with_endpoint(const Traces& traces, const TraceSpan& span) {
  const std::string& name = traces.names[span.subject];
  return span.endpoint == 0 ? name : name + "." + traces.names[span.endpoint];
}

std::string title(const Traces& traces, const TraceSpan& span) {
  switch (span.kind) {
    case SpanKind::request:
    case SpanKind::visit:
      return with_endpoint(traces, span);
    case SpanKind::attempt:
      if (span.hedge) return "hedge";
      return span.number == 0 ? "attempt" : fmt::format("retry {}", span.number);
    case SpanKind::queue:
      return "queue";
    case SpanKind::service:
      return "service";
    case SpanKind::call:
      return "call " + with_endpoint(traces, span);
  }
  return "";
}

std::string_view category(SpanKind kind) {
  static constexpr std::string_view kNames[] = {"request", "attempt", "visit",
                                                "queue",   "service", "call"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string outcome(const TraceSpan& span) {
  if (span.reason != FailureReason::count_) return std::string(to_string(span.reason));
  return span.open ? "in_flight" : "answered";
}

class TraceWriter {
 public:
  explicit TraceWriter(const Record& record) : traces_(record.traces) {
    out_ = fmt::format(
        "{{\"displayTimeUnit\":\"ms\",\"otherData\":{{\"scenario\":{},\"seed\":{},\"requests\":{},"
        "\"one_in\":{}}},\"traceEvents\":[",
        json_text(record.scenario), record.seed, traces_.requests.size(), traces_.one_in);
    for (const RequestTrace& request : traces_.requests) write(request);
    out_ += "\n]}\n";
  }
  std::string take() { return std::move(out_); }

 private:
  struct Process {
    std::size_t id = 0;
    std::size_t threads = 0;
  };

  void write(const RequestTrace& request) {
    Process& process = processes_[request.load];
    if (process.id == 0) {
      process.id = processes_.size();
      name("process_name", process.id, 0, traces_.names[request.load]);
    }
    const std::size_t first = process.threads + 1;
    Lanes lanes(request.spans);
    for (std::size_t i = 0; i < request.spans.size(); ++i) {
      write(request, i, process.id, first + lanes.place(i));
    }
    for (std::size_t lane = 0; lane < lanes.count(); ++lane) {
      const std::string more = lane == 0 ? "" : fmt::format(" ({})", lane + 1);
      name("thread_name", process.id, first + lane, fmt::format("#{}{}", request.number, more));
    }
    process.threads += lanes.count();
  }

  void name(std::string_view what, std::size_t process, std::size_t thread, std::string_view text) {
    next();
    fmt::format_to(std::back_inserter(out_),
                   R"({{"ph":"M","name":"{}","pid":{},"tid":{},"args":{{"name":{}}}}})", what,
                   process, thread, json_text(text));
  }

  void write(const RequestTrace& request, std::size_t index, std::size_t process,
             std::size_t thread) {
    const TraceSpan& span = request.spans[index];
    next();
    fmt::format_to(
        std::back_inserter(out_),
        R"({{"ph":"X","name":{},"cat":"{}","pid":{},"tid":{},"ts":{},"dur":{},"args":{{"span":{})",
        json_text(title(traces_, span)), category(span.kind), process, thread,
        microseconds(span.begin.time_since_epoch()), microseconds(span.end - span.begin), index);
    if (index > 0) fmt::format_to(std::back_inserter(out_), ",\"parent\":{}", span.parent);
    fmt::format_to(std::back_inserter(out_), R"(,"outcome":"{}","subject":{})", outcome(span),
                   json_text(traces_.names[span.subject]));
    if (span.endpoint != 0) {
      fmt::format_to(std::back_inserter(out_), ",\"endpoint\":{}",
                     json_text(traces_.names[span.endpoint]));
    }
    if (span.kind == SpanKind::attempt) {
      fmt::format_to(std::back_inserter(out_), R"(,"number":{},"hedge":{})", span.number,
                     span.hedge);
    }
    if (index == 0) fmt::format_to(std::back_inserter(out_), ",\"number\":{}", request.number);
    if (index == 0 && request.truncated) out_ += ",\"truncated\":true";
    if (span.open) out_ += ",\"open\":true";
    if (span.abandoned) out_ += ",\"abandoned\":true";
    out_ += "}}";
  }

  /// Before each event.
  void next() { out_ += std::exchange(any_, true) ? ",\n" : "\n"; }

  const Traces& traces_;
  std::string out_;
  bool any_ = false;
  std::map<std::uint32_t, Process> processes_;  ///< By load.
};

class TracesFormat final : public Format {
 public:
  std::string_view file_name() const override { return "traces.json"; }
  std::string write(const Rehearsal& rehearsal, const FormatOptions&) const override {
    return TraceWriter(rehearsal.record).take();
  }
};

}  // namespace

std::unique_ptr<Format> make_traces_format() { return std::make_unique<TracesFormat>(); }

}  // namespace leapday
