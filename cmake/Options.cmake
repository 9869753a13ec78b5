# Language level, warnings, hardening and sanitizers for everything in this project.

option(PENSTOCK_TESTS "Build the C++ unit tests" ON)
option(PENSTOCK_PYTHON "Build the extension module penstock._core" ON)
option(PENSTOCK_BENCH "Build the benchmarks" OFF)
option(PENSTOCK_LIBFUZZER "Build the fuzz targets with libFuzzer (Clang); otherwise they replay their corpus" OFF)
set(PENSTOCK_SANITIZE "" CACHE STRING "Sanitizers, e.g. address,undefined")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")
set(CMAKE_C_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

find_program(PENSTOCK_TOOLS_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH)
if(NOT PENSTOCK_TOOLS_PYTHON)
  find_program(PENSTOCK_TOOLS_PYTHON NAMES python3 REQUIRED)
endif()

find_program(PENSTOCK_CCACHE ccache)
if(PENSTOCK_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${PENSTOCK_CCACHE})
endif()

add_library(penstock_flags INTERFACE)
target_compile_options(penstock_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-align -Wformat=2 -Wundef -Wimplicit-fallthrough)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(penstock_flags INTERFACE
    -Wduplicated-cond -Wduplicated-branches -Wlogical-op)
endif()
target_include_directories(penstock_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)

if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  target_compile_definitions(penstock_flags INTERFACE _GLIBCXX_ASSERTIONS)
endif()

if(PENSTOCK_SANITIZE)
  add_compile_options(-fsanitize=${PENSTOCK_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${PENSTOCK_SANITIZE})
  if(PENSTOCK_SANITIZE MATCHES "undefined")
    # Its check of the dynamic type probes memory through a pipe, so it reports healthy objects as
    # broken where a test has used up all descriptors.
    add_compile_options(-fno-sanitize=vptr)
  endif()
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_options(-fstack-protector-strong -fstack-clash-protection)
  add_compile_definitions(_FORTIFY_SOURCE=2 _GLIBCXX_ASSERTIONS)
  add_link_options(-Wl,-z,relro,-z,now -Wl,--as-needed)
  include(CheckIPOSupported)
  check_ipo_supported(RESULT PENSTOCK_HAS_IPO LANGUAGES CXX)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ${PENSTOCK_HAS_IPO})
endif()
if(PENSTOCK_LIBFUZZER)
  # Coverage of the code under test too, not only of the fuzz target.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
include(CheckPIESupported)
check_pie_supported(LANGUAGES CXX)
