// SPDX-License-Identifier: MIT
#include "service/master_fifo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "service/test_folder.h"
#include "service/test_loop.h"

namespace penstock::service {
namespace {

using testing::HasSubstr;

class MasterFifoTest : public testing::Test {
 protected:
  auto create() {
    return MasterFifo::create(*loop_, path_, [this](char letter) { seen_ += letter; });
  }

  TestFolder folder_;
  TestLoop loop_;
  const std::string path_ = folder_ / "fifo";
  std::string seen_;
};

TEST_F(MasterFifoTest, HandsOverLettersOfEveryWriter) {
  const auto fifo = create();
  ASSERT_TRUE(fifo) << fifo.error().what;
  folder_.write("fifo", "r\n");
  folder_.write("fifo", " s l\n");
  EXPECT_TRUE(loop_.until([&] { return seen_ == "rsl"; }));
  loop_.turn();
  folder_.write("fifo", "q");
  EXPECT_TRUE(loop_.until([&] { return seen_ == "rslq"; }));
}

TEST_F(MasterFifoTest, IsForItsOwnerOnlyAndIsRemoved) {
  {
    const auto fifo = create();
    struct stat about {};
    ASSERT_EQ(::stat(path_.c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777, 0600U);
  }
  EXPECT_FALSE(folder_.has("fifo"));
}

TEST_F(MasterFifoTest, TakesAPipeThatIsThereAndLeavesIt) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0666), 0);
  {
    const auto fifo = create();
    ASSERT_TRUE(fifo);
    folder_.write("fifo", "r");
    EXPECT_TRUE(loop_.until([&] { return seen_ == "r"; }));
  }
  EXPECT_TRUE(folder_.has("fifo"));
}

TEST_F(MasterFifoTest, RefusesAnyOtherFile) {
  folder_.write("fifo", "precious");
  EXPECT_THAT(create().error().what, HasSubstr("not a named pipe"));
  EXPECT_EQ(folder_.read("fifo"), "precious");
}

}  // namespace
}  // namespace penstock::service
