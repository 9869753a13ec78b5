// SPDX-License-Identifier: MIT
// uWSGI's XML files, read by expat: <uwsgi><socket>:9090</socket><master/></uwsgi>.
#pragma once

#include <string_view>

#include "config/document.h"

namespace penstock::config {

/// The options in <uwsgi>, which is the root or stands in it: the first, or the one whose id is
/// `id`. Blanks around a value do not count. Nothing outside of the text is ever read, and
/// declarations of entities are refused.
Parsed<Entries> parse_xml(std::string_view text, std::string_view id);

}  // namespace penstock::config
