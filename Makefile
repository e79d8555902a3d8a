# A thin front door to CMake. Each target installs what is missing (tools/setup), builds in a folder of its own below
# build/, and runs.
#
#   make demo                what pipelines are for, on a private server behind a slow network
#   make test                builds and runs all tests, those with a live server with Redis and with Valkey; the last line
#                            counts them
#   make bench               wall and CPU time, system calls and memory, side by side with hiredis
#   make bench-instructions  instructions for each command, counted by callgrind
#   make asan tsan valgrind  the tests under the sanitizers and valgrind
#   make fuzz                the parser under libFuzzer, for FUZZ_SECONDS
#   make gen                 writes what follows from the table of commands, src/command/table; gen-check only compares
#   make format              lays the sources out as .clang-format says
#   make install             builds the library alone, and installs it below PREFIX (and DESTDIR)

PREFIX ?= /usr/local
JOBS ?= $(shell nproc)
FUZZ_SECONDS ?= 60
CMAKE_FLAGS ?=

cmake = cmake --log-level=WARNING -S . -B build/$@ $(CMAKE_FLAGS)
build = cmake --build $(1) -j $(JOBS) -- --no-print-directory
# What a build says interests nobody where it works.
quietly = mkdir -p build && { $(1); } >build/$@.log 2>&1 || { cat build/$@.log >&2; exit 1; }
# The public headers are laid out by hand: macros and C++ overloads are tables there.
sources = $(wildcard src/*/*.[ch] tests/*.[ch] tests/*/*.[ch] fuzz/*.c examples/*.[ch] \
	examples/*/*.[ch] bench/*.[ch])

# The thread sanitizer of clang 14 does not start where addresses are randomized over more than 28 bits.
fixed_addresses := $(shell setarch -R true 2>/dev/null && echo setarch -R)

.PHONY: all setup release demo test bench bench-instructions asan tsan valgrind fuzz gen gen-check format check-format install

all: release

setup:
	@tools/setup

release: setup
	@$(cmake)
	@$(call build,build/release)

test: release
	@tools/run-tests --also valkey-server "$$(tools/find-valkey)" build/release -j $(JOBS)

demo:
	@tools/setup build demo
	@$(call quietly,$(cmake) && $(call build,build/$@) demo)
	@build/$@/examples/demo

bench: release
	@bench/run build/release
	@bench/run --limits build/release

# In a folder of its own, since the bounds are those of a Release build.
bench-instructions: setup
	@$(cmake) -DCMAKE_BUILD_TYPE=Release
	@$(call build,build/$@) bench
	@bench/run --instructions build/$@

asan: setup
	@$(cmake) -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS=-O1 \
		-DRP_SANITIZE=address,undefined -DRP_DEBUG_ARENA=ON
	@$(call build,build/$@)
	@UBSAN_OPTIONS=print_stacktrace=1 ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1 \
		$(fixed_addresses) tools/run-tests build/$@ -j $(JOBS)

tsan: setup
	@$(cmake) -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS=-O1 -DRP_SANITIZE=thread
	@$(call build,build/$@)
	@$(fixed_addresses) tools/run-tests build/$@ -L threads

# What the sanitizers do not see: reads of memory that nobody wrote. Leaks are the address sanitizer's.
valgrind: setup
	@$(cmake) -DRP_DEBUG_ARENA=ON -DRP_TEST_TIMEOUT=1200 \
		"-DCMAKE_CROSSCOMPILING_EMULATOR=valgrind;-q;--error-exitcode=99"
	@$(call build,build/$@)
	@tools/run-tests build/$@ -j $(JOBS) -LE tree

fuzz: setup
	@$(cmake) -DCMAKE_C_COMPILER=clang -DRP_SANITIZE=fuzzer-no-link,address,undefined -DRP_DEBUG_ARENA=ON
	@$(call build,build/$@) fuzz_parser
	@mkdir -p build/$@/corpus
	@build/$@/fuzz/fuzz_parser -max_total_time=$(FUZZ_SECONDS) -timeout=10 -print_final_stats=1 -verbosity=0 \
		-artifact_prefix=build/$@/ build/$@/corpus fuzz/corpus/parser

gen: setup
	@tools/generate-commands

gen-check: setup
	@tools/generate-commands --check

format: setup
	@clang-format -i $(sources)

check-format: setup
	@clang-format --dry-run -Werror $(sources)

install:
	@tools/setup build
	@$(call quietly,$(cmake) -DRP_BUILD_TESTS=OFF "-DCMAKE_INSTALL_PREFIX=$(PREFIX)" && $(call build,build/$@))
	@cmake --install build/$@
