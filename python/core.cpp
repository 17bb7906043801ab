/// \file core.cpp
/// The module leapday._core: the public C++ API for the pure Python package.
/// Why: kept thin, so that names, defaults and documentation live in Python, where users read them.
#include <fmt/format.h>
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <atomic>
#include <chrono>
#include <limits>
#include <memory>

#include "leapday/leapday.hpp"

namespace py = pybind11;

namespace leapday {
namespace {

double seconds(Duration duration) { return static_cast<double>(duration.count()) * 1e-9; }
double seconds(SimTime time) { return seconds(time.time_since_epoch()); }
std::string hexadecimal(std::uint64_t hash) { return fmt::format("{:016x}", hash); }

/// A loaded file together with the registry that it was checked against.
struct LoadedScenario {
  std::shared_ptr<const Registry> registry;
  std::shared_ptr<const ScenarioFile> file;
};

/// A finished rehearsal; arrays given to numpy point into it and keep it alive.
struct FinishedRehearsal {
  Rehearsal rehearsal;
};

[[noreturn]] void raise_scenario_error(const std::vector<Problem>& problems) {
  const py::module_ errors = py::module_::import("leapday.errors");
  py::list list;
  for (const Problem& p : problems) {
    list.append(errors.attr("Problem")(py::arg("file") = p.at.file, py::arg("line") = p.at.line,
                                       py::arg("column") = p.at.column, py::arg("path") = p.path,
                                       py::arg("message") = p.message, py::arg("fix") = p.fix));
  }
  const py::object type = errors.attr("ScenarioError");
  PyErr_SetObject(type.ptr(), type(list).ptr());
  throw py::error_already_set();
}

LoadedScenario load_scenario(const std::string& path, const std::string& environment,
                             const std::vector<std::pair<std::string, std::string>>& set) {
  LoadedScenario loaded{.registry = std::make_shared<const Registry>(builtin_registry()),
                        .file = nullptr};
  auto result = [&] {
    const py::gil_scoped_release release;
    return load(path, *loaded.registry, {.environment = environment, .set = set});
  }();
  if (!result) raise_scenario_error(result.problems());
  loaded.file = std::make_shared<const ScenarioFile>(std::move(result).value());
  return loaded;
}

/// Lets Ctrl-C stop a run: Python's handlers run only in its main thread, with the lock held.
class Interrupts {
 public:
  const std::atomic<bool>* flag() const { return &cancelled_; }
  void poll() {
    const auto now = std::chrono::steady_clock::now();
    if (cancelled_ || now < next_) return;
    next_ = now + std::chrono::milliseconds(100);
    const py::gil_scoped_acquire acquire;
    if (PyErr_CheckSignals() != 0) {
      error_ = std::make_unique<py::error_already_set>();
      cancelled_ = true;
    }
  }
  /// With the lock held: raises what a handler raised.
  void rethrow() const {
    if (error_) throw py::error_already_set(*error_);
  }

