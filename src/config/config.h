// SPDX-License-Identifier: MIT
// The one configuration. Every door (flags, ini, TOML, environment) fills this; nothing else
// reads options. Defaults suit a small server; units and ranges are in the option table.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "config/log_format.h"
#include "config/log_targets.h"
#include "config/protocol.h"

namespace penstock::config {

/// One option as somebody wrote it, in order: the common form of every door.
struct Setting {
  std::string name;    // long name, without dashes: "processes"
  std::string value;   // "true" for a bare flag
  std::string origin;  // for errors: "command line", "site.ini:12", "environment UWSGI_PROCESSES"
};
using Settings = std::vector<Setting>;

struct ListenConfig {
  Protocol protocol = Protocol::Http;
  std::string address;  // net::Address::parse() or "fd://N"
  std::string origin;
};

struct SocketConfig {
  int backlog = 1024;
  std::optional<mode_t> chmod;
  std::string chown;
  bool reuse_port = false;
  std::vector<std::string> shared;       // addresses that build() has put in the place of "=0", …
  bool fastcgi_stderr = false;           // wsgi.errors to the web server too
  Protocol inherited = Protocol::Uwsgi;  // what the sockets speak that systemd passed
  Protocol standard_input = Protocol::FastCgi;  // and the one that is descriptor 0
  // The IP addresses of peers that are served; nothing: all are. UNIX sockets are for everybody.
  std::optional<std::vector<std::string>> fastcgi_peers;  // $FCGI_WEB_SERVER_ADDRS
  std::optional<std::vector<std::string>> scgi_peers;     // set by penstock.scgi only
};

/// The app and the interpreter that runs it.
struct AppConfig {
  std::string module;      // "package.module", "module:callable", "module:create()"
  std::string file;        // path of a .py or .wsgi file
  std::string callable;    // default: "application", then "app"
  std::string virtualenv;  // its bin/python runs the app
  std::string chdir;
  std::string later_chdir;               // entered once the app is loaded
  std::vector<std::string> python_path;  // put before sys.path, in this order
  std::vector<std::pair<std::string, std::string>> environment;
  std::vector<std::string> unset;      // variables that are not inherited
  std::vector<std::string> arguments;  // sys.argv[1:]
  bool lazy = false;                   // import in each worker, after the fork
};

struct WorkerConfig {
  int processes = 1;
  int threads = 1;
  int max_connections = 20000;     // of one worker, idle ones too
  int max_connections_per_ip = 0;  // of one worker; 0: unlimited
  int queue = 1024;                // requests that wait for an app thread; more get 503
  milliseconds stop_grace = 60s;   // worker-reload-mercy: how long running requests may finish
};

/// When a worker is replaced by a fresh one. 0: never for that reason.
struct RecycleConfig {
  std::uint64_t max_requests = 0;
  std::uint64_t max_requests_delta = 0;  // times (number - 1) is added
  milliseconds min_lifetime = 10s;       // not before, for any reason that is not an emergency
  milliseconds max_lifetime{0};
  milliseconds max_lifetime_delta{0};  // times (number - 1) is added
  std::uint64_t rss = 0;               // bytes
  std::uint64_t address_space = 0;
  std::uint64_t evil_rss = 0;  // at once
  std::uint64_t evil_address_space = 0;
};

/// How many workers run when there is little to do.
struct ElasticConfig {
  int minimum = 0;  // cheaper; 0: always all
  int initial = 0;  // cheaper-initial; 0: the minimum
  int step = 1;
  milliseconds overload = 3s;  // quiet for so long: one worker fewer
  milliseconds idle{0};        // without a request for so long: no worker at all; 0: never
  bool cheap = false;          // none before the first connection
  bool die_on_idle = false;    // the server ends instead
};

/// Reloading when a module of the app changes.
struct AutoreloadConfig {
  bool enabled = false;
};

/// How long a request may take. 0: as long as it likes.
struct TimeConfig {
  milliseconds harakiri{0};          // in the app, from its call on
  milliseconds http_harakiri{0};     // the same, where harakiri is not set
  milliseconds harakiri_grace = 5s;  // after that, until its worker is replaced
  bool harakiri_raise = true;        // an exception in the app's thread comes first
  bool harakiri_verbose = false;     // log what the kernel knows of the thread
  milliseconds queue{0};             // waiting for an app thread
};

/// What the kernel is asked to give to the processes that run the app. 0: all there is.
struct ResourceConfig {
  std::uint64_t address_space = 0;  // bytes, of the import and of each worker
  int cpus = 0;                     // that each worker may run on
};

/// Limits on what a peer may do (S9). 0 switches a time-out off.
struct LimitConfig {
  std::size_t head_bytes = 65536;
  std::size_t line_bytes = 16384;
  std::size_t fields = 256;
  std::size_t variables = 4096;
  std::uint64_t body_bytes = 1ULL << 30;
  // Larger bodies are spooled. Nothing: those above kLargeBodyMemory, and of those
  // above kBodyMemory the ones for which kLargeBodiesMemory of the worker do not suffice.
  std::optional<std::uint64_t> body_memory;
  static constexpr std::uint64_t kBodyMemory = 64ULL * 1024;
  static constexpr std::uint64_t kLargeBodyMemory = 1ULL << 20;
  static constexpr std::uint64_t kLargeBodiesMemory = 16ULL << 20;
  std::uint64_t response_memory = 256ULL * 1024;  // of one connection, then a file
  std::uint64_t response_buffer = 1ULL << 30;     // memory and file; then the app waits
  std::string spool_directory;                    // default: $TMPDIR, else /var/tmp
  milliseconds header_timeout = 15s;
  milliseconds body_timeout = 30s;  // plus received bytes / minimum rate
  milliseconds keepalive_timeout = 65s;
  milliseconds write_timeout = 60s;      // plus sent bytes / minimum rate
  std::uint64_t minimum_rate = 500;      // bytes a second, for bodies and answers; 0: none
  std::uint64_t keepalive_requests = 0;  // 0: unlimited
};

/// The request log. Without `requests` only the lines that one of the conditions asks for.
struct LogConfig {
  int descriptor = 2;  // where the lines go
  bool requests = true;
  bool client_errors = false;       // 4xx
  bool server_errors = false;       // 5xx
  bool empty = false;               // no body
  bool files = false;               // by sendfile
  bool failed = false;              // the client was gone
  std::uint64_t slow = 0;           // milliseconds; 0: off
  milliseconds slow_stack{0};       // requests that run for so long leave their stack; 0: off
  std::uint64_t big = 0;            // bytes of the body; 0: off
  std::string format;               // empty: uWSGI's line
  std::optional<LogEscape> escape;  // nothing: as the format looks
  bool timings = false;
  bool micros = false;
  bool memory = false;
  bool forwarded_for = false;
  std::string date;  // strftime(3), for messages and %(ftime); empty: none
  bool date_in_format = false;
};

/// Who may look at what the server does. Empty addresses: nobody.
struct StatsConfig {
  std::string address;  // net::Address::parse() or "fd://N"
  std::string metrics;  // likewise, for Prometheus
  bool http = false;
  bool minified = false;
  bool cores = true;
};

/// Where the log goes: standard error if no file is named. Paths.
struct LogFileConfig {
  std::string daemonize;   // a daemon's, from the start
  std::string daemonize2;  // a daemon's, once it serves
  std::string logto;
  std::string logto2;  // opened as the user that the server becomes
  bool truncate = false;
  bool reopen_on_reload = false;
  bool give_to_user = false;   // to uid and gid
  std::optional<mode_t> mode;  // default: 0640 for a new file
  std::uint64_t max_bytes = 0;
  std::string backup_name;
  std::vector<std::string> touch_reopen;
  std::vector<std::string> touch_rotate;

