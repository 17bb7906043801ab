/// \file rehearse.cpp
/// Runs every cell with every seed on a pool of threads and folds the answers in order.
/// Why: independent runs are the cheapest parallelism there is, and which thread ran what must not
/// show in the result.
#include "leapday/rehearse.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <utility>

#include "leapday/run.hpp"

namespace leapday {

namespace {

/// How often a run looks at the cancel flag and notes its progress, and how often that is told: by
/// the clock, as a thread that is woken for each of them takes a core from the workers.
constexpr std::int64_t kSlices = 200;
constexpr Duration kShortestSlice = std::chrono::milliseconds{100};
constexpr std::uint64_t kMostEvents = 2'000'000;  ///< In a slice: a fraction of a second.
constexpr std::chrono::milliseconds kTellEvery{100};

std::vector<std::uint64_t> seeds_of(const ScenarioFile& file, const RehearseOptions& options) {
  if (!options.seed && !options.reps) return file.seeds;
  const std::uint64_t first = options.seed.value_or(file.seeds.empty() ? 1 : file.seeds.front());
  std::vector<std::uint64_t> seeds;
  const std::uint64_t count = std::max<std::uint64_t>(options.reps.value_or(1), 1);
  for (std::uint64_t i = 0; i < count; ++i) seeds.push_back(first + i);
  return seeds;
}

/// Less is shown first: failed runs, then inconclusive ones, then the rest, each by position.
int rank_of(Outcome outcome) {
  return outcome == Outcome::fail ? 0 : outcome == Outcome::inconclusive ? 1 : 2;
}

/// What all workers share. Results go to their own slots, so that order does not matter.
class Campaign {
 public:
  Campaign(const ScenarioFile& file, const Registry& registry, const RehearseOptions& options)
      : file_(file),
        registry_(registry),
        options_(options),
        seeds_(seeds_of(file, options)),
        results_(file.cells.size() * seeds_.size()),
        done_(results_.size()) {
    for (const Scenario& cell : file.cells) twin_.push_back(options.twin || needs_twin(cell));
  }

  void work();
  /// From the calling thread: reports progress until the workers have finished.
  void wait();
  void worker_left();
  Rehearsal result(std::shared_ptr<const ScenarioFile> file);
  void set_workers(int workers) { workers_ = workers; }
  std::size_t size() const { return results_.size(); }

 private:
  bool cancelled() const { return options_.cancel != nullptr && options_.cancel->load(); }
  std::optional<std::size_t> take();
  void run_one(std::size_t index);
  Record play(std::size_t index, bool without_faults, double from, double share);
  void keep(std::size_t index, Record&& record, std::optional<Record>&& twin);

  const ScenarioFile& file_;
  const Registry& registry_;
  const RehearseOptions& options_;
  const std::vector<std::uint64_t> seeds_;
  std::vector<bool> twin_;  ///< By cell.
  std::vector<std::optional<RunSummary>> results_;
  std::vector<std::atomic<double>> done_;  ///< Share of each run.

  std::atomic<bool> interrupted_{false};  ///< A run was cut short, or never begun, by a cancel.