 private:
  std::atomic<bool> cancelled_{false};
  std::chrono::steady_clock::time_point next_{};
  std::unique_ptr<py::error_already_set> error_;
};

std::unique_ptr<FinishedRehearsal> run_scenario(const LoadedScenario& loaded,
                                                std::optional<std::uint64_t> seed,
                                                std::optional<std::uint64_t> reps, int jobs,
                                                bool twin) {
  if (jobs < 1) throw py::value_error("jobs must be at least 1");
  if (reps && *reps < 1) throw py::value_error("reps must be at least 1");
  Interrupts interrupts;
  auto finished = std::make_unique<FinishedRehearsal>();
  {
    const py::gil_scoped_release release;
    finished->rehearsal = rehearse(loaded.file, *loaded.registry,
                                   {.jobs = jobs,
                                    .seed = seed,
                                    .reps = reps,
                                    .twin = twin,
                                    .cancel = interrupts.flag(),
                                    .progress = [&](double) { interrupts.poll(); }});
  }
  interrupts.rethrow();
  return finished;
}

// ---- columns ----------------------------------------------------------------------------------

/// A read-only view of one member of an array of structures; `owner` keeps the memory alive.
template <class Member, class Structure>
py::array view(const std::vector<Structure>& rows, const Member* first, const py::object& owner) {
  if (rows.empty()) return py::array_t<Member>(0);
  py::array array(py::dtype::of<Member>(), {rows.size()}, {sizeof(Structure)}, first, owner);
  array.attr("setflags")(py::arg("write") = false);
  return array;
}

/// Hands a vector's memory to numpy.
template <class T>
py::array_t<T> moved(std::vector<T>&& values) {
  auto* owned = new std::vector<T>(std::move(values));
  const py::capsule owner(owned, [](void* p) { delete static_cast<std::vector<T>*>(p); });
  return py::array_t<T>(owned->size(), owned->data(), owner);
}

/// The latency at a quantile of one second, in seconds; not a number when nothing was answered.
double quantile(const SparseHistogram& histogram, double q) {
  if (histogram.empty()) return std::numeric_limits<double>::quiet_NaN();
  return seconds(histogram.quantile(q));
}

void add_latency_columns(py::dict& columns, const std::vector<SparseHistogram>& latency) {
  static constexpr std::pair<const char*, double> kQuantiles[] = {
      {"p50", 0.5}, {"p90", 0.9}, {"p95", 0.95}, {"p99", 0.99}};
  for (const auto& [name, q] : kQuantiles) {
    std::vector<double> values(latency.size());
    for (std::size_t i = 0; i < latency.size(); ++i) values[i] = quantile(latency[i], q);
    columns[name] = moved(std::move(values));
  }
}

py::dict columns_of(const Series& series, const py::object& owner) {
  // Instances are recorded by settlement only.
  const bool by_settlement = series.by_send.empty();
  const std::vector<SecondCounts>& rows = by_settlement ? series.by_settle : series.by_send;
  std::vector<std::int64_t> second(rows.size());
  std::vector<std::uint32_t> failed(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    second[i] = static_cast<std::int64_t>(i) * (series.step.count() / 1'000'000'000);
    for (const std::uint32_t n : rows[i].failed) failed[i] += n;
  }
  py::dict columns;
  columns["second"] = moved(std::move(second));
  columns["sent"] = view(rows, rows.empty() ? nullptr : &rows[0].sent, owner);
  columns["answered"] = view(rows, rows.empty() ? nullptr : &rows[0].answered, owner);
  columns["failed"] = moved(std::move(failed));
  for (std::size_t reason = 0; reason < kFailureReasons; ++reason) {
    if (series.total.failed[reason] == 0) continue;
    const std::string name = "failed_" + std::string(to_string(static_cast<FailureReason>(reason)));
    columns[name.c_str()] = view(rows, rows.empty() ? nullptr : &rows[0].failed[reason], owner);
  }
  const auto& latency = by_settlement ? series.settle_latency : series.latency;
  if (!latency.empty()) add_latency_columns(columns, latency);
  return columns;
}

/// Every series of a record by subject.
py::dict all_columns(const Record& record, const py::object& owner) {
  py::dict all;
  for (const Series& series : record.series) {
    all[series.subject.c_str()] = columns_of(series, owner);
  }
  return all;
}

py::dict all_gauges(const Record& record, const py::object& owner) {
  py::dict all;
  for (const GaugeSeries& gauge : record.gauges) {
    py::dict columns;
    columns["mean"] = view(gauge.mean, gauge.mean.data(), owner);
    columns["max"] = view(gauge.max, gauge.max.data(), owner);
    all[py::make_tuple(gauge.metric, gauge.subject)] = columns;
  }
  return all;
}

py::dict all_steps(const Record& record) {
  py::dict all;
  for (const StepSeries& series : record.steps) {
    std::vector<double> at, value;
    for (const auto& [time, level] : series.steps) {
      at.push_back(seconds(time));
      value.push_back(level);
    }
    py::dict columns;
    columns["second"] = moved(std::move(at));
    columns["value"] = moved(std::move(value));
    all[py::make_tuple(series.metric, series.subject)] = columns;
  }
  return all;
}

// ---- verdicts, counts, events -----------------------------------------------------------------

py::object window(const std::optional<JudgedWindow>& judged) {
  if (!judged) return py::none();
  return py::make_tuple(seconds(judged->from), seconds(judged->to), judged->value);
}

py::list expectations_of(const Rehearsal& rehearsal) {
  py::list list;
  for (const ExpectationVerdict& e : rehearsal.verdict().expectations) {
    py::dict entry;
    entry["name"] = e.name;
    entry["text"] = e.text;
    entry["verdict"] = std::string(to_string(e.outcome));
    entry["reason"] = e.reason;
    entry["first_violation"] = window(e.first_violation);
    entry["worst"] = window(e.worst);
    entry["bound"] = e.bound;
    entry["margin"] = e.margin;
    entry["unit"] = e.unit == "%" ? "share" : e.unit;  // as the JSON format says it
    entry["windows"] = e.windows;
    entry["violations"] = e.violations;
    py::list chain;
    for (const EventId event : e.chain) chain.append(event.index);
    entry["chain"] = chain;
    list.append(entry);
  }
  return list;
}

py::dict requests_of(const Counts& counts) {
  py::dict failed;
  for (std::size_t reason = 0; reason < kFailureReasons; ++reason) {
    if (counts.failed[reason] == 0) continue;
    failed[py::str(std::string(to_string(static_cast<FailureReason>(reason))))] =
        counts.failed[reason];
  }
  py::dict requests;
  requests["injected"] = counts.injected;
  requests["answered"] = counts.answered;
  requests["failed"] = failed;
  requests["in_flight"] = counts.in_flight;
  return requests;
}

py::list events_of(const Record& record) {
  py::list list;
  for (const RecordedEvent& event : record.events) {
    py::dict entry;
    entry["second"] = seconds(event.at);
    entry["kind"] = event.kind;
    entry["subject"] = event.subject;
    entry["detail"] = event.detail;
    entry["cause"] = event.cause.valid() ? py::object(py::int_(event.cause.index)) : py::none();
    list.append(entry);
  }
  return list;
}

py::list spans_of(const Record& record) {
  static constexpr const char* kKinds[] = {"phase", "deployment", "fault"};
  py::list list;
  for (const Span& span : record.spans) {
    py::dict entry;
    entry["name"] = span.name;
    entry["kind"] = kKinds[static_cast<int>(span.kind)];
    entry["begin"] = seconds(span.begin);
    entry["end"] = seconds(span.end);
    entry["open"] = span.open;
    list.append(entry);
  }
  return list;
}

const char* kind_of(TraceSpan::Kind kind) {
  static constexpr const char* kKinds[] = {"request", "attempt", "visit",
                                           "queue",   "service", "call"};
  return kKinds[static_cast<int>(kind)];
}

std::string outcome_of(const TraceSpan& span) {
  if (span.reason != FailureReason::count_) return std::string(to_string(span.reason));
  return span.open ? "in_flight" : "answered";
}

py::list trace_spans_of(const Traces& traces, const RequestTrace& request) {
  py::list list;
  for (const TraceSpan& span : request.spans) {
    py::dict entry;
    entry["kind"] = kind_of(span.kind);
    entry["subject"] = traces.names[span.subject];
    entry["endpoint"] = traces.names[span.endpoint];
    entry["begin"] = seconds(span.begin);
    entry["end"] = seconds(span.end);
    const bool root = span.parent == TraceSpan::kNoParent;
    entry["parent"] = root ? py::none() : py::object(py::int_(span.parent));
    entry["outcome"] = outcome_of(span);
    entry["number"] = span.number;
    entry["hedge"] = span.hedge;
    entry["open"] = span.open;
    entry["abandoned"] = span.abandoned;
    list.append(entry);
  }
  return list;
}

py::list traces_of(const Traces& traces) {
  py::list list;
  for (const RequestTrace& request : traces.requests) {
    py::dict entry;
    entry["load"] = traces.names[request.load];
    entry["number"] = request.number;
    entry["truncated"] = request.truncated;
    entry["spans"] = trace_spans_of(traces, request);
    list.append(entry);
  }
  return list;
}

py::list runs_of(const Rehearsal& rehearsal) {
  py::list list;
  for (const RunSummary& run : rehearsal.runs) {
    py::dict entry;
    entry["cell"] = rehearsal.file->cells[run.cell].cell;
    entry["seed"] = run.seed;
    entry["trace_hash"] = hexadecimal(run.trace_hash);
    entry["verdict"] = std::string(to_string(run.verdict.outcome));
    entry["reason"] = run.verdict.reason;
    entry["requests"] = requests_of(run.requests);
    list.append(entry);
  }
  return list;
}

// ---- the module -------------------------------------------------------------------------------

void bind_scenario(py::module_& module) {
  py::class_<LoadedScenario>(module, "Scenario", "A validated scenario file; made by load().")
      .def_property_readonly("name",
                             [](const LoadedScenario& s) { return s.file->cells.front().name; })
      .def_property_readonly("file", [](const LoadedScenario& s) { return s.file->file; })
      .def_property_readonly(
          "duration",
          [](const LoadedScenario& s) { return seconds(s.file->cells.front().run.duration); })
      .def_property_readonly("seeds", [](const LoadedScenario& s) { return s.file->seeds; })
      .def_property_readonly("cells",
                             [](const LoadedScenario& s) {
                               std::vector<std::string> names;
                               for (const Scenario& cell : s.file->cells)
                                 names.push_back(cell.cell);
                               return names;
                             })
      .def_property_readonly("expectations",
                             [](const LoadedScenario& s) {
                               py::dict texts;
                               for (const auto& e : s.file->cells.front().expectations) {
                                 texts[py::str(e.name)] = e.value.text;
                               }
                               return texts;
                             })
      .def_property_readonly(
          "warnings", [](const LoadedScenario& s) { return s.file->cells.front().warnings; });
}

void bind_rehearsal(py::module_& module) {
  using Finished = FinishedRehearsal;
  py::class_<Finished>(module, "Rehearsal", "A finished rehearsal; made by run().")
      .def_property_readonly(
          "outcome", [](const Finished& f) { return std::string(to_string(f.rehearsal.outcome)); })
      .def_property_readonly("reason", [](const Finished& f) { return f.rehearsal.reason(); })
      .def_property_readonly("trace_hash",
                             [](const Finished& f) {
                               return hexadecimal(f.rehearsal.runs[f.rehearsal.shown].trace_hash);
                             })
      .def_property_readonly("seed", [](const Finished& f) { return f.rehearsal.record.seed; })
      .def_property_readonly(
          "step", [](const Finished& f) { return f.rehearsal.record.step.count() / 1'000'000'000; })
      .def_property_readonly("has_twin",
                             [](const Finished& f) { return f.rehearsal.twin.has_value(); })
      .def("expectations", [](const Finished& f) { return expectations_of(f.rehearsal); })
      .def("requests", [](const Finished& f) { return requests_of(f.rehearsal.record.requests); })
      .def("events", [](const Finished& f) { return events_of(f.rehearsal.record); })
      .def("spans", [](const Finished& f) { return spans_of(f.rehearsal.record); })
      .def("traces", [](const Finished& f) { return traces_of(f.rehearsal.record.traces); })
      .def_property_readonly("traced_one_in",
                             [](const Finished& f) { return f.rehearsal.record.traces.one_in; })
      .def("runs", [](const Finished& f) { return runs_of(f.rehearsal); })
      .def("series",
           [](const py::object& self) {
             return all_columns(self.cast<const Finished&>().rehearsal.record, self);
           })
      .def("twin_series",
           [](const py::object& self) {
             const auto& twin = self.cast<const Finished&>().rehearsal.twin;
             return twin ? all_columns(*twin, self) : py::dict();
           })
      .def("gauges",
           [](const py::object& self) {
             return all_gauges(self.cast<const Finished&>().rehearsal.record, self);
           })
      .def("steps", [](const Finished& f) { return all_steps(f.rehearsal.record); });
}

}  // namespace
}  // namespace leapday

PYBIND11_MODULE(_core, module) {
  module.doc() = "The C++ part of the package leapday; use `import leapday`.";
  module.attr("__version__") = leapday::kVersion;
  leapday::bind_scenario(module);
  leapday::bind_rehearsal(module);
  module.def("load", &leapday::load_scenario, py::arg("path"), py::kw_only(),
             py::arg("environment"), py::arg("set"));
  module.def("run", &leapday::run_scenario, py::arg("scenario"), py::kw_only(), py::arg("seed"),
             py::arg("reps"), py::arg("jobs"), py::arg("twin"));
  module.def("schema", [] { return leapday::json_schema(leapday::builtin_registry()); });
}