  bool is_daemon() const { return !daemonize.empty() || !daemonize2.empty(); }
};

/// How the server lives among other services.
struct ServiceConfig {
  std::string pidfile;   // written as the user that starts the server
  std::string pidfile2;  // written as the user that it becomes
  std::string uid;       // names or numbers
  std::string gid;
  std::vector<std::string> additional_gids;
  std::optional<mode_t> umask;
  std::vector<std::string> master_fifos;
  std::vector<std::string> touch_reload;
  std::vector<std::string> touch_workers_reload;
  std::vector<std::string> touch_chain_reload;
};

/// What ps shows; nothing is changed where nothing is set.
struct ProcessNamesConfig {
  bool automatic = false;
  std::string all;
  std::string master;
  std::string prefix;
  std::string suffix;
};

struct Config {
  std::vector<ListenConfig> listen;
  SocketConfig socket;
  AppConfig app;
  WorkerConfig worker;
  RecycleConfig recycle;
  ElasticConfig elastic;
  AutoreloadConfig autoreload;
  TimeConfig time;
  ResourceConfig resources;
  LimitConfig limits;
  std::string health;  // path of requests that the server answers without the app; empty: none
  LogConfig log;
  StatsConfig stats;
  LogFileConfig log_file;
  LogTargetsConfig log_targets;
  ServiceConfig service;
  ProcessNamesConfig process_names;
  bool show = false;  // print the settings at the start: show-config
};

}  // namespace penstock::config
