/// \file command.hpp
/// What every subcommand shares: the registry, exit codes and how it joins the command line.
/// Why: a subcommand is one file that declares its options and does one thing.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "leapday/registry.hpp"
#include "leapday/verdict.hpp"

namespace CLI {
class App;
}

namespace leapday::cli {

/// The command's exit codes (README.md lists them for users).
inline constexpr int kPass = 0;
inline constexpr int kFail = 1;
inline constexpr int kUsage = 2;
inline constexpr int kInconclusive = 3;
inline constexpr int kInternal = 4;
inline constexpr int kInterrupted = 130;

int exit_code(Outcome outcome);
/// Of several files the worst speaks: interrupted, then 4, 2, 1, 3, 0.
int worse(int a, int b);

/// Lives as long as the command; subcommands leave their exit code in it.
struct Context {
  Registry registry = builtin_registry();
  CLI::App* root = nullptr;
  int exit_code = kPass;
};

/// Parses the arguments, runs the subcommand and gives back the exit code.
int run_command(int argc, char** argv);

#define SUBCOMMAND(name) void add_##name(CLI::App& app, Context& context);
#include "subcommands.inc"
#undef SUBCOMMAND

}  // namespace leapday::cli
