// SPDX-License-Identifier: MIT
// Options about the app and what runs it.
#include "config/option_fields.h"
#include "config/option_sections.h"
#include "config/option_values.h"

namespace penstock::config {
namespace {

constexpr Option kApp[] = {
    {.names = "module wsgi",
     .letter = 'w',
     .placeholder = "MODULE",
     .effect = text_in<&Config::app, &AppConfig::module>(),
     .help = "The app: package.module, module:callable or module:factory()"},
    {.names = "wsgi-file file",
     .placeholder = "FILE",
     .effect = text_in<&Config::app, &AppConfig::file>(),
     .help = "The app, in a .py or .wsgi file"},
    {.names = "callable",
     .placeholder = "NAME",
     .standard = "application, else app",
     .effect = text_in<&Config::app, &AppConfig::callable>(),
     .help = "What to call in the module or file; NAME() calls a factory first"},
    {.names = "virtualenv home venv pyhome",
     .letter = 'H',
     .placeholder = "DIR",
     .standard = "the python beside penstock, else python3",
     .effect = text_in<&Config::app, &AppConfig::virtualenv>(),
     .help = "The virtualenv whose bin/python runs the app"},
    {.names = "pythonpath pp python-path",
     .kind = Kind::List,
     .placeholder = "DIR",
     .effect = Custom{add_python_path, "a folder or a pattern"},
     .help = "A folder to put before sys.path; patterns such as /srv/*/lib are expanded"},
    {.names = "chdir",
     .placeholder = "DIR",
     .effect = text_in<&Config::app, &AppConfig::chdir>(),
     .help = "The folder to work in, entered before the app is imported"},
    {.names = "chdir2",
     .placeholder = "DIR",
     .effect = text_in<&Config::app, &AppConfig::later_chdir>(),
     .help = "The folder to work in once the app is imported"},
    {.names = "env",
     .kind = Kind::List,
     .placeholder = "NAME=VALUE",
     .effect = Custom{add_variable, "NAME=VALUE"},
     .help = "An environment variable for the app's os.environ"},
    {.names = "unenv",
     .kind = Kind::List,
     .placeholder = "NAME",
     .effect = list_in<&Config::app, &AppConfig::unset>("a name"),
     .help = "A variable of the environment that the app's os.environ does not get"},
    {.names = "pyargv",
     .placeholder = "WORDS",
     .effect = Custom{set_arguments, "words"},
     .help = "sys.argv[1:], with blanks between"},
    {.names = "lazy-apps lazy",
     .kind = Kind::Flag,
     .effect = switch_in<&Config::app, &AppConfig::lazy>(),
     .help = "Import the app in each worker, not once before they fork"},
};

constexpr Option kProcesses[] = {
    {.names = "processes workers",
     .letter = 'p',
     .placeholder = "N",
     .effect = number<&Config::worker, &WorkerConfig::processes>(Unit::Count, 1, 4096),
     .help = "Worker processes"},
    {.names = "threads",
     .placeholder = "N",
     .effect = number<&Config::worker, &WorkerConfig::threads>(Unit::Count, 1, 1024),
     .help = "Threads of each worker that run the app"},
    {.names = "max-connections",
     .placeholder = "N",
     .effect = number<&Config::worker, &WorkerConfig::max_connections>(Unit::Count, 1, 10'000'000),
     .help = "Connections that a worker holds at once, idle ones too"},
    {.names = "max-connections-per-ip",
     .placeholder = "N",
     .effect = number<&Config::worker, &WorkerConfig::max_connections_per_ip>(
         Unit::Count, 0, 10'000'000, "unlimited"),
     .help = "The same of one client address"},
    {.names = "max-queue",
     .placeholder = "N",
     .effect = number<&Config::worker, &WorkerConfig::queue>(Unit::Count, 0, 1'000'000),
     .help = "Requests that wait in a worker for a thread; more are answered 503"},
    {.names = "worker-reload-mercy",
     .placeholder = "TIME",
     .effect = number<&Config::worker, &WorkerConfig::stop_grace>(Unit::Time, 0, kDay),
     .help = "How long running requests may finish when a worker stops"},
};

constexpr Option kGeneral[] = {
    {.names = "help usage",
     .letter = 'h',
     .kind = Kind::Flag,
     .effect = Mode::Help,
     .help = "Show this help"},
    {.names = "version", .kind = Kind::Flag, .effect = Mode::Version, .help = "Show the version"},
    {.names = "help-markdown",
     .kind = Kind::Flag,
     .effect = Mode::Reference,
     .help = "Show the reference of all options, which is docs/options.md"},
};

}  // namespace

Section app_section() {
  return {"The app", kApp};
}

Section processes_section() {
  return {"Processes and threads", kProcesses};
}

Section general_section() {
  return {"General", kGeneral};
}

}  // namespace penstock::config
