// SPDX-License-Identifier: MIT
#include "report/source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <vector>

namespace penstock::report {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class SourceTest : public testing::Test {
 protected:
  ~SourceTest() override { std::filesystem::remove_all(folder_); }
  std::string file(std::string_view bytes) {
    const std::string path = folder_ / "plain.log";
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }
  std::string packed(std::string_view bytes) {
    const std::string path = folder_ / "packed.log.gz";
    gzFile out = ::gzopen(path.c_str(), "wb");
    EXPECT_EQ(::gzwrite(out, bytes.data(), static_cast<unsigned>(bytes.size())),
              static_cast<int>(bytes.size()));
    ::gzclose(out);
    return path;
  }
  Result<> read(const std::string& path) {
    lines_.clear();
    return read_lines(path, {[this](std::string_view line) { lines_.emplace_back(line); }, {}});
  }

  // Tests run side by side: each has a folder of its own.
  const std::filesystem::path folder_ = make_folder();
  std::vector<std::string> lines_;

 private:
  static std::filesystem::path make_folder() {
    std::string name = testing::TempDir() + "penstock-source-XXXXXX";
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    return name;
  }
};

TEST_F(SourceTest, GivesEachLine) {
  ASSERT_TRUE(read(file("a\n\nb\r\nlast")));
  EXPECT_THAT(lines_, ElementsAre("a", "", "b\r", "last"));
  ASSERT_TRUE(read(file("")));
  EXPECT_TRUE(lines_.empty());
}

TEST_F(SourceTest, PutsLinesTogetherThatPiecesCut) {
  std::string all;
  std::vector<std::string> expected;
  for (std::size_t i = 0; i < 5000; ++i) {
    expected.push_back(std::string(i % 1500, 'x') + std::to_string(i));
    all += expected.back() + "\n";
  }
  ASSERT_TRUE(read(file(all)));
  EXPECT_EQ(lines_, expected);
  ASSERT_TRUE(read(packed(all)));
  EXPECT_EQ(lines_, expected);
}

TEST_F(SourceTest, CutsEndlessLines) {
  ASSERT_TRUE(read(file(std::string(5'000'000, 'x') + "\nb\n")));
  ASSERT_EQ(lines_.size(), 2U);
  EXPECT_LE(lines_[0].size(), kLongestLine);
  EXPECT_EQ(lines_[1], "b");
}

TEST_F(SourceTest, TellsHowFarItIs) {
  std::uint64_t last = 0;
  std::uint64_t whole = 0;
  const std::string path = file(std::string(3'000'000, '\n'));
  ASSERT_TRUE(read_lines(path, {[](std::string_view) {},
                                [&](std::uint64_t done, std::uint64_t size) {
                                  EXPECT_GE(done, last);
                                  last = done;
                                  whole = size;
                                }}));
  EXPECT_EQ(last, 3'000'000U);
  EXPECT_EQ(whole, 3'000'000U);
}

TEST_F(SourceTest, SaysWhatIsWrongWithAFile) {
  EXPECT_THAT(read("/nonexistent/x").error().what, HasSubstr("/nonexistent/x: open: No such file"));
  EXPECT_THAT(read("/").error().what, HasSubstr("/: it is a folder"));
  std::string all;
  for (int i = 0; i < 50'000; ++i)
    all += std::to_string(i * 7919) + "\n";
  const std::string path = packed(all);
  std::ifstream in(path, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(in)), {});
  EXPECT_THAT(read(file(bytes.substr(0, bytes.size() / 2))).error().what,
              HasSubstr("cannot be unpacked"));
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x55);
  EXPECT_THAT(read(file(bytes)).error().what, HasSubstr("cannot be unpacked"));
}

}  // namespace
}  // namespace penstock::report
