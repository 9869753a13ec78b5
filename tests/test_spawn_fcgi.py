# SPDX-License-Identifier: MIT
"""`penstock spawn-fcgi` beside the real spawn-fcgi: the same command lines, the same outcomes."""

from __future__ import annotations

import os
import pwd
import re
import shlex
import socket
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import processes
from harness.endpoint import Endpoint, free_port
from harness.spawner import REAL, Spawner, ask, ours
from harness.start import APPS

APP = APPS / "inherited_socket.py"
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="changes users")


@pytest.fixture(params=["spawn-fcgi", "penstock spawn-fcgi"])
def spawn(request: pytest.FixtureRequest, folder: Path) -> Iterator[Spawner]:
    """Each of the two programs."""
    spawner = Spawner(REAL if request.param == "spawn-fcgi" else ours(), folder)
    yield spawner
    spawner.close()


@pytest.fixture
def penstock_spawn(folder: Path) -> Iterator[Spawner]:
    """Ours alone."""
    spawner = Spawner(ours(), folder)
    yield spawner
    spawner.close()


# {port} is a free one. What both say, in these words or more of them.
REFUSALS = [
    ("-p 9000", 255, r"no FastCGI application given"),
    ("-f app", 255, r"no socket given \(use either -p or -s\)"),
    ("-p 0 app", 255, r"no socket given \(use either -p or -s\)"),
    ("-p {port}x app", 255, r"invalid port"),
    (
        "-p {port} -s x.sock app",
        255,
        r"either a Unix domain socket or a TCP-port, but not both",
    ),
    ("-s " + 120 * "x" + " app", 255, r"path of the Unix domain socket is too long"),
    ("-a localhost -p {port} app", 255, r"'localhost' is not a valid IP address"),
    (
        "-a 192.0.2.1 -p {port} app",
        255,
        r"bind failed: Cannot assign requested address",
    ),
    ("-s no/x.sock app", 255, r"No such file or directory"),
    (
        "-s x.sock -d /nonexistent app",
        255,
        r"chdir\('/nonexistent'\) failed: No such file",
    ),
    ("-s x.sock -P no/pid app", 255, r"opening PID-file 'no/pid' failed: No such file"),
    ("-s x.sock -P . app", 255, r"PID-file exists and isn't regular file: '.'"),
    pytest.param("-s x.sock -u nobody-here app", 255, r"can't find user name", marks=needs_root),
    pytest.param("-s x.sock -g nobody-here app", 255, r"can't find group name", marks=needs_root),
    pytest.param("-s x.sock -u root app", 255, r"I will not set uid to 0", marks=needs_root),
    pytest.param("-s x.sock -g root app", 255, r"I will not set gid to 0", marks=needs_root),
    pytest.param("-s x.sock -U root app", 255, r"I will not set uid to 0", marks=needs_root),
    pytest.param("-s x.sock -c /nonexistent app", 255, r"chroot\('/nonexist", marks=needs_root),
    ("-s x.sock -- /bin/true", 0, r"child exited with: 0"),
    ("-s x.sock -- /bin/false", 1, r"child exited with: 1"),
    ("-s x.sock -- /nonexistent", 2, r"child exited with: 2"),
    ("-s x.sock -- /etc/passwd", 13, r"child exited with: 13"),
    ("-s x.sock -f /nonexistent", 127, r"child exited with: 127"),
    (
        "-s x.sock -n -- /nonexistent",
        2,
        r"exec failed: (.*: )?No such file or directory",
    ),
    ("-s x.sock -n -f /nonexistent", 127, r"/nonexistent: not found"),
    ("-s x.sock -F 0 -- /bin/false", 0, r""),
    ("-s '' app", 255, r"."),
    ("-s x.sock -d '' app", 255, r"."),
    ("-s x.sock -P '' app", 255, r"."),
    pytest.param("-s x.sock -u '' app", 255, r".", marks=needs_root),
    pytest.param("-s x.sock -g '' app", 255, r".", marks=needs_root),
    pytest.param("-s x.sock -U '' app", 255, r".", marks=needs_root),
    pytest.param("-s x.sock -c '' app", 255, r".", marks=needs_root),
]


