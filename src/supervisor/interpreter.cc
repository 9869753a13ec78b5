// SPDX-License-Identifier: MIT
// Looks at the file system only; nothing is run here.
#include "supervisor/interpreter.h"

#include <fmt/format.h>
#include <glob.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <system_error>

#include "base/text.h"

namespace penstock::supervisor {
namespace {

namespace fs = std::filesystem;

std::string from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

fs::path whole_path(const fs::path& path) {
  std::error_code error;
  fs::path whole = fs::absolute(path, error);
  return error ? path : whole;
}

bool is_program(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0;
}

std::optional<std::string> python_in(const fs::path& folder) {
  for (const char* name : {"python", "python3"})
    if (is_program(folder / name)) return whole_path(folder / name).string();
  return std::nullopt;
}

std::optional<std::string> python_on(std::string_view search_path) {
  for (const std::string_view folder : text::split(search_path, ':')) {
    const fs::path candidate = fs::path(folder.empty() ? "." : folder) / "python3";
    if (is_program(candidate)) return whole_path(candidate).string();
  }
  return std::nullopt;
}

bool holds_package(const fs::path& folder) {
  std::error_code ignored;
  return fs::exists(folder / "penstock" / "_zygote.py", ignored);
}

std::vector<std::string> matching(const std::string& pattern) {
  glob_t found{};
  std::vector<std::string> paths;
  if (::glob(pattern.c_str(), 0, nullptr, &found) == 0)
    paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  ::globfree(&found);
  return paths;
}

}  // namespace

Result<Surroundings> Surroundings::of_this_process() {
  std::error_code error;
  const fs::path executable = fs::read_symlink("/proc/self/exe", error);
  if (error) return os_error_about("/proc/self/exe", "readlink", error.value());
  return Surroundings{executable.string(), from_environment("PATH"),
                      from_environment("VIRTUAL_ENV"), from_environment("PENSTOCK_PACKAGE_PATH")};
}

Result<std::string> find_interpreter(std::string_view virtualenv, const Surroundings& around) {
  if (!virtualenv.empty()) {
    if (const auto python = python_in(fs::path(virtualenv) / "bin")) return *python;
    return fail(fmt::format("virtualenv {0}: {0}/bin holds no python or python3 that can be run",
                            whole_path(virtualenv).string()));
  }
  const fs::path own_folder = fs::path(around.executable).parent_path();
  if (const auto python = python_in(own_folder)) return *python;
  if (!around.virtual_env.empty())
    if (const auto python = python_in(fs::path(around.virtual_env) / "bin")) return *python;
  if (const auto python = python_on(around.search_path)) return *python;
  return fail(fmt::format(
      "no Python: there is no python in {}, no $VIRTUAL_ENV, and no python3 in $PATH ({}); name "
      "a virtualenv with -H",
      own_folder.string(), around.search_path));
}

Result<std::vector<std::string>> find_packages(const Surroundings& around) {
  if (!around.package_path.empty()) {
    if (holds_package(around.package_path))
      return std::vector{whole_path(around.package_path).string()};
    return fail(fmt::format("PENSTOCK_PACKAGE_PATH: there is no penstock/_zygote.py in {}",
                            around.package_path));
  }
  const fs::path prefix = fs::path(around.executable).parent_path().parent_path();
  std::vector<std::string> found;
  const fs::path build_tree = prefix / "python";
  if (holds_package(build_tree)) found.push_back(build_tree.string());
  for (const char* pattern : {"lib/python3*/site-packages", "lib/python3*/dist-packages"})
    for (std::string& folder : matching((prefix / pattern).string()))
      if (holds_package(folder)) found.push_back(std::move(folder));
  if (!found.empty()) return found;
  return fail(fmt::format(
      "the Python package of penstock is not where this executable expects it: neither in {0} "
      "nor in {1}/lib/python3*/site-packages; set PENSTOCK_PACKAGE_PATH to the folder that "
      "holds it",
      build_tree.string(), prefix.string()));
}

}  // namespace penstock::supervisor
