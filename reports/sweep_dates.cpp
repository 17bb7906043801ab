/// \file sweep_dates.cpp
/// Places a scenario on dates, runs it there and compares with its planned date.
/// Why: see leapday/sweep.hpp.
#include <algorithm>
#include <chrono>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "leapday/judge.hpp"
#include "leapday/leap_seconds.hpp"
#include "leapday/run.hpp"
#include "leapday/sweep.hpp"

namespace leapday {
namespace {

constexpr int kSlicesOfRun = 50;  ///< How often a run looks whether it is to stop.
constexpr std::chrono::milliseconds kTellProgressEvery{100};

/// What is kept of one run.
struct Answer {
  bool done = false;
  std::uint64_t hash = 0;
  Outcome outcome = Outcome::inconclusive;
  struct Line {
    Outcome outcome = Outcome::inconclusive;
    std::string reason, cause, kind;
  };
  std::vector<Line> expectations;
};

Answer::Line line_of(const ExpectationVerdict& verdict, const Record& record) {
  Answer::Line line{.outcome = verdict.outcome, .reason = verdict.reason, .cause = {}, .kind = {}};
  if (verdict.outcome == Outcome::pass || verdict.chain.empty()) return line;
  const RecordedEvent& event = record.events[verdict.chain.front().index];
  line.kind = event.kind;
  line.cause = event.kind + " " + event.subject;
  return line;
}

class Sweep {
 public:
  Sweep(const ScenarioFile& file, const Registry& registry, const SweepOptions& options,
        std::vector<std::uint64_t> seeds)
      : file_(file), registry_(registry), options_(options), seeds_(std::move(seeds)) {}

  void place(const std::vector<DangerousDate>& dates);
  void run_all();
  DateSweep result();

 private:
  std::size_t runs_per_date() const { return file_.cells.size() * seeds_.size(); }
  bool cancelled() const { return options_.cancel != nullptr && options_.cancel->load(); }
  std::optional<Duration> moment(DatePlacement placement) const;
  bool fits(const DangerousDate& date) const;
  void work();
  Answer answer(std::size_t task) const;
  std::optional<Record> play(const Scenario& scenario, std::uint64_t seed,
                             std::optional<WallTime> start, bool without_faults) const;
  void compare(SweptDate& date, const Answer* at, std::vector<std::vector<std::size_t>>& sets);