@pytest.mark.parametrize(("line", "exit_code", "message"), REFUSALS)
def test_fails_with_the_same_exit_code_and_reason(
    spawn: Spawner, line: str, exit_code: int, message: str
) -> None:
    spawned = spawn.quick_death(*shlex.split(line.format(port=free_port())))
    assert spawned.exit_code == exit_code, spawned
    assert re.search(message, spawned.errors), spawned


def test_a_child_that_is_killed_at_once_is_failure_1(spawn: Spawner) -> None:
    spawned = spawn.quick_death("-s", "x.sock", "--", "/bin/sh", "-c", "kill -9 $$")
    assert (spawned.exit_code, "child signaled: 9" in spawned.errors) == (1, True), spawned


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [([], 255), (["-h"], 0), (["-?"], 0), (["-x"], 0), (["-p"], 0)],
)
def test_shows_every_option_in_its_help(
    spawn: Spawner, arguments: list[str], exit_code: int
) -> None:
    spawned = spawn(*arguments)
    assert spawned.exit_code == exit_code
    for letter in "fdapsMCFbPnvhcSugUG":
        assert re.search(rf"^ .*-{letter}\b", spawned.output, re.MULTILINE), letter


def test_says_its_version(spawn: Spawner) -> None:
    spawned = spawn("-v")
    assert spawned.exit_code == 0
    assert re.search(r"spawn-fcgi v\d+\.\d+\.\d+ \(ipv6\)", spawned.output)


def test_leaves_the_program_alone_in_a_session_of_its_own(spawn: Spawner, folder: Path) -> None:
    (folder / "www").mkdir()
    spawned = spawn(
        *("-d", folder / "www", "-s", folder / "x.sock", "-P", "pid", "-C", "5"),
        *("--", APP, "one", "-n"),
    )
    assert spawned.exit_code == 0, spawned
    found = ask(Endpoint(str(folder / "x.sock")))
    assert spawned.output == f"spawn-fcgi: child spawned successfully: PID: {found['pid']}\n"
    assert (folder / "pid").read_text() == str(found["pid"])
    assert stat.S_IMODE((folder / "pid").stat().st_mode) == 0o644
    assert found["arguments"] == ["one", "-n"]
    assert found["leads_session"]
    assert found["directory"] == str(folder / "www")
    assert found["output"] == ["/dev/null", "/dev/null"]
    assert found["php_children"] == "5"
    assert found["blocks"], "a FastCGI program may count on a socket that blocks"


@pytest.mark.parametrize(
    ("address", "reached"),
    [
        ([], "127.0.0.1"),
        (["-a", "127.0.0.1"], "127.0.0.1"),
        (["-a", "::1"], "::1"),
        (["-a", "::"], "::1"),
        (["-a", "::"], "127.0.0.1"),
    ],
)
def test_binds_to_the_address(spawn: Spawner, address: list[str], reached: str) -> None:
    port = free_port()
    assert spawn("-p", str(port), *address, "-f", f"{APP} 'a b'").exit_code == 0
    host = f"[{reached}]" if ":" in reached else reached
    assert ask(Endpoint(f"{host}:{port}"))["arguments"] == ["a b"]


def test_a_port_in_use_is_an_error(spawn: Spawner) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        spawned = spawn("-a", "127.0.0.1", "-p", str(port), "--", APP)
    assert spawned.exit_code == 255
    assert "bind failed: Address already in use" in spawned.errors


def test_starts_as_many_children_as_asked(spawn: Spawner, folder: Path) -> None:
    spawned = spawn("-s", "x.sock", "-F", "3", "-P", "pids", "--", APP)
    assert spawned.exit_code == 0
    pids = re.findall(r"PID: (\d+)\n", spawned.output)
    assert len(set(pids)) == 3
    assert (folder / "pids").read_text() == "\n".join(pids)
    assert str(ask(Endpoint(str(folder / "x.sock")))["pid"]) in pids


