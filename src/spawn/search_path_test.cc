// SPDX-License-Identifier: MIT
#include "spawn/search_path.h"

#include <gmock/gmock.h>

namespace penstock::spawn {
namespace {

using testing::ElementsAre;

TEST(SearchPath, LooksForABareNameInEachFolderInOrder) {
  EXPECT_THAT(search_path("ls", "/usr/bin:/bin"), ElementsAre("/usr/bin/ls", "/bin/ls"));
}

TEST(SearchPath, TakesANameWithASlashAsItIs) {
  EXPECT_THAT(search_path("./run", "/usr/bin:/bin"), ElementsAre("./run"));
  EXPECT_THAT(search_path("/bin/ls", ""), ElementsAre("/bin/ls"));
}

TEST(SearchPath, TakesAnEmptyFolderAsTheCurrentOne) {
  EXPECT_THAT(search_path("ls", "/bin:"), ElementsAre("/bin/ls", "./ls"));
}

}  // namespace
}  // namespace penstock::spawn