  const ScenarioFile& file_;
  const Registry& registry_;
  const SweepOptions& options_;
  const std::vector<std::uint64_t> seeds_;
  std::vector<SweptDate> dates_;
  std::vector<Answer> answers_;  ///< The planned date's first; then date by date, cell, seed.
  std::atomic<std::size_t> next_{0}, finished_{0};
  std::mutex mutex_;
  std::exception_ptr error_;
  std::map<std::string, std::size_t> things_;  ///< Of expectations and kinds of causes.
};

/// From t=0; nothing where the plan has no such moment.
std::optional<Duration> Sweep::moment(DatePlacement placement) const {
  const Scenario& scenario = file_.cells.front();
  if (placement == DatePlacement::start) return Duration{0};
  if (placement == DatePlacement::middle) return scenario.run.duration / 2;
  std::optional<Duration> first;
  for (const PlannedStep& step : plan(scenario, registry_, {.seed = seeds_.front()}).steps) {
    const Duration at = step.at.time_since_epoch();
    if (step.certain && at > Duration{0} && (!first || at < *first)) first = at;
  }
  return first;
}

/// A leap second needs a day between itself and the next.
bool Sweep::fits(const DangerousDate& date) const {
  if (!date.leap) return true;
  const auto all = leap_seconds(file_.cells.front().run.leap_seconds);
  return std::none_of(all.begin(), all.end(), [&](const LeapBefore& other) {
    return std::abs(other.midnight - date.leap->before.seconds) <= 86'400;
  });
}

void Sweep::place(const std::vector<DangerousDate>& dates) {
  std::vector<std::pair<DatePlacement, Duration>> moments;
  for (const DatePlacement placement : options_.placements) {
    const auto at = moment(placement);
    const auto same = [&](const auto& other) { return at && other.second == *at; };
    if (at && std::none_of(moments.begin(), moments.end(), same)) {
      moments.emplace_back(placement, *at);
    }
  }
  for (const DangerousDate& date : dates) {
    if (!fits(date)) continue;
    for (const auto& [placement, at] : moments) {
      SweptDate& swept = dates_.emplace_back();
      swept.date = date;
      swept.placement = placement;
      swept.start = date.at + -at;
    }
  }
  answers_.resize((dates_.size() + 1) * runs_per_date());
}

std::optional<Record> Sweep::play(const Scenario& scenario, std::uint64_t seed,
                                  std::optional<WallTime> start, bool without_faults) const {
  Run run(scenario, registry_, {.seed = seed, .without_faults = without_faults, .start = start});
  const Duration slice = std::max((run.end() - run.now()) / kSlicesOfRun, Duration{1});
  while (!run.finished()) {
    if (cancelled()) return std::nullopt;
    run.run_until(std::min(run.now() + slice, run.end()));
  }
  return run.finish();
}

Answer Sweep::answer(std::size_t task) const {
  const std::size_t at = task / runs_per_date(), which = task % runs_per_date();
  const Scenario& planned = file_.cells[which / seeds_.size()];
  const std::uint64_t seed = seeds_[which % seeds_.size()];
  std::optional<WallTime> start;
  std::optional<Scenario> with_leap;
  if (at > 0) {
    const SweptDate& date = dates_[at - 1];
    start = date.start;
    if (date.date.leap) {
      with_leap = planned;
      with_leap->run.leap_seconds.push_back(*date.date.leap);
    }
  }
  const Scenario& scenario = with_leap ? *with_leap : planned;
  const std::optional<Record> record = play(scenario, seed, start, false);
  std::optional<Record> twin;
  if (record && needs_twin(scenario)) twin = play(scenario, seed, start, true);
  if (!record || (needs_twin(scenario) && !twin)) return {};
  const Verdict verdict = judge(scenario, registry_, *record, twin ? &*twin : nullptr);
  Answer answer{
      .done = true, .hash = record->trace_hash, .outcome = verdict.outcome, .expectations = {}};
  for (const ExpectationVerdict& one : verdict.expectations) {
    answer.expectations.push_back(line_of(one, *record));
  }
  return answer;
}

void Sweep::work() {
  for (std::size_t task = next_++; task < answers_.size() && !cancelled(); task = next_++) {
    try {
      answers_[task] = answer(task);
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!error_) error_ = std::current_exception();
      next_ = answers_.size();
    }
    ++finished_;
  }
}

void Sweep::run_all() {
  const auto jobs = static_cast<std::size_t>(std::clamp(options_.jobs, 1, 1024));
  std::vector<std::jthread> workers;
  std::atomic<std::size_t> left{std::min(jobs, answers_.size())};
  for (std::size_t i = 0, count = left; i < count; ++i) {
    workers.emplace_back([this, &left] {
      work();
      --left;
    });
  }
  while (left > 0) {
    std::this_thread::sleep_for(options_.progress ? kTellProgressEvery
                                                  : std::chrono::milliseconds{2});
    if (options_.progress) {
      options_.progress(static_cast<double>(finished_) / static_cast<double>(answers_.size()));
    }
  }
  workers.clear();
  if (error_) std::rethrow_exception(error_);
}

/// What held as planned for a seed, and does not at this date. `at` are this date's answers.
void Sweep::compare(SweptDate& date, const Answer* at,
                    std::vector<std::vector<std::size_t>>& sets) {
  std::vector<std::size_t> things;
  for (std::size_t c = 0; c < file_.cells.size(); ++c) {
    const Scenario& cell = file_.cells[c];
    for (std::size_t e = 0; e < cell.expectations.size(); ++e) {
      BrokenExpectation broken{
          .cell = cell.cell, .name = cell.expectations.entries[e].name, .reason = {}, .cause = {}};
      for (std::size_t s = 0; s < seeds_.size(); ++s) {
        const std::size_t which = c * seeds_.size() + s;
        const Answer::Line& now = at[which].expectations[e];
        if (answers_[which].expectations[e].outcome != Outcome::pass ||
            now.outcome != Outcome::fail) {
          continue;
        }
        if (broken.seeds++ == 0) {
          broken.reason = now.reason;
          broken.cause = now.cause;
          const std::string thing = cell.cell + "\n" + broken.name + "\n" + now.kind;
          things.push_back(things_.emplace(thing, things_.size()).first->second);
        }
      }
      if (broken.seeds > 0) date.broken.push_back(std::move(broken));
    }
  }
  for (std::size_t which = 0; which < runs_per_date(); ++which) {
    date.identical = date.identical && at[which].hash == answers_[which].hash;
  }
  sets.push_back(std::move(things));
}

DateSweep Sweep::result() {
  DateSweep sweep;
  sweep.cancelled = cancelled();
  sweep.seeds = seeds_.size();
  const std::size_t each = runs_per_date();
  const auto all_done = [&](std::size_t from) {
    return std::all_of(answers_.begin() + static_cast<std::ptrdiff_t>(from),
                       answers_.begin() + static_cast<std::ptrdiff_t>(from + each),
                       [](const Answer& answer) { return answer.done; });
  };
  const bool planned = all_done(0);
  if (planned) {
    sweep.planned = Outcome::pass;
    for (std::size_t i = 0; i < each; ++i) {
      const Outcome outcome = answers_[i].outcome;
      if (outcome == Outcome::fail || sweep.planned == Outcome::pass) sweep.planned = outcome;
    }
  }
  std::vector<std::vector<std::size_t>> sets;
  for (std::size_t d = 0; d < dates_.size(); ++d) {
    dates_[d].done = planned && all_done((d + 1) * each);
    if (dates_[d].done) {
      compare(dates_[d], &answers_[(d + 1) * each], sets);
    } else {
      sets.emplace_back();
    }
  }
  sweep.cover = smallest_cover(sets, sweep.smallest);
  sweep.dates = std::move(dates_);
  return sweep;
}

}  // namespace

std::string_view to_string(DatePlacement placement) {
  switch (placement) {
    case DatePlacement::start:
      return "start";
    case DatePlacement::plan:
      return "plan";
    case DatePlacement::middle:
      break;
  }
  return "middle";
}

DateSweep sweep_dates(const ScenarioFile& file, const Registry& registry,
                      const std::vector<DangerousDate>& dates, const SweepOptions& options) {
  std::vector<std::uint64_t> seeds = file.seeds;
  if (options.seed || options.reps) {
    const std::uint64_t first = options.seed.value_or(seeds.empty() ? 1 : seeds.front());
    seeds.clear();
    for (std::uint64_t i = 0; i < std::max<std::uint64_t>(options.reps.value_or(1), 1); ++i) {
      seeds.push_back(first + i);
    }
  }
  Sweep sweep(file, registry, options, std::move(seeds));
  sweep.place(dates);
  sweep.run_all();
  return sweep.result();
}

}  // namespace leapday