def test_one_failure_of_several_counts(spawn: Spawner, folder: Path) -> None:
    script = "mkdir {0} 2>/dev/null && exit 3; exec sleep 600"
    for name in map(str, range(50)):  # a spawner may look before the first child has ended
        spawned = spawn(
            *(
                "-s",
                f"{name}.sock",
                "-F",
                "3",
                "--",
                "/bin/sh",
                "-c",
                script.format(name),
            )
        )
        if spawned.exit_code != 0:
            break
    assert spawned.exit_code == 3, spawned
    assert len(re.findall(r"child spawned successfully", spawned.output)) == 2


@pytest.mark.parametrize(
    ("mode", "umask", "expected"),
    [
        ([], 0o022, 0o640),
        ([], 0o002, 0o660),
        (["-M", "0777"], 0o022, 0o777),
        (["-M", "600"], 0, 0o600),
    ],
)
def test_the_socket_has_its_mode(
    spawn: Spawner, folder: Path, mode: list[str], umask: int, expected: int
) -> None:
    spawn("-s", "x.sock", *mode, "--", "/bin/true", umask=umask)
    assert stat.S_IMODE((folder / "x.sock").stat().st_mode) == expected


def test_a_dead_socket_is_replaced_and_a_living_one_is_not(spawn: Spawner, folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(folder / "x.sock"))
    assert spawn("-s", "x.sock", "--", APP).exit_code == 0
    first = ask(Endpoint(str(folder / "x.sock")))
    spawned = spawn("-s", "x.sock", "--", APP)
    assert spawned.exit_code == 255
    assert "in use" in spawned.errors
    assert ask(Endpoint(str(folder / "x.sock")))["pid"] == first["pid"]


