// SPDX-License-Identifier: MIT
// What to do instead of options of uWSGI that Penstock does not have. Only names that are not in
// the option table get here, so a row for an option that comes later does no harm.
#include "config/uwsgi_advice.h"

#include <algorithm>

#include "base/text.h"

namespace penstock::config {
namespace {

struct Advice {
  std::string_view names;  // with blanks between; "spooler*" is all that begin so
  std::string_view text;
};

constexpr Advice kAdvice[] = {
    {"static-* check-static check-static-docroot file-serve-mode fileserve-mode honour-range "
     "mime-file mimefile",
     "let the web server in front serve files, such as nginx with alias, or the app itself, such "
     "as "
     "WhiteNoise"},
    {"emperor* early-emperor vassal* imperial-monitor* heartbeat die-on-idle",
     "start one penstock for each site, such as a systemd template unit penstock@.service"},
    {"spooler* mule* farm cron* unique-cron* timer rbtimer signal-timer signal-rbtimer",
     "run tasks in a program of their own, such as Celery, RQ or a systemd timer"},
    {"attach-daemon* attach-control-daemon smart-attach-daemon* daemons-honour-stdin",
     "start the program by itself, such as in a systemd unit or a container of its own"},
    {"route route-* final-route* error-route* response-route* router-list routers-list "
     "collect-header pull-header response-header-collect",
     "do it in the web server in front, or in WSGI middleware"},
    {"add-header del-header rem-header error-page-*",
     "do it in the web server in front, such as nginx with add_header or error_page, or in the "
     "app"},
    {"https* ssl-* sni* http-to-https",
     "let the web server in front, such as nginx or Caddy, speak TLS"},
    {"http-auto-gzip", "let the web server in front compress, such as nginx with gzip"},
    {"http-websockets websocket* gevent* greenlet async asyncio ugreen tornado loop suspend",
     "apps run on threads: give their number with --threads"},
    {"http-use-* http-subscription* http-zerg http-fallback fastrouter* rawrouter* "
     "subscribe* subscription* unsubscribe-* httprouter force-gateway",
     "balance in the web server in front, such as nginx with upstream"},
    {"vhost vhost-host no-default-app",
     "one server runs one app: start one for each, and choose in the web server in front"},
    {"dynamic-apps", "apps that a request names are never loaded; name one with --module"},
    {"hook-* call-* exec-* after-request-*",
     "do it around the server, such as with ExecStartPre and ExecStopPost in a systemd unit, or in "
     "the app with atexit and os.register_at_fork()"},
    {"import shared-import py-import pyimport python-import shared-py-import shared-pyimport "
     "shared-python-import pymodule-alias post-pymodule-alias",
     "import the module in the app's own module"},
    {"paste* ini-paste* pecan",
     "name a file with --wsgi-file that makes the application: for PasteDeploy, application = "
     "paste.deploy.loadapp('config:/path/to/file.ini')"},
    {"reload-on-exception*",
     "an exception ends one request, which is answered 500 and logged; no worker needs to go"},
    {"log-route log-req-route log-filter log-drain rsyslog-* log-alarm",
     "every logger gets every line; choose in what reads the log"},
    {"log-socket log-syslog", "give --logger socket:ADDRESS, or --logger syslog:NAME"},
    {"optimize", "give --env PYTHONOPTIMIZE=1"},
    {"no-site", "give a virtualenv with --virtualenv; the interpreter starts as python does"},
    {"pyshell* pyrun python-raw python-worker-override eval", "start python for that"},
    {"py-tracebacker", "look at threads with py-spy dump --pid, which needs nothing in the server"},
    {"cache cache2 cache-* add-cache-item check-cache load-file-in-cache* sharedarea "
     "py-sharedarea queue queue-*",
     "keep what workers share in a service of its own, such as Redis or memcached"},
    {"legion* zerg* multicast* fork-server fork-socket vassal-fork-base",
     "balance and fail over outside of the server, such as with keepalived or an orchestrator"},
    {"chroot pivot-root pivot_root namespace* ns ns-net unshare* setns* jailed cgroup* cap ksm "
     "umount-* mount-* limit-nproc prio never-swap pam* worker-mount",
     "give limits and isolation in the systemd unit (LimitNPROC=, Nice=, RootDirectory=, "
     "PrivateTmp=, …) or the container"},
    {"cgi* php* perl psgi* rack* ruby* lua* jvm* mono* v8* snmp* carbon* rrdtool* nagios ldap* "
     "xslt* pty-* alarm* lq-alarm listen-queue-alarm backlog-alarm segfault-alarm upload-progress "
     "stats-push* metric-alarm",
     "Penstock runs Python apps only; leave it out"},
    {"ping-timeout", "--ping waits for 3 seconds"},
    {"web3 pump wsgi-lite", "apps are WSGI apps (PEP 3333); leave it out"},
    {"abstract-socket", "give --socket @NAME"},
    {"suwsgi-socket puwsgi-socket raw-socket udp ssl-socket",
     "give --socket (uwsgi) or --http-socket (HTTP)"},
    {"plugin-list plugins-list cheaper-list cheaper-algo* loop-list loops-list logger-list "
     "loggers-list alarm-list alarms-list clock-list clocks-list dump-options",
     "see --help"},
    {"wait-for-* wait-iface* wait-interface*",
     "wait before the start, such as with After= and Wants= in the systemd unit"},
    {"envdir early-envdir", "give --env NAME=VALUE, or EnvironmentFile= in the systemd unit"},
    {"fallback-config", "test the new file before: penstock --show-config shows what it means"},
};

bool is_meant(std::string_view pattern, std::string_view name) {
  if (!pattern.ends_with('*')) return pattern == name;
  return name.starts_with(pattern.substr(0, pattern.size() - 1));
}

}  // namespace

std::string_view advice_about(std::string_view uwsgi_name) {
  for (const Advice& advice : kAdvice) {
    const std::vector<std::string_view> names = text::split(advice.names, ' ');
    if (std::any_of(names.begin(), names.end(),
                    [&](std::string_view pattern) { return is_meant(pattern, uwsgi_name); }))
      return advice.text;
  }
  return {};
}

}  // namespace penstock::config
