/// \file verify.cpp
/// `leapday verify FILE...`: rehearse and hold the result against FILE's .expected.
/// Why: scenarios are tests too, and the right answer of many is "fail".
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <memory>
#include <sstream>

#include "expected.hpp"
#include "library.hpp"
#include "rehearsal.hpp"

namespace leapday::cli {
namespace {

struct VerifyCommandLine {
  std::vector<std::string> files;
  LoadArguments load;
  RunArguments run;
  std::string out;
  bool bless = false;
};

std::optional<std::string> read(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return std::nullopt;
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

/// What became of one file: its exit code and its line in the table.
struct Checked {
  int code = kPass;
  std::string outcome;
  std::string result;
};

Checked bless(const std::string& path, const Rehearsal& rehearsal) {
  const std::string text = expected_text(rehearsal);
  if (read(path) == text) return {.code = kPass, .outcome = "", .result = "unchanged"};
  std::ofstream stream(path, std::ios::binary | std::ios::trunc);
  stream << text;
  stream.close();
  if (stream) return {.code = kPass, .outcome = "", .result = "written: " + path};
  print_error(path + ": error: cannot be written\n");
  return {.code = kInternal, .outcome = "", .result = "cannot be written: " + path};
}

/// Said before the rehearsal, which may take long.
Checked nothing_to_compare(const std::string& path, const std::string& file) {
  print_error(path + ": error: there is no such file\n  fix: write it with `leapday verify " +
              file + " --bless`\n");
  return {.code = kUsage, .outcome = "not run", .result = "nothing to compare with"};
}

Checked check(const std::string& path, const Rehearsal& rehearsal) {
  const std::vector<std::string> lines = differences(read(path).value_or(""), rehearsal);
  if (lines.empty()) return {.code = kPass, .outcome = "", .result = "as expected"};
  std::string text;
  for (const std::string& line : lines) text += fmt::format("{}: {}\n", path, line);
  print_error(text);
  return {.code = kFail,
          .outcome = "",
          .result = fmt::format("{} difference{}", lines.size(), lines.size() == 1 ? "" : "s")};
}

Checked verify_one(const std::string& file, const VerifyCommandLine& arguments,
                   const Context& context) {
  auto loaded = load_file(file, arguments.load, context);
  if (!loaded) return {.code = kUsage, .outcome = "not run", .result = "the scenario has problems"};
  const std::string path = expected_path(loaded->file);
  if (!arguments.bless && !read(path)) return nothing_to_compare(path, loaded->file);
  const Attempt attempt = rehearse_file(std::move(*loaded), arguments.run, context);
  if (!attempt.rehearsal) return {.code = attempt.exit_code, .outcome = "", .result = ""};
  const Rehearsal& rehearsal = *attempt.rehearsal;
  const FormatOptions options = format_options(arguments.run.colour);
  const bool alone = arguments.files.size() == 1;
  if (alone) print(formatted(rehearsal, "terminal", options, context));
  int written = kPass;
  if (!arguments.out.empty()) {
    const std::string directory = directory_for(arguments.out, file, arguments.files);
    written = write_directory(directory, rehearsal, arguments.load, context);
    if (written == kPass && alone) print("Report: " + report_path(directory, context) + "\n");
  }
  Checked checked = arguments.bless ? bless(path, rehearsal) : check(path, rehearsal);
  if (alone) {
    print(fmt::format("Verdict {}: {} ({})\n", to_string(rehearsal.outcome), checked.result, path));
  }
  checked.code = worse(checked.code, written);
  checked.outcome = coloured(rehearsal.outcome, options.colour);
  return checked;
}

int verify_all(const VerifyCommandLine& arguments, const Context& context) {
  if (const int code = check_out(arguments.out, arguments.files); code != kPass) return code;
  int code = kPass;
  std::vector<std::vector<std::string>> rows{{"SCENARIO", "VERDICT", "RESULT"}};
  for (const std::string& file : arguments.files) {
    const Checked checked = verify_one(file, arguments, context);
    if (checked.code == kInterrupted) return checked.code;
    code = worse(code, checked.code);
    rows.push_back({stem(file), checked.outcome, checked.result});
  }
  if (arguments.files.size() > 1) print(table(rows));
  return code;
}

}  // namespace

void add_verify(CLI::App& app, Context& context) {
  CLI::App* verify =
      app.add_subcommand("verify", "Rehearse and compare with what each .expected file states");
  auto arguments = std::make_shared<VerifyCommandLine>();
  add_files(*verify, arguments->files);
  arguments->load.add_to(*verify);
  arguments->run.add_to(*verify);
  add_out(*verify, arguments->out, "Also write a run directory, as `leapday run` does");
  verify->add_flag("--bless", arguments->bless, "Write the .expected files from this result");
  verify->footer(
      "Exits 0 when every verdict, trace hash and figure is the expected one, whatever the "
      "verdict;\n"
      "1 when something differs.\n"
      "\n"
      "Example:\n"
      "  leapday verify scenarios/library/*.yaml");
  verify->callback([arguments, &context] { context.exit_code = verify_all(*arguments, context); });
}

}  // namespace leapday::cli
