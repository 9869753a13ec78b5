// SPDX-License-Identifier: MIT
#include "report/source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cstring>
#include <memory>
#include <vector>

#include "base/fd.h"

namespace penstock::report {
namespace {

constexpr std::size_t kPiece = 1 << 20;

struct CloseGzip {
  void operator()(gzFile_s* file) const { ::gzclose(file); }
};
using GzipFile = std::unique_ptr<gzFile_s, CloseGzip>;

struct Opened {
  GzipFile file;
  std::uint64_t size = 0;  // on the disk; 0: not known
};

/// zlib reads what is not compressed as it is.
Result<Opened> open(const std::string& path) {
  Fd fd{path == "-" ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                    : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!fd) return os_error("open");
  struct stat about {};
  if (::fstat(fd.get(), &about) < 0) return os_error("fstat");
  if (S_ISDIR(about.st_mode)) return fail("it is a folder");
  Opened opened;
  if (S_ISREG(about.st_mode)) opened.size = static_cast<std::uint64_t>(about.st_size);
  opened.file.reset(::gzdopen(fd.get(), "rb"));
  if (!opened.file) return fail("not enough memory");
  static_cast<void>(fd.release());  // now the file's
  ::gzbuffer(opened.file.get(), kPiece / 4);
  return opened;
}

Error read_error(gzFile_s* file) {
  int code = 0;
  const char* const text = ::gzerror(file, &code);
  if (code == Z_ERRNO) return os_error("read").value();
  return Error{std::string("it cannot be unpacked: ") + (text ? text : ""), 0};
}

/// Cuts pieces into lines. What stands after the last line feed is kept for the next piece.
class Splitter {
 public:
  explicit Splitter(const std::function<void(std::string_view)>& line) : line_(line) {}

  void add(std::string_view piece) {
    for (;;) {
      const void* const end = std::memchr(piece.data(), '\n', piece.size());
      if (!end) break;
      const auto size = static_cast<std::size_t>(static_cast<const char*>(end) - piece.data());
      if (kept_.empty()) {
        line_(piece.substr(0, size));
      } else {
        keep(piece.substr(0, size));
        finish();
      }
      piece.remove_prefix(size + 1);
    }
    keep(piece);
  }

  void finish() {
    if (!kept_.empty()) line_(kept_);
    kept_.clear();
  }

 private:
  void keep(std::string_view part) { kept_.append(part.substr(0, kLongestLine - kept_.size())); }

  const std::function<void(std::string_view)>& line_;
  std::string kept_;
};

Result<> read_opened(gzFile_s* file, std::uint64_t size, const Reading& reading) {
  std::vector<char> piece(kPiece);
  Splitter splitter(reading.line);
  for (;;) {
    const int count = ::gzread(file, piece.data(), static_cast<unsigned>(piece.size()));
    if (count < 0) return unexpected<Error>(read_error(file));
    if (count == 0) break;
    splitter.add({piece.data(), static_cast<std::size_t>(count)});
    const auto offset = ::gzoffset(file);
    if (reading.progress && offset >= 0) reading.progress(static_cast<std::uint64_t>(offset), size);
  }
  // A file that ends within what it packs says so only here.
  int code = 0;
  ::gzerror(file, &code);
  if (code != Z_OK && code != Z_STREAM_END) return unexpected<Error>(read_error(file));
  splitter.finish();
  // What zlib has read ahead and what it has given out need not be the same at the end.
  if (reading.progress && size > 0) reading.progress(size, size);
  return {};
}

}  // namespace

Result<> read_lines(const std::string& path, const Reading& reading) {
  const std::string name = path == "-" ? "standard input" : path;
  auto opened = open(path);
  if (!opened) return unexpected<Error>(std::move(opened).error().about(name));
  auto read = read_opened(opened->file.get(), opened->size, reading);
  if (!read) return unexpected<Error>(std::move(read).error().about(name));
  return {};
}

}  // namespace penstock::report
