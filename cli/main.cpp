/// \file main.cpp
/// Entry point of the `leapday` command; everything is in the subcommands.
#include <malloc.h>

#include "command.hpp"

namespace {

/// What a run frees is what the next one takes. By default each short run gives its pages back and
/// faults them in again, a fiftieth of its time, and for that the kernel makes other cores wait.
void keep_freed_memory() {
  mallopt(M_TRIM_THRESHOLD, 64 << 20);
  mallopt(M_MMAP_THRESHOLD, 1 << 20);  // else setting the other one fixes it at 128 KiB
}

}  // namespace

int main(int argc, char** argv) {
  keep_freed_memory();
  return leapday::cli::run_command(argc, argv);
}
