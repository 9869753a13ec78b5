# SPDX-License-Identifier: MIT
# Sourced by ./dev: installs what the project needs, and only what is missing. The names are the
# same in Debian 12 and 13. Asking dpkg takes a moment and is always true, so there is no stamp
# for the packages; the virtualenv keeps the hash of what it was made from.

run_packages=(build-essential ninja-build cmake ccache python3 python3-dev
  libcli11-dev libexpat1-dev libexpected-dev libfmt-dev libspdlog-dev libtomlplusplus-dev libyaml-dev zlib1g-dev
  nlohmann-json3-dev)
test_packages=("${run_packages[@]}" ca-certificates python3-venv procps systemd util-linux
  libgtest-dev libgmock-dev clang libclang-rt-dev llvm nginx apache2-bin curl chromium chromium-driver
  libapache2-mod-fcgid libfcgi-bin lighttpd lighttpd-mod-openssl openssl
  prometheus spawn-fcgi)
lint_packages=("${run_packages[@]}" libgtest-dev libgmock-dev clang clang-tidy)
bench_packages=("${run_packages[@]}" libbenchmark-dev nginx wrk valgrind)

# Installs those of the named Debian packages that are missing.
need_packages() {
  if ! command -v dpkg-query apt-get >/dev/null; then
    echo "Not a Debian system; make sure that you have the equivalents of: $*" >&2
    return
  fi
  local missing
  mapfile -t missing < <(printf '%s\n' "$@" | grep -vxFf <(
    dpkg-query --show --showformat '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null |
      sed -n 's/^installed //p'))
  [[ ${#missing[@]} -gt 0 ]] || return 0

  local as_root=(env DEBIAN_FRONTEND=noninteractive)
  if [[ $EUID -ne 0 ]]; then
    if ! command -v sudo >/dev/null; then
      echo "Please run as root: apt-get install --no-install-recommends ${missing[*]}" >&2
      return 1
    fi
    as_root=(sudo "${as_root[@]}")
  fi
  echo "Installing ${missing[*]}"
  # One unreachable source among several is no reason to stop: the installation will tell.
  "${as_root[@]}" apt-get -qq update || echo "apt-get update failed; trying all the same" >&2
  "${as_root[@]}" apt-get -qq -o Dpkg::Use-Pty=0 install --no-install-recommends \
    "${missing[@]}" </dev/null
}

# Makes .venv as tests/requirements.txt says, from the distribution's Python.
need_venv() {
  local made_from
  made_from=$(cat tests/requirements.txt <(/usr/bin/python3 --version) <(pwd) | sha256sum)
  [[ $(cat .venv/made-from 2>/dev/null) != "$made_from" ]] || return 0
  echo "Making .venv"
  /usr/bin/python3 -m venv --clear .venv &&
    .venv/bin/pip install --quiet --no-input --disable-pip-version-check \
      -r tests/requirements.txt &&
    echo "$made_from" >.venv/made-from
}