@needs_root
def test_gives_up_roots_rights_and_groups(spawn: Spawner, folder: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    spawned = spawn("-s", "x.sock", "-u", "nobody", "--", APP)
    assert spawned.exit_code == 0, spawned
    found = ask(Endpoint(str(folder / "x.sock")))
    assert (found["user"], found["group"]) == (nobody.pw_uid, nobody.pw_gid)
    assert 0 not in found["groups"]
    about = (folder / "x.sock").stat()
    assert (about.st_uid, about.st_gid) == (nobody.pw_uid, nobody.pw_gid)


@needs_root
def test_takes_numbers_for_user_and_group(spawn: Spawner, folder: Path) -> None:
    assert spawn("-s", "x.sock", "-u", "23456", "-g", "34567", "--", APP).exit_code == 0
    found = ask(Endpoint(str(folder / "x.sock")))
    assert (found["user"], found["group"], found["groups"]) == (23456, 34567, [])


@needs_root
def test_warns_where_the_group_stays_roots(spawn: Spawner, folder: Path) -> None:
    spawned = spawn("-s", "x.sock", "-u", "23456", "--", APP)
    assert (
        spawned.exit_code,
        "WARNING: couldn't find the user for uid 23456" in spawned.errors,
    ) == (
        0,
        True,
    )
    assert ask(Endpoint(str(folder / "x.sock")))["user"] == 23456


@needs_root
def test_the_socket_may_have_another_owner(spawn: Spawner, folder: Path) -> None:
    assert spawn("-s", "x.sock", "-U", "23456", "-G", "34567", "--", APP).exit_code == 0
    about = (folder / "x.sock").stat()
    assert (about.st_uid, about.st_gid) == (23456, 34567)
    assert ask(Endpoint(str(folder / "x.sock")))["user"] == 0


@needs_root
@pytest.mark.parametrize("outside", [False, True])
def test_binds_inside_or_outside_of_the_new_root(
    spawn: Spawner, folder: Path, outside: bool
) -> None:
    jail = folder / "jail"
    (jail / "inner").mkdir(parents=True)
    (jail / "program.c").write_text(
        "#include <string.h>\n#include <sys/socket.h>\n#include <unistd.h>\n"
        "int main(void) { char text[4096]; getcwd(text, sizeof text);\n"
        "  int peer = accept(0, 0, 0); write(peer, text, strlen(text)); return 0; }\n"
    )
    subprocess.run(["gcc", "-static", "-w", "-o", jail / "program", jail / "program.c"], check=True)
    if spawn.command == REAL:  # without it, its program keeps the output of the spawner
        (jail / "dev").mkdir()
        os.mknod(jail / "dev/null", stat.S_IFCHR, os.makedev(1, 3))
        (jail / "dev/null").chmod(0o666)
    path = folder / "x.sock" if outside else Path("/x.sock")
    spawned = spawn(
        *(
            "-c",
            jail,
            "-d",
            "/inner",
            "-s",
            path,
            "-u",
            "nobody",
            *(["-S"] if outside else []),
        ),
        *("--", "/program"),
    )
    assert spawned.exit_code == 0, spawned
    bound = path if outside else jail / "x.sock"
    with Endpoint(str(bound)).connect() as connection:
        assert connection.recv(4096) == b"/inner"


@needs_root
def test_options_for_root_count_for_nobody_else(spawn: Spawner, folder: Path) -> None:
    folder.chmod(0o777)
    spawned = spawn(
        *("-s", "x.sock", "-u", "root", "-c", "/nonexistent", "-U", "root", "--", APP),
        user="nobody",
        group="nogroup",
        extra_groups=[],
    )
    assert spawned.exit_code == 0, spawned
    assert ask(Endpoint(str(folder / "x.sock")))["user"] == pwd.getpwnam("nobody").pw_uid


def test_a_pid_file_of_before_is_replaced(spawn: Spawner, folder: Path) -> None:
    (folder / "pid").write_text("a long text of another program, of several lines\n")
    spawned = spawn("-s", "x.sock", "-P", "pid", "--", APP)
    assert (folder / "pid").read_text() in spawned.output


# What ours does better.


def test_keeps_a_file_that_is_no_socket(penstock_spawn: Spawner, folder: Path) -> None:
    (folder / "precious").write_text("data")
    spawned = penstock_spawn("-s", "precious", "--", APP)
    assert spawned.exit_code == 255
    assert "a regular file, not a socket" in spawned.errors
    assert (folder / "precious").read_text() == "data"


@pytest.mark.parametrize("option", ["-F x", "-b x", "-M 9", "-C x", "-p 70000"])
def test_says_which_number_is_none(penstock_spawn: Spawner, option: str) -> None:
    spawned = penstock_spawn("-s", "x.sock", *option.split(), "--", APP)
    assert spawned.exit_code == 255
    assert f": {option.split()[1]}" in spawned.errors


def test_starts_programs_for_each_of_several_sockets(penstock_spawn: Spawner, folder: Path) -> None:
    first, second = free_port(), free_port("::1")
    spawned = penstock_spawn(
        *("-a", "127.0.0.1", "-p", str(first), "-a", "::1", "-p", str(second)),
        *("-F", "2", "-P", "pids", "--", APP),
    )
    assert spawned.exit_code == 0, spawned
    pids = (folder / "pids").read_text().split("\n")
    assert len(set(pids)) == 4
    assert str(ask(Endpoint(f"127.0.0.1:{first}"))["pid"]) in pids[:2]
    assert str(ask(Endpoint(f"[::1]:{second}"))["pid"]) in pids[2:]


def test_shows_python_programs_our_flup(penstock_spawn: Spawner, folder: Path) -> None:
    compat = Spawner([str(Path(ours()[0]))], folder)("compat-path").output.strip()
    penstock_spawn("-s", "a.sock", "--", APP)
    assert ask(Endpoint(str(folder / "a.sock")))["python_path"] == compat
    penstock_spawn("-s", "b.sock", "--", APP, env={"PYTHONPATH": "/mine:/other"})
    assert ask(Endpoint(str(folder / "b.sock")))["python_path"] == f"{compat}:/mine:/other"


def test_hands_no_descriptors_of_others_over(penstock_spawn: Spawner, folder: Path) -> None:
    with open("/dev/zero") as other:
        penstock_spawn("-s", "x.sock", "--", APP, pass_fds=[other.fileno()])
    pid = ask(Endpoint(str(folder / "x.sock")))["pid"]
    assert "/dev/zero" not in processes.open_files(pid)
