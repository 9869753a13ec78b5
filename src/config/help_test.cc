// SPDX-License-Identifier: MIT
#include "config/help.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/text.h"
#include "config/option_table.h"

namespace penstock::config {
namespace {

using testing::HasSubstr;

TEST(Help, FitsIntoATerminal) {
  const std::string help = help_text();
  for (const std::string_view line : text::split(help, '\n')) {
    EXPECT_LE(line.size(), 100U) << line;
    EXPECT_FALSE(line.ends_with(' ')) << line;
  }
  EXPECT_TRUE(help.ends_with('\n'));
}

TEST(Help, NamesEveryOptionAndAlias) {
  const std::string help = help_text();
  const std::string reference = reference_text();
  for (const Section& section : sections()) {
    EXPECT_THAT(help, HasSubstr(std::string(section.title)));
    for (const Option& option : section.options)
      for (const std::string_view name : option.all_names()) {
        EXPECT_THAT(help, HasSubstr("--" + std::string(name)));
        EXPECT_THAT(reference, HasSubstr("`--" + std::string(name)));
      }
  }
}

TEST(Help, ShowsLettersPlaceholdersAndDefaults) {
  const std::string help = help_text();
  EXPECT_THAT(help, HasSubstr("\n  -p, --processes N  "));
  EXPECT_THAT(help, HasSubstr("Worker processes (default: 1; also --workers)\n"));
  EXPECT_THAT(help, HasSubstr("\n  -C, --chmod-socket[=MODE]  "));
  EXPECT_THAT(help, HasSubstr("\n  -L, --disable-logging  "));
}

TEST(Reference, IsWhatStandsInTheDocumentation) {
  std::ifstream file(PENSTOCK_SOURCE_DIR "/docs/options.md");
  std::ostringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), reference_text())
      << "docs/options.md is old: penstock --help-markdown > docs/options.md";
}

}  // namespace
}  // namespace penstock::config
