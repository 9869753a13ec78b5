// SPDX-License-Identifier: MIT
#include "http/byte_class.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <random>
#include <string>

namespace penstock::http {
namespace {

constexpr std::size_t kLongest = 300;
using Blocks = std::array<ByteBits, (kLongest + 63) / 64>;

/// The text ends where its allocation ends, so that a sanitizer sees a read beyond it.
Blocks run(ClassifyBytes kernel, const std::string& text) {
  const auto exact = std::make_unique<char[]>(text.size());
  text.copy(exact.get(), text.size());
  Blocks blocks{};
  kernel(exact.get(), text.size(), blocks.data());
  return blocks;
}

void expect_same(const Blocks& want, const Blocks& got) {
  for (std::size_t i = 0; i < want.size(); ++i) {
    EXPECT_EQ(want[i].control, got[i].control) << "block " << i;
    EXPECT_EQ(want[i].no_name, got[i].no_name) << "block " << i;
  }
}

TEST(ByteClass, PlainKernelKnowsTheClassOfEveryByte) {
  for (unsigned i = 0; i < 256; ++i) {
    const auto c = static_cast<unsigned char>(i);
    const bool control = (c < 32 && c != '\t') || c == 127;
    const bool name =
        (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-';
    const Blocks blocks = run(classify_kernels()[0].run, std::string(1, static_cast<char>(c)));
    EXPECT_EQ(blocks[0].control, control ? 1u : 0u) << i;
    EXPECT_EQ(blocks[0].no_name, name ? 0u : 1u) << i;
  }
}

TEST(ByteClass, EveryKernelSeesEveryByteAtEveryPlace) {
  const auto kernels = classify_kernels();
  for (std::size_t kernel = 1; kernel < kernels.size(); ++kernel) {
    SCOPED_TRACE(kernels[kernel].name);
    for (unsigned i = 0; i < 256; ++i) {
      for (const std::size_t place : {0u, 1u, 15u, 16u, 31u, 32u, 47u, 63u, 64u, 79u}) {
        std::string text(80, 'a');
        text[place] = static_cast<char>(i);
        expect_same(run(kernels[0].run, text), run(kernels[kernel].run, text));
      }
    }
  }
}

TEST(ByteClass, KernelsAgreeOnRandomTextOfEveryLength) {
  std::mt19937 random(1);
  const auto kernels = classify_kernels();
  for (std::size_t size = 0; size <= kLongest; ++size) {
    std::string text;
    for (std::size_t i = 0; i < size; ++i)
      text.push_back(static_cast<char>(random() % 256));
    const Blocks plain = run(kernels[0].run, text);
    for (const auto& kernel : kernels) {
      SCOPED_TRACE(std::string(kernel.name) + " " + std::to_string(size));
      expect_same(plain, run(kernel.run, text));
    }
  }
}

TEST(ByteClass, TheChosenKernelIsTheLastOfThem) {
  EXPECT_EQ(kClassifyBytes, classify_kernels().back().run);
}

TEST(ByteClass, ScanTargetSeesWhatALoopSees) {
  std::mt19937 random(2);
  for (std::size_t size = 0; size <= 100; ++size) {
    for (int round = 0; round < 20; ++round) {
      std::string text;
      for (std::size_t i = 0; i < size; ++i)
        text.push_back(random() % 20 != 0 ? 'a' : static_cast<char>(random() % 256));
      if (size > 0 && random() % 2 == 0) text[random() % size] = "?%#\x7f"[random() % 4];
      const auto exact = std::make_unique<char[]>(size);
      text.copy(exact.get(), size);
      const TargetScan scan = scan_target({exact.get(), size});
      EXPECT_EQ(scan.question, std::min(text.find('?'), size)) << text;
      EXPECT_EQ(scan.has_escape, text.find('%') != text.npos) << text;
      EXPECT_EQ(scan.allowed, std::all_of(text.begin(), text.end(),
                                          [](char c) { return c > 0x20 && c < 0x7f && c != '#'; }))
          << text;
    }
  }
}

TEST(ByteClass, HasControlFindsOneByteWhereverItStands) {
  for (std::size_t size = 1; size <= 70; ++size) {
    const std::string clean(size, '\t');
    EXPECT_FALSE(has_control(clean));
    for (std::size_t place = 0; place < size; ++place) {
      std::string text = clean;
      text[place] = '\x7f';
      EXPECT_TRUE(has_control(text)) << size << " " << place;
    }
  }
  EXPECT_FALSE(has_control(""));
}

}  // namespace
}  // namespace penstock::http
