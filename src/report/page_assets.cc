// SPDX-License-Identifier: MIT
#include "report/page_assets.h"

namespace penstock::report {

const std::string_view kPageStyle = R"css(
:root { color-scheme: light dark; --page: #f6f7f9; --card: #fff; --ink: #1b2430; --dim: #66717f;
  --line: #e3e7ec; --good: #3b7dd8; --odd: #e2a53a; --bad: #d64545; --receive: #9aa7b5;
  --queue: #e2a53a; --gil: #d64545; --cpu: #3b7dd8; --wait: #7fb3f0; --write: #4caf8a; }
@media (prefers-color-scheme: dark) { :root { --page: #12161c; --card: #1b2129; --ink: #e4e9ef;
  --dim: #93a0ae; --line: #2c343f; --good: #5b9bf0; --odd: #e8b65a; --bad: #ee6a6a;
  --receive: #6d7a88; --queue: #e8b65a; --gil: #ee6a6a; --cpu: #5b9bf0; --wait: #3d6596;
  --write: #56bd98; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
main { max-width: 1280px; margin: 0 auto; padding: 24px 20px 48px; }
h1 { font-size: 24px; margin: 0; } h2 { font-size: 16px; margin: 0 0 10px; }
.dim, .tick, caption { color: var(--dim); } .dim { font-size: 13px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  padding: 16px 18px; margin-top: 16px; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(420px, 1fr)); gap: 16px; }
.pair > .card { min-width: 0; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(98px, 1fr)); gap: 10px;
  margin-top: 16px; }
.figure { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  padding: 10px 14px; }
.figure b { display: block; font-size: 19px; white-space: nowrap; font-variant-numeric: tabular-nums; }
.figure span { color: var(--dim); font-size: 12px; }
.figure.alarm b { color: var(--bad); }
.plot { display: block; width: 100%; height: auto; }
.plot .grid { stroke: var(--line); } .plot .tick { font-size: 11px; fill: var(--dim); }
.good { fill: var(--good); } .odd { fill: var(--odd); } .bad { fill: var(--bad); }
.curve { fill: none; stroke: var(--good); stroke-width: 1.8; stroke-linecap: round; }
.hit { fill: transparent; } .hit:hover { fill: color-mix(in srgb, var(--ink) 9%, transparent); }
.shape { width: 120px; height: 24px; display: block; border-bottom: 1px solid var(--line); }
.steps { display: flex; height: 26px; border-radius: 6px; overflow: hidden; gap: 1px; }
.steps .step { min-width: 1px; flex-basis: 0; flex-shrink: 1; }
.legend { list-style: none; padding: 0; margin: 12px 0 0; display: grid; gap: 4px 20px;
  grid-template-columns: repeat(auto-fit, minmax(380px, 1fr)); }
.dot { display: inline-block; width: 11px; height: 11px; border-radius: 3px; margin-right: 7px; }
.receive { background: var(--receive); } .queue { background: var(--queue); }
.gil { background: var(--gil); } .cpu { background: var(--cpu); }
.wait { background: var(--wait); } .write { background: var(--write); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 6px 10px; white-space: nowrap;
  border-bottom: 1px solid var(--line); }
th { color: var(--dim); font-weight: 500; font-size: 13px; cursor: pointer; user-select: none; }
th[aria-sort="descending"]::after { content: " \2193"; }
th[aria-sort="ascending"]::after { content: " \2191"; }
td.route, th.route { text-align: left; width: 100%; }
td.route { font: 13px/1.5 ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace;
  white-space: normal; overflow-wrap: anywhere; min-width: 220px; }
tr.row { cursor: pointer; } tr.row:hover { background: var(--page); }
tr.detail > td { text-align: left; white-space: normal; padding: 12px 10px 18px; }
.share { display: inline-block; width: 70px; height: 7px; border-radius: 4px; margin-left: 8px;
  background: var(--line); overflow: hidden; vertical-align: middle; }
.share i { display: block; height: 100%; background: var(--good); }
.alarm { color: var(--bad); }
input { font: inherit; color: inherit; background: var(--page); border: 1px solid var(--line);
  border-radius: 6px; padding: 4px 10px; width: 260px; max-width: 100%; float: right; }
pre { overflow-x: auto; font-size: 12px; margin: 6px 0 0; white-space: pre-wrap;
  overflow-wrap: anywhere; }
#tip { position: fixed; display: none; pointer-events: none; white-space: pre-line; z-index: 9;
  background: var(--ink); color: var(--page); font-size: 12px; line-height: 1.45;
  padding: 6px 9px; border-radius: 6px; max-width: 320px; }
)css";

const std::string_view kPageScript = R"js(
"use strict";
const tip = document.getElementById("tip");
document.addEventListener("mousemove", (event) => {
  const mark = event.target.closest("[data-tip]");
  if (!mark) { tip.style.display = "none"; return; }
  tip.textContent = mark.dataset.tip;
  tip.style.display = "block";
  const left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8);
  const below = event.clientY + 16 + tip.offsetHeight < innerHeight;
  tip.style.left = left + "px";
  tip.style.top = (below ? event.clientY + 16 : event.clientY - tip.offsetHeight - 10) + "px";
});
const table = document.getElementById("routes");
if (table) {
  const body = table.tBodies[0];
  const rows = [...body.querySelectorAll("tr.row")];
  const pairs = rows.map((row) => [row, row.nextElementSibling]);
  for (const [row, detail] of pairs) {
    const toggle = () => {
      detail.hidden = !detail.hidden;
      row.setAttribute("aria-expanded", String(!detail.hidden));
    };
    row.addEventListener("click", toggle);
    row.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      toggle();
    });
  }
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => head.addEventListener("click", () => {
    const down = head.getAttribute("aria-sort") !== "descending";
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const key = (pair) => pair[0].cells[column].dataset.value;
    pairs.sort((a, b) => {
      const x = key(a), y = key(b);
      const order = isNaN(x) || isNaN(y) ? (x < y ? -1 : x > y ? 1 : 0) : x - y;
      return down ? -order : order;
    });
    body.append(...pairs.flat());
  }));
  document.getElementById("filter").addEventListener("input", (event) => {
    const wanted = event.target.value.toLowerCase();
    for (const [row, detail] of pairs) {
      row.hidden = !row.textContent.toLowerCase().includes(wanted);
      if (row.hidden) { detail.hidden = true; row.setAttribute("aria-expanded", "false"); }
    }
  });
}
)js";

}  // namespace penstock::report
