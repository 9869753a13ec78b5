// SPDX-License-Identifier: MIT
// uWSGI's magic variables.
#include "config/magic.h"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>

#include "base/clock.h"
#include "base/text.h"

namespace penstock::config {
namespace {

/// uWSGI's hash of a path, djb33x, as the hex digits of its bytes in memory.
std::string hash_of(std::string_view text) {
  std::uint32_t hash = 5381;
  for (const char c : text)
    hash = ((hash << 5U) + hash) ^ static_cast<unsigned char>(c);
  std::string digits;
  for (unsigned byte = 0; byte < 4; ++byte)
    digits += fmt::format("{:02X}", (hash >> (8 * byte)) & 0xffU);
  return digits;
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

// NOLINTBEGIN(concurrency-mt-unsafe): configuration is read before there are threads.
std::string user_name() {
  const passwd* const user = ::getpwuid(::getuid());
  return user ? user->pw_name : std::to_string(::getuid());
}

std::string group_name() {
  const group* const group = ::getgrgid(::getgid());
  return group ? group->gr_name : std::to_string(::getgid());
}
// NOLINTEND(concurrency-mt-unsafe)

/// Letters whose upper case is the same of the first file.
constexpr std::string_view kOfFile = "opsdenxcij";

bool is_of_file(char letter) {
  return kOfFile.find(letter) != kOfFile.npos;
}

}  // namespace

void Magic::add_system() {
  std::error_code ignored;
  values_['%'] = "%";
  values_['['] = "\x1b";
  values_['h'] = host_name();
  values_['v'] = std::filesystem::current_path(ignored).string();
  values_['V'] = PENSTOCK_VERSION;
  values_['k'] = std::to_string(::sysconf(_SC_NPROCESSORS_ONLN));
  values_['u'] = std::to_string(::getuid());
  values_['U'] = user_name();
  values_['g'] = std::to_string(::getgid());
  values_['G'] = group_name();
  const std::int64_t now = wall_micros();
  values_['t'] = std::to_string(now / 1'000'000);
  values_['T'] = std::to_string(now);
}

void Magic::add_path(std::string_view path) {
  std::error_code ignored;
  const std::filesystem::path full =
      std::filesystem::absolute(std::filesystem::path(path), ignored).lexically_normal();
  const std::string directory = full.parent_path().string();
  values_['o'] = std::string(path);
  values_['p'] = full.string();
  values_['s'] = full.filename().string();
  values_['d'] = directory.ends_with('/') ? directory : directory + '/';
  values_['c'] = full.parent_path().filename().string();
  values_['n'] = full.stem().string();
  const std::string extension = full.extension().string();
  values_['e'] = extension.empty() ? extension : extension.substr(1);
  values_['j'] = hash_of(full.string());
  struct stat about {};
  if (::stat(full.c_str(), &about) == 0) values_['i'] = std::to_string(about.st_ino);

  for (std::size_t digit = '0'; digit <= '9'; ++digit)
    values_[digit] = "";
  std::size_t number = '0';
  for (const std::string_view part : text::split(directory, '/'))
    if (!part.empty() && number <= '9') values_[number++] = std::string(part);
}

void Magic::add_no_path(std::string_view name) {
  for (const char letter : std::string_view("psdcneij0123456789"))
    values_[static_cast<unsigned char>(letter)] = "";
  values_['o'] = std::string(name);
}

Magic Magic::of(std::string_view path, std::string_view section) {
  Magic magic;
  magic.add_system();
  if (path == "-" || path.find("://") != path.npos)
    magic.add_no_path(path);
  else
    magic.add_path(path);
  magic.values_['x'] = std::string(section);
  return magic;
}

std::string Magic::replace(std::string_view text, const Magic& first) const {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
    const char low = text::lower(static_cast<char>(next));
    const bool upper_of_file = static_cast<unsigned char>(low) != next && is_of_file(low);
    const std::optional<std::string>* value = nullptr;
    if (text[i] == '%' && next < values_.size())
      value = upper_of_file ? &first.values_[static_cast<unsigned char>(low)] : &values_[next];
    if (value && *value) {
      out += **value;
      ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace penstock::config
