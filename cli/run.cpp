/// \file run.cpp
/// `leapday run FILE...`: rehearse, report, and say in the exit code whether it held.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "incident_table.hpp"
#include "leapday/words.hpp"
#include "library.hpp"
#include "rehearsal.hpp"

namespace leapday::cli {
namespace {

struct RunCommandLine {
  std::vector<std::string> files;
  LoadArguments load;
  RunArguments run;
  std::string format = "terminal";
  std::string out;
  bool quiet = false;
};

/// The test suites of a JUnit document, without what stands around them.
std::string suites(const std::string& text) {
  const std::size_t begin = text.find("<testsuite ");
  const std::size_t end = text.rfind("</testsuites>");
  return begin < end && end != std::string::npos ? "\t" + text.substr(begin, end - begin) : "";
}

/// The documents of several files as one: a JSON array or one JUnit document.
std::string joined(const std::string& format, const std::vector<std::string>& texts) {
  std::string all;
  if (format == "json") {
    for (const std::string& text : texts) all += (all.empty() ? "" : ",\n") + text;
    return "[\n" + all + "]\n";
  }
  for (const std::string& text : texts) all += suites(text);
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n" + all + "</testsuites>\n";
}

/// Whether several documents of the format can stand on stdout.
bool can_join(const std::string& format) {
  return format == "terminal" || format == "json" || format == "junit";
}

std::vector<std::string> table_row(const std::string& file, const Rehearsal& rehearsal,
                                   bool colour) {
  std::uint64_t passed = 0;
  for (const CellVerdict& cell : rehearsal.cells) passed += cell.passed;
  return {stem(file), coloured(rehearsal.outcome, colour),
          fmt::format("{}/{}", passed, rehearsal.runs.size()),
          fmt::format("{:016x}", trace_hash(rehearsal)), rehearsal.verdict().reason};
}

/// What is printed when all files have run, or as soon as it is there.
struct Printed {
  std::vector<std::string> texts;
  std::vector<std::vector<std::string>> rows{
      {"SCENARIO", "VERDICT", "PASSED", "TRACE HASH", "REASON"}};
  IncidentTable incidents;
};

/// Everything that happens to one file; gives back its exit code.
int run_one(const std::string& file, const RunCommandLine& arguments, const Context& context,
            Printed& printed) {
  const FormatOptions options = format_options(arguments.run.colour);
  auto loaded = load_file(file, arguments.load, context);
  if (!loaded) {
    printed.rows.push_back({stem(file), "not run", "", "", "the scenario has problems, see above"});
    return kUsage;
  }
  const Attempt attempt = rehearse_file(std::move(*loaded), arguments.run, context);
  if (!attempt.rehearsal) return attempt.exit_code;
  int code = attempt.exit_code;
  const bool terminal = arguments.format == "terminal";
  // Of several incidents people want the one table; each has its own report when named alone.
  const bool tabled =
      terminal && arguments.files.size() > 1 && printed.incidents.add(file, *attempt.rehearsal);
  if (!tabled) printed.rows.push_back(table_row(file, *attempt.rehearsal, options.colour));
  std::string text;
  if (!terminal || (!arguments.quiet && !tabled)) {
    text = formatted(*attempt.rehearsal, arguments.format, options, context);
  }
  if (!arguments.out.empty()) {
    const std::string directory = directory_for(arguments.out, file, arguments.files);
    const int written = write_directory(directory, *attempt.rehearsal, arguments.load, context);
    code = worse(code, written);
    if (written == kPass && terminal && !arguments.quiet) {
      text += "Report: " + report_path(directory, context) + "\n";
    }
  }
  printed.texts.push_back(std::move(text));
  return code;
}

int run_all(const RunCommandLine& arguments, const Context& context) {
  const bool terminal = arguments.format == "terminal";
  const bool several = arguments.files.size() > 1;
  if (several && !can_join(arguments.format)) {
    complain("--format " + arguments.format + " prints one scenario's text",
             "name one file, or write each with --out DIR");
    return kUsage;
  }
  if (const int code = check_out(arguments.out, arguments.files); code != kPass) return code;
  int code = kPass;
  Printed printed;
  std::vector<std::string>& texts = printed.texts;
  for (const std::string& file : arguments.files) {
    code = worse(code, run_one(file, arguments, context, printed));
    if (code == kInterrupted) return code;
    if (terminal && !texts.empty()) {  // a person wants each as soon as it is there
      print(several && !texts.front().empty() ? texts.front() + "\n" : texts.front());
      texts.clear();
    }
  }
  if (!terminal && several) print(joined(arguments.format, texts));
  if (!terminal && !several && !texts.empty()) print(texts.front());
  if (!terminal || !several || arguments.quiet) return code;
  if (printed.rows.size() > 1) print(table(printed.rows));
  if (!printed.incidents.empty()) {
    if (printed.rows.size() > 1) print("\n");
    print(printed.incidents.text(use_colour(arguments.run.colour)));
  }
  return code;
}

std::vector<std::string> format_names(const Registry& registry) {
  std::vector<std::string> names;
  for (const auto& item : registry.formats.items()) names.push_back(item.name);
  return names;
}

}  // namespace

void add_run(CLI::App& app, Context& context) {
  CLI::App* run = app.add_subcommand("run", "Rehearse scenario files and print the verdict");
  auto arguments = std::make_shared<RunCommandLine>();
  add_files(*run, arguments->files);
  arguments->load.add_to(*run);
  arguments->run.add_to(*run);
  run->add_option("--format", arguments->format,
                  "What to print on stdout: " + listed(format_names(context.registry), "or"))
      ->capture_default_str()
      ->check(one_of(format_names(context.registry), "format"))
      ->type_name("NAME");
  add_out(*run, arguments->out,
          "Write a run directory with every format and a manifest to replay it by "
          "(DIR/<scenario> for several files)");
  run->add_flag("-q,--quiet", arguments->quiet, "No summary, no progress; the exit code tells");
  run->footer(
      "Examples:\n"
      "  leapday run scenarios/library/leap-day-2012.yaml --out build/demo\n"
      "  leapday run shop.yaml --set peak=900/s --reps 50 --jobs 4\n"
      "  leapday run shop.yaml --format json | jq .verdict");
  run->callback([arguments, &context] {
    if (arguments->quiet) arguments->run.progress = When::never;
    context.exit_code = run_all(*arguments, context);
  });
}

}  // namespace leapday::cli