  std::mutex mutex_;              ///< Guards what follows.
  std::condition_variable left_;  ///< A worker has; nothing wakes whoever waits more often.
  std::size_t next_ = 0;
  int workers_ = 0;
  std::exception_ptr error_;
  std::size_t error_index_ = 0;
  std::size_t shown_ = 0;
  int shown_rank_ = 3;
  Record record_;
  std::optional<Record> shown_twin_;
};

/// The first run is played even after a cancel: there is always a record, if an empty one.
std::optional<std::size_t> Campaign::take() {
  const std::lock_guard lock(mutex_);
  if (next_ >= results_.size() || error_) return std::nullopt;
  if (next_ > 0 && cancelled()) {
    interrupted_ = true;
    return std::nullopt;
  }
  return next_++;
}

void Campaign::work() {
  while (const std::optional<std::size_t> index = take()) {
    try {
      run_one(*index);
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!error_ || *index < error_index_) {
        error_ = std::current_exception();
        error_index_ = *index;
      }
    }
  }
  worker_left();
}

void Campaign::worker_left() {
  const std::lock_guard lock(mutex_);
  --workers_;
  left_.notify_all();
}

Record Campaign::play(std::size_t index, bool without_faults, double from, double share) {
  const Scenario& scenario = file_.cells[index / seeds_.size()];
  Run run(scenario, registry_,
          {.seed = seeds_[index % seeds_.size()], .without_faults = without_faults});
  const SimTime begin = run.now();
  const Duration whole = run.end() - begin;
  const Duration longest = std::max(whole / kSlices, kShortestSlice);
  Duration slice = std::min(longest, kShortestSlice);
  while (!run.finished()) {
    if (cancelled()) {
      interrupted_ = true;
      run.cancel();
      break;
    }
    const std::uint64_t before = run.events_processed();
    run.run_until(std::min(run.now() + slice, run.end()));
    const std::uint64_t events = run.events_processed() - before;
    if (events > kMostEvents) {
      slice = std::max(slice / 2, Duration{std::chrono::microseconds{1}});
    } else if (events < kMostEvents / 4) {
      slice = std::min(slice * 2, longest);
    }
    const double part = whole.count() == 0 ? 1
                                           : static_cast<double>((run.now() - begin).count()) /
                                                 static_cast<double>(whole.count());
    done_[index].store(from + share * part, std::memory_order_relaxed);
  }
  return run.finish();
}

void Campaign::run_one(std::size_t index) {
  const std::size_t cell = index / seeds_.size();
  const bool with_twin = twin_[cell];
  Record record = play(index, false, 0, with_twin ? 0.5 : 1);
  std::optional<Record> twin;
  if (with_twin) twin = play(index, true, 0.5, 0.5);
  if (twin && !twin->cut_short.empty()) twin.reset();  // half a twin is no reference
  RunSummary summary;
  summary.cell = cell;
  summary.seed = seeds_[index % seeds_.size()];
  summary.trace_hash = record.trace_hash;
  summary.requests = record.requests;
  summary.figures = figures(file_.cells[cell], record);
  summary.verdict = judge(file_.cells[cell], registry_, record, twin ? &*twin : nullptr);
  results_[index] = std::move(summary);
  keep(index, std::move(record), std::move(twin));
}

void Campaign::keep(std::size_t index, Record&& record, std::optional<Record>&& twin) {
  done_[index].store(1, std::memory_order_relaxed);
  const std::lock_guard lock(mutex_);
  const int rank = rank_of(results_[index]->verdict.outcome);
  if (rank > shown_rank_ || (rank == shown_rank_ && index > shown_)) return;
  shown_rank_ = rank;
  shown_ = index;
  record_ = std::move(record);
  shown_twin_ = std::move(twin);
}

void Campaign::wait() {
  double told = -1;
  std::unique_lock lock(mutex_);
  const auto over = [this] { return workers_ == 0; };
  if (!options_.progress) return left_.wait(lock, over);
  while (!left_.wait_for(lock, kTellEvery, over)) {
    double sum = 0;
    for (const std::atomic<double>& share : done_) sum += share.load(std::memory_order_relaxed);
    const double share = done_.empty() ? 1 : sum / static_cast<double>(done_.size());
    if (share <= told) continue;
    told = share;
    lock.unlock();
    options_.progress(share);
    lock.lock();
  }
}

/// The worst cell speaks for the file.
Outcome worst_of(const std::vector<CellVerdict>& cells) {
  Outcome worst = Outcome::pass;
  for (const CellVerdict& cell : cells) {
    if (rank_of(cell.outcome) < rank_of(worst)) worst = cell.outcome;
  }
  return cells.empty() ? Outcome::inconclusive : worst;
}

Rehearsal Campaign::result(std::shared_ptr<const ScenarioFile> file) {
  if (error_) std::rethrow_exception(error_);
  Rehearsal rehearsal;
  rehearsal.cancelled = interrupted_;
  std::vector<std::vector<Outcome>> outcomes(file_.cells.size());
  for (std::size_t i = 0; i < results_.size(); ++i) {
    if (!results_[i]) continue;  // never begun: cancelled before
    if (i == shown_) rehearsal.shown = rehearsal.runs.size();
    outcomes[results_[i]->cell].push_back(results_[i]->verdict.outcome);
    rehearsal.runs.push_back(std::move(*results_[i]));
  }
  for (std::size_t c = 0; c < file_.cells.size(); ++c) {
    CellVerdict cell = fold(file_.cells[c], outcomes[c]);
    if (rehearsal.cancelled && outcomes[c].size() < seeds_.size() &&
        cell.outcome == Outcome::pass) {
      cell.outcome = Outcome::inconclusive;
      cell.reason += "; cancelled before every seed was run";
    }
    rehearsal.cells.push_back(std::move(cell));
  }
  rehearsal.outcome = worst_of(rehearsal.cells);
  rehearsal.record = std::move(record_);
  rehearsal.twin = std::move(shown_twin_);
  rehearsal.file = std::move(file);
  return rehearsal;
}

}  // namespace

Rehearsal rehearse(std::shared_ptr<const ScenarioFile> file, const Registry& registry,
                   const RehearseOptions& options) {
  Campaign campaign(*file, registry, options);
  const auto most = static_cast<int>(std::min<std::size_t>(campaign.size(), 1024));
  const int workers = std::clamp(options.jobs, 1, std::max(most, 1));
  boost::asio::thread_pool pool(static_cast<std::size_t>(workers));
  campaign.set_workers(workers);
  for (int i = 0; i < workers; ++i) boost::asio::post(pool, [&campaign] { campaign.work(); });
  campaign.wait();
  pool.join();
  if (options.progress) options.progress(1);
  return campaign.result(std::move(file));
}

}  // namespace leapday
