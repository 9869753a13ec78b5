// SPDX-License-Identifier: MIT
// The plots of the HTML report, as SVG. Their marks carry a data-tip, which the page's script
// shows beside the pointer.
#pragma once

#include <cstdint>
#include <vector>

#include "report/html.h"
#include "report/summary.h"

namespace penstock::report {

/// Requests over time as columns, of them 4xx and 5xx.
void plot_requests(Html& html, const Timeline& timeline);

/// The mean time of a request over time.
void plot_latency(Html& html, const Timeline& timeline);

/// How many requests took how long.
enum class PlotSize : std::uint8_t { Half, Wide };  // of the page
void plot_histogram(Html& html, const Histogram& latency, PlotSize size);

/// The same, small, over given bounds.
void plot_shape(Html& html, const Histogram& latency, const std::vector<std::uint64_t>& bounds);

/// Where the time went, as one bar; with `legend` the shares in words below it.
enum class Legend : std::uint8_t { No, Yes };
void plot_steps(Html& html, const Group& group, Legend legend);

}  // namespace penstock::report
