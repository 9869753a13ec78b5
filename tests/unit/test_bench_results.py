# SPDX-License-Identifier: MIT
"""What the bench makes of its figures: medians, ratios, tables and pictures."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))

from measure import aims, cases, decode, entries, picture, results, standing, summary, table  # noqa: E402
from measure.cases import Case, Way  # noqa: E402
from measure.life import Life, memory_as_markdown, starts_as_markdown  # noqa: E402
from measure.results import CaseResult, Round, Sample, ServerResult  # noqa: E402
from measure.servers import all_servers  # noqa: E402


def sample(cpu_us: float | None, *, rate: float = 1000.0, p99: float = 90.0, **others: int) -> Sample:
    """A run of the load."""
    counts = {"starved": 0, "failed": 0, "late": 0} | others
    return Sample(rate=rate, cpu_us=cpu_us, busy=0.5, p50=p99 / 2, p99=p99, p999=p99 * 2, **counts)


def server(name: str, cpu: list[float]) -> ServerResult:
    """One that took so many CPU microseconds a request in each round."""
    rounds = [Round(i, sample(one), {500: sample(one, p99=one * 10)}) for i, one in enumerate(cpu)]
    return ServerResult(name, version="1", rounds=rounds, pss_bytes=10_000_000)


@pytest.fixture
def case() -> CaseResult:
    """Three servers and one that is absent; the machine was three times as slow in round 1."""
    return CaseResult(
        "hello",
        "10 B < 1 KB",
        {"cpu": "a CPU", "python": "3.11.2, /usr/bin/python3"},
        duration=2.0,
        app_us=[0.5, 1.5, 0.5],
        servers=[
            server("other", [8.0, 24.0, 8.0]),
            ServerResult("gone", absent="is not installed"),
            server("penstock", [4.0, 12.0, 4.0]),
            server("bare epoll", [2.0, 6.0, 2.0]),
        ],
    )


def test_ratios_are_taken_within_a_round(case: CaseResult) -> None:
    by_name = {row.name: row for row in summary.rows(case)}
    ours, other = by_name["penstock"], by_name["other"]
    assert ours.cpu_us == 4.0
    assert ours.of_floor == 2.0
    assert ours.of_limit == pytest.approx(1.6)
    assert ours.of_ours == 1.0
    assert other.of_ours == 0.5


def test_a_round_that_one_of_two_missed_is_left_out_of_their_ratio(case: CaseResult) -> None:
    ours = case.server("penstock")
    assert ours is not None
    del ours.rounds[0]
    ours.rounds[0] = Round(1, sample(600.0))
    by_name = {row.name: row for row in summary.rows(case)}
    assert by_name["penstock"].of_floor == pytest.approx((100 + 2) / 2)


def test_the_floor_comes_first_and_who_is_absent_last(case: CaseResult) -> None:
    assert [row.name for row in summary.rows(case)] == ["bare epoll", "penstock", "other", "gone"]


def test_remarks_tell_what_went_wrong() -> None:
    one = ServerResult("x", rounds=[Round(0, sample(1.0, starved=63, failed=2), {9: sample(1.0, late=4)})])
    row = summary.rows(CaseResult("a", "a", {}, 1.0, servers=[one]))[0]
    assert row.remarks == (
        "63 connections get no answer",
        "2 answers are wrong or broken",
        "4 are late at 9/s",
    )


def test_a_server_without_any_answer_has_no_latency() -> None:
    one = ServerResult("x", rounds=[Round(0, sample(None, rate=0.0))])
    row = summary.rows(CaseResult("a", "a", {}, 1.0, servers=[one]))[0]
    assert row.latency is None
    assert row.cpu_us is None


def test_a_crowd_is_compared_with_the_run_before_it() -> None:
    one = Round(0, sample(5.0, rate=900.0, p99=110.0), alone=sample(5.0, rate=1000.0, p99=100.0))
    result = CaseResult("a", "a", {}, 1.0, servers=[ServerResult("x", rounds=[one])])
    row = summary.rows(result)[0]
    assert row.rate_of_alone == pytest.approx(0.9)
    assert row.p99_of_alone == pytest.approx(1.1)


def test_results_are_read_as_they_were_written(case: CaseResult, tmp_path: Path) -> None:
    case.servers[0].rounds.append(Round(3, sample(None), {7: sample(1.0)}, alone=sample(2.0)))
    results.save(case, tmp_path)
    assert results.load(tmp_path / "hello.json") == case


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (0, "0"), (0.04567, "0.046"), (1.0, "1.00"), (12.34, "12.3"), (123456.7, "123,457")],
)
def test_figures_have_about_three_digits(value: float | None, text: str) -> None:
    assert table.figure(value) == text


def test_text_table_has_no_empty_columns_and_names_who_is_absent(case: CaseResult) -> None:
    text = table.as_text(case)
    assert "× alone" not in text
    assert "PSS MB" in text
    assert text.splitlines()[-1].startswith("gone")
    assert text.splitlines()[-1].endswith("is not installed")
    assert "3 rounds of 2 s, the app alone takes 0.500 µs" in text


def test_markdown_table_is_rectangular_with_ours_in_bold(case: CaseResult) -> None:
    lines = table.as_markdown(case).split("\n\n")[0].splitlines()
    assert len({line.count("|") for line in lines}) == 1
    assert "| **penstock** | **4.00** |" in lines[3]


def test_picture_is_well_formed_and_the_same_every_time(case: CaseResult) -> None:
    drawn = picture.draw(case)
    assert drawn == picture.draw(case)
    root = ElementTree.fromstring(drawn)
    texts = ["".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "10 B < 1 KB" in texts
    assert "250k" in texts  # a million microseconds of CPU time at 4 each
    assert "gone" not in texts
    assert len(list(root.iter("{http://www.w3.org/2000/svg}circle"))) == 9


def test_picture_shows_the_rate_where_the_app_waits(case: CaseResult) -> None:
    case.limit = 3200.0
    assert picture.measure_of(case).caption.startswith("requests per second (")
    assert "limit 3.20k" in picture.draw(case)


def test_picture_shows_memory_where_nothing_else_was_measured(case: CaseResult) -> None:
    case.servers = [ServerResult("penstock", pss_bytes=25_000_000)]
    assert "25.0 MB" in picture.draw(case)


def test_cases_have_names_of_their_own_and_are_found_by_them() -> None:
    names = [case.name for case in cases.CASES]
    assert len(set(names)) == len(names)
    assert [case.name for case in cases.by_name(["flask", "hello"])] == ["hello", "flask"]
    with pytest.raises(KeyError, match="nothing"):
        cases.by_name(["nothing"])


def names(case: Case) -> list[str]:
    """Of those who take part."""
    return [entry.name for entry in entries.entries(case, all_servers(Path("/nowhere"), {}))]


def test_a_server_takes_part_once_for_each_way_that_it_knows() -> None:
    straight, behind = cases.by_name(["protocols", "nginx"])
    ours = ["uwsgi", "fastcgi", "fastcgi closed", "scgi", "http", "http closed"]
    for case in (straight, behind):
        assert [name for name in names(case) if name.startswith("penstock")] == [
            f"penstock {way}" for way in ours
        ]
    assert {"flup fastcgi", "uWSGI fastcgi closed"} < set(names(straight))
    assert "uWSGI fastcgi" not in names(straight)
    assert "bjoern http" in names(behind)
    assert "bjoern http" not in names(straight)  # not at a UNIX socket


def test_a_case_with_one_way_has_the_servers_that_speak_its_protocol() -> None:
    assert "flup" not in names(cases.by_name(["hello"])[0])
    assert names(Case("x", "x", protocol="scgi")) == ["penstock", "flup", "uWSGI"]


def test_the_load_closes_where_the_server_would_but_not_before_nginx() -> None:
    case, behind = cases.by_name(["hello", "nginx"])
    servers = all_servers(Path("/nowhere"), {})
    assert {one.name for one in entries.entries(case, servers) if one.client_closes} == {"uWSGI"}
    assert not any(one.client_closes for one in entries.entries(behind, servers))


@pytest.fixture
def protocols() -> CaseResult:
    """Two servers by several ways; the machine was three times as slow in round 1."""
    servers = [
        server("penstock uwsgi", [4.0, 12.0]),
        server("penstock fastcgi", [5.0, 15.0]),
        server("flup fastcgi", [24.0, 72.0]),
    ]
    for one in servers:
        one.way = one.name.split()[1]
    return CaseResult("protocols", "x", {"cpu": "a CPU"}, 2.0, servers=servers)


def test_ways_are_compared_with_the_same_way_of_ours_and_with_uwsgi(protocols: CaseResult) -> None:
    by_name = {row.name: row for row in summary.rows(protocols)}
    assert by_name["penstock fastcgi"].of_uwsgi == pytest.approx(1.25)
    assert by_name["penstock fastcgi"].of_ours == 1.0
    assert by_name["flup fastcgi"].of_ours == pytest.approx(5 / 24)
    assert by_name["flup fastcgi"].of_uwsgi is None
    assert [row.is_ours for row in summary.rows(protocols)] == [True, True, False]


def test_aims_say_what_was_reached(protocols: CaseResult) -> None:
    lines = aims.as_markdown({"protocols": protocols}).splitlines()
    assert lines[0].endswith("| aim | straight |")
    assert "| penstock fastcgi | penstock uwsgi | ≤ 1.3 | 1.25 (reached) |" in lines
    assert "| flup fastcgi | penstock fastcgi | ≥ 5 | 4.80 (missed) |" in lines
    assert "| uWSGI fastcgi closed | penstock fastcgi | ≥ 3 |  |" in lines
    assert len({line.count("|") for line in lines}) == 1


def test_there_are_no_aims_where_nothing_was_measured(case: CaseResult) -> None:
    assert aims.as_markdown({"hello": case}) == ""


def test_the_standing_names_what_is_missed_and_who_is_ahead(case: CaseResult) -> None:
    case.servers[0].name = "granian"
    text = standing.as_markdown({"hello": case}, None)
    assert "| CPU time of a request, relative to floor + app | ≤ 1.25 | 1.60 | **missed** |" in text
    assert "relative to granian | ≥ 1.5 | 2.00 | reached |" in text
    assert "by CPU time: none." in text
    case.servers[0] = server("bjoern", [2.0, 6.0, 2.0])
    text = standing.as_markdown({"hello": case}, None)
    assert "relative to bjoern | ≥ 1.15 | 0.500 | **missed** |" in text
    assert "by CPU time: hello: bjoern (2.00)." in text
    assert "fixed rate: hello at 500/s: bjoern (20.0 µs to 40.0)." in text


def test_a_logged_request_is_compared_by_the_floors_of_both_cases(case: CaseResult) -> None:
    logged = CaseResult("hello-log", "", {}, 2.0, servers=[
        server("penstock", [8.8, 8.8, 8.8]), server("bare epoll", [4.0, 4.0, 4.0])
    ])  # fmt: skip
    [line] = [one for one in standing.lines({"hello": case, "hello-log": logged}, None)
              if "log" in one.what]  # fmt: skip
    assert line.figure == pytest.approx(1.1)
    assert line.reached


def test_there_is_no_standing_where_nothing_was_measured() -> None:
    assert standing.as_markdown({}, None) == ""


def test_a_life_is_read_as_it_was_written_and_judged(tmp_path: Path) -> None:
    life = Life({"cpu": "a CPU"}, 7, import_ms={"hello": 20.0},
                start_ms={"uWSGI": {"hello": 90.0}, "penstock": {"hello": 70.0}},
                interpreter_bytes={"hello": 6_000_000}, first_bytes={"hello": 14_000_000},
                further_bytes={"hello": 3_500_000},
                endurance_bytes=[10_000_000, 12_000_000, 12_060_000])  # fmt: skip
    life.save(tmp_path / "life.json")
    assert Life.load(tmp_path / "life.json") == life
    starts = starts_as_markdown(life).splitlines()
    assert starts[3:5] == ["| **penstock** | **70.0** |  |  |", "| uWSGI | 90.0 |  |  |"]
    assert "| hello | 6.00 | 14.0 | 3.50 |" in memory_as_markdown(life)
    assert "Over 2 million requests" in memory_as_markdown(life)
    text = standing.as_markdown({}, life)
    assert "| first answer of hello after start-up and import | ≤ 60 ms | 50.0 ms | reached |" in text
    assert "| a further worker of hello | ≤ 3 MB | 3.50 MB | **missed** |" in text
    assert "relative to after one | ≤ 1.02 | 1.00 | reached |" in text


def test_codecs_are_read_as_they_were_written_and_compared_with_uwsgi(tmp_path: Path) -> None:
    costs = {
        "decode/uwsgi": decode.Cost(900, 500.0, 3000.0),
        "encode/uwsgi": decode.Cost(170, 50.0, 700.0),
        "decode/fastcgi closed": decode.Cost(910, 750.0, 4000.4),
    }
    codecs = decode.Codecs({"cpu": "a CPU"}, 5, costs)
    codecs.save(tmp_path / "decode.json")
    assert decode.Codecs.load(tmp_path / "decode.json") == codecs
    text = decode.as_markdown(codecs)
    assert "| uwsgi | 900 | 500 | 3,000 | 1.00 | 170 | 50.0 | 700 |" in text
    assert "| fastcgi closed | 910 | 750 | 4,000 | 1.50 |  |  |  |" in text


def test_ways_have_names_of_their_own() -> None:
    assert Way("uwsgi", close=True).name == "uwsgi"
    assert len({way.name for way in cases.WAYS}) == len(cases.WAYS)
