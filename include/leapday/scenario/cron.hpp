/// \file cron.hpp
/// Local time, and the schedules of jobs that are written in it.
/// Why: an hour that is skipped or comes twice is skipped or run twice by some schedulers and not
/// by others, and by each host's own rules of time.
#pragma once

#include <optional>
#include <string>

#include "leapday/fields.hpp"
#include "leapday/time.hpp"

namespace leapday {

/// Rules of local time as one machine has them, stale or fresh.
struct LocalTimeRules {
  std::string rule;
  std::string file;
  std::string bytes;  ///< Of the file; filled by the loader.

  void fields(FieldVisitor& v) {
    v.optional("rule", rule, "in POSIX's notation, such as CET-1CEST,M3.5.0,M10.5.0/3");
    v.optional("file", file, "a TZif file, relative to this one");
    v.check(rule.empty() || file.empty(), "file", "rule and file are both stated", "keep one");
  }
};

/// Whose rules a schedule is read by.
enum class CronDialect { debian, quartz, robfig, kubernetes, systemd };
std::span<const Choice> choices_of(CronDialect);

/// What becomes of a run that is due while the one before still works.
enum class CronConcurrency { allow, forbid, replace };
std::span<const Choice> choices_of(CronConcurrency);

struct Cron {
  std::string schedule;
  CronDialect dialect = CronDialect::kubernetes;
  std::optional<LocalTimeRules> local_time;
  std::optional<Duration> starting_deadline;
  CronConcurrency concurrency = CronConcurrency::allow;

  void fields(FieldVisitor& v) {
    v.required("schedule", schedule, "as the dialect writes it: 30 2 * * *");
    v.optional("dialect", dialect, "whose scheduler it is");
    v.optional("local_time", local_time,
               "rules that it is read by; when absent its host's, of kubernetes UTC");
    v.optional("starting_deadline", starting_deadline,
               "kubernetes: a run that could not start for so long is left out");
    v.optional("concurrency", concurrency, "kubernetes: while the run before still works");
  }
};

}  // namespace leapday
