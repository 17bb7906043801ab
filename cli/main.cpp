/// \file main.cpp
/// Entry point of the `leapday` command; everything is in the subcommands.
#include "command.hpp"

int main(int argc, char** argv) { return leapday::cli::run_command(argc, argv); }
