/// \file recorder_test.cpp
/// The recorder against simple recomputation: seconds, histograms, gauges, steps, hash, memory.
/// Why: every verdict reads what the recorder kept; nothing may be lost, doubled or misdated.
#include "sim/model/recorder.hpp"

#include <algorithm>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdlib>
#include <map>
#include <new>
#include <numeric>
#include <vector>

namespace {

std::atomic<std::uint64_t> allocations{0};

}  // namespace

// Counts every allocation of this program; what it counts is read in one test below.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace leapday::model {
namespace {

constexpr SimTime at(Duration since_start) { return kSimStart + since_start; }

Scenario scenario(Duration duration, Duration warmup = 0s) {
  Scenario s;
  s.name = "test";
  s.cell = "peak=1/s";
  s.run.duration = duration;
  s.run.warmup = warmup;
  return s;
}

std::uint64_t total(const SparseHistogram& histogram) { return histogram.count(); }

bool strictly_ascending(const SparseHistogram& histogram) {
  const auto& buckets = histogram.buckets;
  return std::adjacent_find(buckets.begin(), buckets.end(), [](const auto& a, const auto& b) {
           return a.first >= b.first;
         }) == buckets.end();
}

constexpr auto kTimeout = static_cast<std::size_t>(FailureReason::timeout);

/// Minimum, maximum and sum of every second of sending, and of all of them.
void exact_ones_agree(const Series& series,
                      const std::map<std::uint64_t, ExactDurations>& expected) {
  ExactDurations all;
  for (const auto& [second, durations] : expected) {
    BOOST_TEST((series.latency[second].exact == durations));
    all.merge(durations);
  }
  BOOST_TEST((series.latency_total.exact() == all));
  BOOST_TEST(series.latency_sum_seconds == all.sum_seconds());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(recorder)

BOOST_AUTO_TEST_CASE(outcomes_count_in_the_second_of_sending_and_where_asked_of_settling) {
  const Scenario s = scenario(10s);
  Recorder recorder(s, 1);
  const std::uint32_t load = recorder.add_series("shoppers", Series::Kind::load, false);
  const std::uint32_t watched = recorder.add_series("shop", Series::Kind::app, true);
  const std::uint32_t instance = recorder.add_series("shop/0", Series::Kind::instance, false);
  for (const std::uint32_t series : {load, watched, instance}) {
    recorder.sent(series, at(900ms));
    recorder.sent(series, at(950ms));
    recorder.answered(series, at(900ms), at(2100ms));
    recorder.failed(series, at(950ms), at(3s), FailureReason::timeout);
    recorder.sent(series, at(4s));
  }
  recorder.retried(load);

  const Record record = recorder.finish(at(10s), "", 77);

  for (const Series& series : record.series) {
    BOOST_TEST(series.by_send[0].sent == 2U);
    BOOST_TEST(series.by_send[0].answered == 1U);
    BOOST_TEST(series.by_send[0].failed[kTimeout] == 1U);
    BOOST_TEST(series.by_send[4].sent == 1U);
    BOOST_TEST(series.total.injected == 3U);
    BOOST_TEST(series.total.answered == 1U);
    BOOST_TEST(series.total.failed_total() == 1U);
    BOOST_TEST(series.total.in_flight == 1U);
    BOOST_TEST(series.total.balanced());
    BOOST_TEST(series.latency_sum_seconds == 1.2);
  }
  const Series& by_load = *record.find_series("shoppers");
  BOOST_TEST(by_load.by_settle.empty());
  BOOST_TEST(by_load.settle_latency.empty());
  BOOST_TEST(by_load.retries == 1U);
  const std::uint32_t bucket = HistogramLayout::bucket(1'200'000'000);
  SparseHistogram one;
  one.add(1'200'000'000);
  BOOST_TEST((by_load.latency[0] == one));
  BOOST_TEST((by_load.latency_total.exact() == one.exact));
  BOOST_TEST(by_load.latency_total.buckets()[bucket] == 1U);
  const Series& by_app = *record.find_series("shop");
  BOOST_TEST(by_app.by_settle[2].answered == 1U);
  BOOST_TEST(by_app.by_settle[2].sent == 1U);
  BOOST_TEST(by_app.by_settle[3].failed[kTimeout] == 1U);
  BOOST_TEST(total(by_app.settle_latency[2]) == 1U);
  const Series& by_instance = *record.find_series("shop/0");
  BOOST_TEST(by_instance.by_settle[2].answered == 1U);
  BOOST_TEST(by_instance.latency.empty());
  BOOST_TEST(by_instance.latency_total.count() == 0U);
  BOOST_TEST(record.events_processed == 77U);
  BOOST_TEST(record.seed == 1U);
  BOOST_TEST(record.cell == "peak=1/s");
}

BOOST_AUTO_TEST_CASE(what_was_sent_in_the_warm_up_is_in_the_balances_and_the_hash_only) {
  const auto run = [](bool settle) {
    const Scenario s = scenario(10s, 5s);
    Recorder recorder(s, 1);
    const std::uint32_t load = recorder.add_series("shoppers", Series::Kind::load, true);
    ++recorder.requests().injected;
    recorder.sent(load, at(-1s));
    recorder.retried(load, at(-1s));
    if (settle) {
      ++recorder.requests().answered;
      recorder.answered(load, at(-1s), at(1s));
    } else {
      ++recorder.requests().in_flight;
    }
    return recorder.finish(at(10s), "", 0);
  };

  const Record settled = run(true), open = run(false);

  BOOST_TEST(settled.requests.injected == 1U);
  BOOST_TEST(settled.requests.balanced());
  BOOST_TEST(open.requests.balanced());
  BOOST_TEST(settled.series[0].total.injected == 0U);
  BOOST_TEST(settled.series[0].total.answered == 0U);
  BOOST_TEST(settled.series[0].retries == 0U);
  BOOST_TEST(settled.series[0].by_send.empty());
  BOOST_TEST(settled.series[0].by_settle.empty());
  BOOST_TEST(settled.series[0].latency.empty());
  BOOST_TEST(settled.trace_hash != open.trace_hash);
}

BOOST_AUTO_TEST_CASE(histograms_agree_with_recounting_whatever_settles_late) {
  const Scenario s = scenario(120s);
  Recorder recorder(s, 1);
  const std::uint32_t series = recorder.add_series("shop", Series::Kind::app, true);
  std::map<std::pair<std::uint64_t, std::uint32_t>, std::uint64_t> sent_in, settled_in;
  std::map<std::uint64_t, ExactDurations> exact_in;
  std::multimap<SimTime, SimTime> open;  // settles at, sent at
  Random random = Random::keyed(3);
  std::uint64_t answered = 0;
  const auto settle_until = [&](SimTime now) {
    while (!open.empty() && open.begin()->first <= now) {
      const auto [settles, sent] = *open.begin();
      open.erase(open.begin());
      recorder.answered(series, sent, settles);
      const std::uint32_t bucket = HistogramLayout::bucket((settles - sent).count());
      ++sent_in[{static_cast<std::uint64_t>(sent.time_since_epoch() / 1s), bucket}];
      ++settled_in[{static_cast<std::uint64_t>(settles.time_since_epoch() / 1s), bucket}];
      exact_in[static_cast<std::uint64_t>(sent.time_since_epoch() / 1s)].add(
          (settles - sent).count());
      ++answered;
    }
  };
  SimTime now = kSimStart;
  for (int i = 0; i < 60'000 && now < at(100s); ++i) {
    now += Duration{static_cast<std::int64_t>(random.below(3'000'000))};
    settle_until(now);
    recorder.sent(series, now);
    // One in ten takes up to a minute.
    const std::uint64_t most = random.below(10) == 0 ? 60'000'000'000U : 50'000'000U;
    open.emplace(now + Duration{static_cast<std::int64_t>(random.below(most))}, now);
    if (i % 1777 == 0) {  // a trigger looks: nothing may be lost or counted twice
      const Series& seen = recorder.live(now).series[series];
      BOOST_REQUIRE_EQUAL(seen.latency_total.count(), answered);
    }
  }
  settle_until(at(119s));

  const Record record = recorder.finish(at(120s), "", 0);

  const Series& out = record.series[series];
  const auto compare = [](const std::vector<SparseHistogram>& seconds, const auto& expected) {
    std::size_t entries = 0;
    for (std::size_t second = 0; second < seconds.size(); ++second) {
      BOOST_REQUIRE(strictly_ascending(seconds[second]));
      for (const auto& [bucket, count] : seconds[second].buckets) {
        BOOST_REQUIRE_EQUAL(count, expected.at({second, bucket}));
        ++entries;
      }
    }
    BOOST_TEST(entries == expected.size());
  };
  compare(out.latency, sent_in);
  compare(out.settle_latency, settled_in);
  exact_ones_agree(out, exact_in);
  BOOST_TEST(out.latency_total.count() == answered);
  BOOST_TEST(out.total.balanced());
}

BOOST_AUTO_TEST_CASE(a_run_of_ten_days_keeps_its_rows_apart) {
  const Scenario s = scenario(10 * 86400s);
  Recorder recorder(s, 1);
  const std::uint32_t series = recorder.add_series("shop", Series::Kind::app, false);
  const std::vector<Duration> times{10s, 86400s * 2, 86400s * 7, 86400s * 7 + 128s, 86400s * 9};
  for (const Duration time : times) {
    recorder.sent(series, at(time));
    recorder.answered(series, at(time), at(time + 5ms));
  }
  recorder.answered(series, at(150s), at(86400s * 9 + 1s));

  const Record record = recorder.finish(at(10 * 86400s), "", 0);

  const Series& out = record.series[series];
  BOOST_TEST((out.step == 128s));
  for (const Duration time : times) {
    BOOST_TEST(total(out.latency[static_cast<std::size_t>(time / out.step)]) == 1U);
  }
  BOOST_TEST(total(out.latency[1]) == 1U);
  BOOST_TEST(out.latency_total.count() == times.size() + 1);
}

BOOST_AUTO_TEST_CASE(latency_sums_are_exact_beyond_64_bits) {
  const Scenario s = scenario(10s);
  Recorder recorder(s, 1);
  const std::uint32_t series = recorder.add_series("shoppers", Series::Kind::load, false);
  const Duration year{31'536'000'000'000'000};
  for (int i = 0; i < 2000; ++i) recorder.answered(series, at(0s), at(year));

  const Record record = recorder.finish(at(year), "", 0);

  BOOST_TEST(record.series[0].latency_sum_seconds == 2000 * 31'536'000.0,
             boost::test_tools::tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(gauges_keep_time_weighted_means_and_maxima_of_what_lasted) {
  const Scenario s = scenario(10s, 3s);
  Recorder recorder(s, 1);
  const std::uint32_t queue = recorder.add_gauge("queue", "shop");
  const std::uint32_t late = recorder.add_gauge("queue", "late");
  const std::uint32_t unused = recorder.add_gauge("queue", "unused");
  recorder.gauge(queue, at(-2s), 50);
  recorder.gauge(queue, at(-1s), 4);
  recorder.gauge(queue, at(250ms), 8);
  recorder.gauge(queue, at(500ms), 100);  // replaced at the same instant: never seen
  recorder.gauge(queue, at(500ms), 2);
  recorder.gauge(queue, at(3500ms), 6);
  recorder.gauge(late, at(2500ms), 10);

  const Record record = recorder.finish(at(4500ms), "", 0);

  const GaugeSeries& q = record.gauges[queue];
  BOOST_TEST(q.mean == (std::vector<float>{4 * 0.25F + 8 * 0.25F + 2 * 0.5F, 2, 2, 4, 6}),
             boost::test_tools::per_element());
  BOOST_TEST(q.max == (std::vector<float>{8, 2, 2, 6, 6}), boost::test_tools::per_element());
  BOOST_TEST(record.gauges[late].mean == (std::vector<float>{0, 0, 5, 10, 10}),
             boost::test_tools::per_element());
  BOOST_TEST(record.gauges[late].max == (std::vector<float>{0, 0, 10, 10, 10}),
             boost::test_tools::per_element());
  BOOST_TEST(record.gauges[unused].mean.empty());
}

BOOST_AUTO_TEST_CASE(a_gauge_is_the_same_whether_looked_at_or_not) {
  const auto run = [](bool look) {
    const Scenario s = scenario(60s);
    Recorder recorder(s, 1);
    const std::uint32_t id = recorder.add_gauge("open", "shop");
    Random random = Random::keyed(5);
    SimTime now = kSimStart;
    while (now < at(50s)) {
      now += Duration{static_cast<std::int64_t>(random.below(2'000'000'000))};
      recorder.gauge(id, now, static_cast<double>(random.below(100)));
      if (look) {
        now += 7ms;
        const GaugeSeries& seen = recorder.live(now).gauges[id];
        BOOST_REQUIRE_EQUAL(seen.mean.size(),
                            static_cast<std::size_t>(now.time_since_epoch() / 1s));
      } else {
        now += 7ms;
      }
    }
    return recorder.finish(at(60s), "", 0).gauges[id];
  };
  const GaugeSeries seen = run(true), unseen = run(false);
  BOOST_TEST(seen.mean.size() == 60U);
  BOOST_TEST(seen.max == unseen.max, boost::test_tools::per_element());
  for (std::size_t i = 0; i < seen.mean.size(); ++i) {
    BOOST_TEST(seen.mean[i] == unseen.mean[i], boost::test_tools::tolerance(1e-6F));
  }
}

BOOST_AUTO_TEST_CASE(steps_ascend_and_keep_changes_only) {
  const Scenario s = scenario(10s, 5s);
  Recorder recorder(s, 1);
  const std::uint32_t ready = recorder.add_steps("ready", "shop", 3);
  recorder.step(ready, at(-5s), 4);
  recorder.step(ready, at(1s), 4);
  recorder.step(ready, at(2s), 5);
  recorder.step(ready, at(2s), 6);
  recorder.step(ready, at(3s), 9);
  recorder.step(ready, at(3s), 6);
  recorder.step(ready, at(4s), 2);

  const Record record = recorder.finish(at(10s), "", 0);

  const std::vector<std::pair<SimTime, double>> expected{{at(-5s), 4}, {at(2s), 6}, {at(4s), 2}};
  BOOST_TEST((record.find_steps("ready", "shop")->steps == expected));
}

BOOST_AUTO_TEST_CASE(spans_anchors_and_lanes_are_kept_in_order) {
  const Scenario s = scenario(10s);
  Recorder recorder(s, 1);
  const std::uint32_t first = recorder.span_begin("slow-db", Span::Kind::fault, at(1s));
  recorder.span_touch(first, 3);
  recorder.span_touch(first);
  recorder.span_end(first, at(2s));
  recorder.span_begin("slow-db", Span::Kind::fault, at(5s));
  recorder.anchor("rollout", "done", 0.5, 2, at(3s));
  const std::uint32_t lane = recorder.add_lane("shop/0", "shop");
  recorder.lane_state(lane, at(0s), "starting");
  recorder.lane_state(lane, at(1s), "crashed");
  recorder.lane_state(lane, at(1s), "starting");  // at once: the crash did not last
  recorder.lane_state(lane, at(2s), "ready");

  const Record record = recorder.finish(at(9s), "cancelled", 0);

  const Span& closed = *record.find_span("slow-db", 1);
  const Span& open = *record.find_span("slow-db", 2);
  BOOST_TEST(closed.touched == 4U);
  BOOST_TEST((closed.end == at(2s) && !closed.open));
  BOOST_TEST((open.begin == at(5s) && open.end == at(9s) && open.open));
  BOOST_TEST(record.anchors.size() == 1U);
  BOOST_TEST(record.anchors[0].share == 0.5);
  const std::vector<std::pair<SimTime, std::string>> states{{at(0s), "starting"},
                                                            {at(2s), "ready"}};
  BOOST_TEST((record.lanes[0].states == states));
  BOOST_TEST(record.cut_short == "cancelled");
  BOOST_TEST((record.ended == at(9s)));
}

BOOST_AUTO_TEST_CASE(the_hash_is_of_outcomes_and_milestones_not_of_their_order_of_reporting) {
  enum class Change { none, order, latency, reason, subject, milestone, milestone_time };
  const auto hash = [](Change change) {
    const Scenario s = scenario(10s);
    Recorder recorder(s, 1);
    const bool other = change == Change::subject;
    const std::uint32_t load =
        recorder.add_series(other ? "buyers" : "shoppers", Series::Kind::load, false);
    const SimTime settles = at(change == Change::latency ? 2s + 1ns : 2s);
    const FailureReason reason =
        change == Change::reason ? FailureReason::reset : FailureReason::timeout;
    if (change == Change::order) {
      recorder.failed(load, at(1s), settles, reason);
      recorder.answered(load, at(0s), settles);
    } else {
      recorder.answered(load, at(0s), settles);
      recorder.failed(load, at(1s), settles, reason);
    }
    const EventId crash = recorder.event(at(change == Change::milestone_time ? 4s : 3s), {},
                                         "instance.crashed", "shop/0");
    recorder.event(at(5s), crash, change == Change::milestone ? "host.lost" : "instance.restarted",
                   "shop/0", "attempt 1");
    const Record record = recorder.finish(at(10s), "", 0);
    BOOST_REQUIRE_EQUAL(record.events[1].cause.index, crash.index);
    return record.trace_hash;
  };
  const std::uint64_t base = hash(Change::none);
  BOOST_TEST(hash(Change::none) == base);
  BOOST_TEST(hash(Change::order) == base);
  for (const Change change : {Change::latency, Change::reason, Change::subject, Change::milestone,
                              Change::milestone_time}) {
    BOOST_TEST(hash(change) != base);
  }
}

BOOST_AUTO_TEST_CASE(a_million_requests_allocate_per_second_of_the_run_not_per_request) {
  const Scenario s = scenario(100s);
  Recorder recorder(s, 1);
  const std::uint32_t load = recorder.add_series("shoppers", Series::Kind::load, false);
  const std::uint32_t app = recorder.add_series("shop", Series::Kind::app, true);
  const std::uint32_t instance = recorder.add_series("shop/0", Series::Kind::instance, false);
  const std::uint32_t open = recorder.add_gauge("open", "shop");
  Random random = Random::keyed(6);
  const std::uint64_t before = allocations;
  for (int i = 0; i < 1'000'000; ++i) {
    const SimTime sent = at(i * 80us);
    const SimTime settled = sent + Duration{static_cast<std::int64_t>(random.below(30'000'000))};
    for (const std::uint32_t series : {load, app, instance}) {
      recorder.sent(series, sent);
      recorder.answered(series, sent, settled);
    }
    recorder.gauge(open, sent, static_cast<double>(i & 7));
  }
  BOOST_TEST(allocations - before < 80U * 20);  // 12,500 requests a second, three histograms
}

BOOST_AUTO_TEST_CASE(a_subject_at_rest_holds_little) {
  // 100,000 instances that have served one request each.
  const Scenario s = scenario(100s);
  Recorder recorder(s, 1);
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    const std::uint32_t series =
        recorder.add_series("shop/" + std::to_string(i), Series::Kind::instance, false);
    recorder.sent(series, at(1s));
    recorder.answered(series, at(1s), at(1500ms));
  }
  const Record& record = recorder.live(at(2s));
  std::size_t bytes = 0;
  for (const Series& series : record.series) {
    bytes += sizeof(Series) + series.by_send.capacity() * sizeof(SecondCounts) +
             series.by_settle.capacity() * sizeof(SecondCounts) +
             series.latency_total.buckets().size() * 8;
  }
  BOOST_TEST(bytes / 100'000 < 1024U);
}

BOOST_AUTO_TEST_CASE(a_record_has_at_most_7200_rows_whatever_the_length_of_the_run) {
  const auto step = [](Duration duration) {
    return Recorder(scenario(duration), 1).live(kSimStart).step;
  };
  BOOST_TEST((step(1s) == Duration{1s}));
  BOOST_TEST((step(7200s) == Duration{1s}));
  BOOST_TEST((step(7201s) == Duration{2s}));
  BOOST_TEST((step(14'400s) == Duration{2s}));
  BOOST_TEST((step(86'400s) == Duration{16s}));

  const Duration ten_years = 87'660h;
  const Scenario s = scenario(ten_years);
  Recorder recorder(s, 1);
  const std::uint32_t series = recorder.add_series("shop", Series::Kind::app, false);
  const std::uint32_t open = recorder.add_gauge("open", "shop");
  std::uint64_t requests = 0;
  for (Duration sent = 0s; sent < ten_years; sent += 6h + 1s, ++requests) {
    recorder.sent(series, at(sent));
    recorder.gauge(open, at(sent), 1);
    recorder.answered(series, at(sent), at(sent + 5ms));
    recorder.gauge(open, at(sent + 5ms), 0);
  }

  const Record record = recorder.finish(at(ten_years), "", 0);

  const Series& out = record.series[series];
  BOOST_TEST((record.step == 65'536s && out.step == 65'536s));
  BOOST_TEST(out.by_send.size() <= 7200U);
  BOOST_TEST(out.latency.size() <= 7200U);
  BOOST_TEST(record.gauges[open].mean.size() <= 7200U);
  BOOST_TEST(record.gauges[open].mean.size() > 4000U);
  BOOST_TEST(record.gauges[open].max[0] == 1.0F);
  BOOST_TEST(record.seconds.empty());
  std::uint64_t sent = 0, answered = 0;
  for (const SecondCounts& row : out.by_send) sent += row.sent, answered += row.answered;
  BOOST_TEST(sent == requests);
  BOOST_TEST(answered == requests);
  BOOST_TEST(out.by_send[0].sent == 4U);  // 0, 6, 12 and 18 h
  BOOST_TEST(total(out.latency[0]) == 4U);
  BOOST_TEST(out.latency_total.count() == requests);
  BOOST_TEST(out.latency_total.exact().max == 5'000'000);
}

BOOST_AUTO_TEST_CASE(the_last_seconds_stay_of_what_is_measured_by_the_second) {
  Scenario s = scenario(2400h);
  s.expectations["fast"].kind = Expectation::Kind::never;
  s.expectations["fast"].condition.comparison.call.entity.name = "shop";
  Recorder recorder(s, 1);
  const std::uint32_t shop = recorder.add_series("shop", Series::Kind::app, false);
  const std::uint32_t load = recorder.add_series("users", Series::Kind::load, false);
  recorder.add_gauge("open", "shop");
  recorder.add_gauge("open", "users");
  for (Duration sent = 0s; sent < 2400h; sent += 10s) {
    for (const std::uint32_t series : {shop, load}) {
      recorder.sent(series, at(sent));
      recorder.answered(series, at(sent), at(sent + 1200ms));
    }
    recorder.gauge(0, at(sent), 2);
    recorder.gauge(0, at(sent + 500ms), 0);
  }
  recorder.answered(shop, at(100s), at(2400h));  // its second is gone, its row is not

  const Record record = recorder.finish(at(2400h), "", 0);

  BOOST_REQUIRE(record.seconds.size() == 1U);
  BOOST_REQUIRE(record.gauge_seconds.size() == 1U);
  const Series& seconds = record.seconds[0];
  BOOST_TEST(seconds.subject == "shop");
  BOOST_TEST((seconds.step == Duration{1s}));
  BOOST_TEST(seconds.by_send.size() >= static_cast<std::size_t>(kSecondsKept) - 10);
  BOOST_TEST(seconds.by_send.size() <= static_cast<std::size_t>(2 * kSecondsKept));
  BOOST_TEST(seconds.latency.size() == seconds.by_send.size());
  BOOST_TEST(seconds.by_settle.empty());
  for (std::size_t k = 0; k < seconds.by_send.size(); ++k) {
    const bool sends = (seconds.first + static_cast<std::int64_t>(k)) % 10 == 0;
    BOOST_REQUIRE_EQUAL(seconds.by_send[k].sent, sends ? 1U : 0U);
    BOOST_REQUIRE_EQUAL(seconds.by_send[k].answered, sends ? 1U : 0U);
    BOOST_REQUIRE_EQUAL(total(seconds.latency[k]), sends ? 1U : 0U);
  }
  BOOST_TEST(seconds.total.injected == record.series[shop].total.injected);
  BOOST_TEST((record.step == 2048s));
  BOOST_TEST(record.series[shop].by_send[0].sent == 205U);
  BOOST_TEST(record.series[shop].by_send[0].answered == 206U);
  const GaugeSeries& gauge = record.gauge_seconds[0];
  BOOST_TEST(gauge.first + static_cast<std::int64_t>(gauge.mean.size()) == 2400 * 3600);
  BOOST_TEST(gauge.mean.size() <= static_cast<std::size_t>(2 * kSecondsKept));
  for (std::size_t k = 0; k < gauge.mean.size(); ++k) {
    const bool busy = (gauge.first + static_cast<std::int64_t>(k)) % 10 == 0;
    BOOST_REQUIRE_EQUAL(gauge.mean[k], busy ? 1.0F : 0.0F);
  }
}

BOOST_AUTO_TEST_CASE(a_live_window_is_of_single_seconds_however_long_the_run_is) {
  const Scenario s = scenario(2400h);
  Recorder recorder(s, 1);
  const std::uint32_t shop = recorder.add_series("shop", Series::Kind::app, true);
  for (Duration sent : {Duration{10s}, Duration{2000h}}) {
    recorder.sent(shop, at(sent));
    recorder.answered(shop, at(sent), at(sent + 1200ms));
    const Record& record = recorder.live(at(sent + 2s));
    const Series& seconds = record.seconds[0];
    const auto settled = static_cast<std::size_t>(sent / 1s + 1 - seconds.first);
    BOOST_TEST(seconds.by_settle.at(settled).answered == 1U);
    BOOST_TEST(total(seconds.settle_latency.at(settled)) == 1U);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace leapday::model
