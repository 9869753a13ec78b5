// SPDX-License-Identifier: MIT
#include "service/owned_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>
#include <utility>

namespace penstock::service {

std::string absolute_path(const std::string& path) {
  std::error_code error;
  std::string whole = std::filesystem::absolute(path, error).string();
  return error ? path : whole;
}

std::string absolute_path(const std::string& path, const std::string& folder) {
  return (std::filesystem::path(folder) / path).string();
}

OwnedFile::OwnedFile(const std::string& path) {
  struct stat about {};
  std::string whole = absolute_path(path);
  if (::lstat(whole.c_str(), &about) < 0) return;
  path_ = std::move(whole);
  device_ = about.st_dev;
  inode_ = about.st_ino;
}

OwnedFile::OwnedFile(OwnedFile&& other) noexcept
    : path_(std::exchange(other.path_, {})), device_(other.device_), inode_(other.inode_) {}

OwnedFile& OwnedFile::operator=(OwnedFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(device_, other.device_);
  std::swap(inode_, other.inode_);
  return *this;
}

OwnedFile::~OwnedFile() {
  if (path_.empty()) return;
  // Another server may have taken the name over by now.
  struct stat about {};
  if (::lstat(path_.c_str(), &about) < 0) return;
  if (about.st_dev == device_ && about.st_ino == inode_) ::unlink(path_.c_str());
}

}  // namespace penstock::service
