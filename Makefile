# The whole project from one place: `make demo` for a first verdict, `make test` for everything.
# Why: a newcomer should need no other command, and CI runs the very same ones.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

JOBS ?= $(shell nproc)
DEMO ?= scenarios/library/leap-day-2012.yaml
FUZZ_SECONDS ?= 600
CMAKE := cmake -Wno-dev
CTEST := ctest --no-tests=error
# Quiet while all is well: a configure step's whole text is shown only when it fails.
configure = log=$$(mktemp); $(CMAKE) --preset $(1) >"$$log" 2>&1 || { cat "$$log"; rm -f "$$log"; exit 1; }; rm -f "$$log"
build = $(call configure,$(1)); NINJA_STATUS='[$(1) %f/%t] ' cmake --build --preset $(1) -j $(JOBS) $(if $(2),--target $(2))

.PHONY: help setup build demo check test test-asan test-tsan bench bench-peers matrix format format-check fuzz clean

help:  ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup:  ## Install what packages.txt lists and the machine lacks
	@tools/setup.sh

build: setup  ## The command at build/leapday, the Python package in build/python
	@$(call build,release,leapday_cli leapday_python)
	@cp -f build/release/leapday build/leapday
	@rm -rf build/python && cp -r build/release/python build/python

demo: build  ## Rehearse the leap day of 2012 and hold the verdict against its .expected
	@build/leapday verify $(DEMO) --out build/demo

check: build  ## Every test, g++ Release
	@$(call build,release)
	@$(CTEST) --preset release -j $(JOBS)

test-asan: setup  ## clang-19 Debug with ASan and UBSan, and a minute of the fuzzer
	@$(call build,asan-ubsan,leapday_tests)
	@$(CTEST) --preset asan-ubsan -j $(JOBS)

test-tsan: setup  ## clang-19 with TSan on the parallel runs
	@$(call build,tsan,leapday_cli)
	@$(CTEST) --preset tsan -R parallel_runs

test: build  ## What CI runs: sanitizers, then everything; the last lines are CTest's totals
	@$(call build,release)
	@$(MAKE) --no-print-directory test-asan
	@$(MAKE) --no-print-directory test-tsan
	@$(CTEST) --preset release -j $(JOBS)

bench: setup  ## Benchmarks, Release
	@$(call build,release,leapday_bench)
	@build/release/bench/leapday_bench $(BENCH_ARGS)

bench-peers: setup  ## Side by side with ns-3, SimGrid and SimPy on one core; in five minutes
	@$(call build,release,leapday_bench)
	@/usr/bin/python3 bench/peers/run.py $(PEERS_ARGS)

matrix: setup  ## g++ and clang-19, Debug and Release: one hash over the library
	@for preset in release dev clang-release clang-debug; do \
	  $(MAKE) --no-print-directory .build-$$preset; done
	@/usr/bin/python3 tools/matrix.py build/{release,dev,clang-release,clang-debug}/leapday

.build-%:
	@$(call build,$*,leapday_cli)

format:  ## Reformat every source in place
	@git ls-files -co --exclude-standard '*.cpp' '*.hpp' | xargs clang-format -i

format-check:  ## Fail when a source is not formatted
	@git ls-files -co --exclude-standard '*.cpp' '*.hpp' | xargs clang-format --dry-run -Werror

fuzz: setup  ## Hunt in the loader for FUZZ_SECONDS (default 600)
	@$(call build,fuzz,leapday_fuzz)
	@mkdir -p build/corpus
	@for program in build/fuzz/fuzz/*; do \
	  $$program -max_total_time=$(FUZZ_SECONDS) -timeout=10 build/corpus scenarios/library tests/scenarios; done

clean:  ## Remove everything built
	@rm -rf build
