/* SPDX-License-Identifier: MIT */
#include "probe.h"
#include "probes_files.h"
#include "probes_machine.h"

const struct probe machine_probes[] = {
    {"users", NEED_NOTHING, REPORT_BROKEN, probe_users,
	"whether the users and groups are there that the programs have",
	"a program without its group does not start", "systemd-sysusers(8)"},
    {"access", NEED_ROOT, REPORT_BROKEN, probe_access,
	"whether the programs' user can read configuration, secrets and store",
	"root can, but the programs are not root", "systemd-tmpfiles(8)"},
    {"clock", NEED_NOTHING, REPORT_WARNING, probe_clock,
	"whether the clock is synchronised",
	"SRS addresses and codes have a time in them", "timedatectl(1)"},
    {"hosts-file", NEED_NOTHING, REPORT_WARNING, probe_hosts_file,
	"whether /etc/hosts takes the host's name for this machine alone",
	"it is asked before DNS", "hosts(5)"},
    {"disk", NEED_NOTHING, REPORT_WARNING, probe_disk,
	"whether there is room for store and queue",
	"a full disk stops all mail", "postward(1), CHECKS"},
    {"versions", NEED_ROOT, REPORT_WARNING, probe_versions,
	"whether the programs that run are those that are installed",
	"an upgrade counts after a restart", "postward(1), CHECKS"},
    {"units", NEED_NOTHING, REPORT_BROKEN, probe_units,
	"whether the units run, are enabled, and were not restarted by systemd",
	"after a restart of the machine all mail waits", "systemctl(1)"},
    {"configuration-loaded", NEED_ROOT, REPORT_WARNING,
	probe_configuration_loaded,
	"whether the programs have read configuration, secrets and keys as "
	"they are",
	"what is changed there does not count before", "systemctl(1), reload"},
    {"denials", NEED_NOTHING, REPORT_WARNING, probe_denials,
	"whether AppArmor or SELinux have forbidden a program something",
	"it fails in ways that its own log cannot explain", "journalctl(1)"},
};

const size_t machine_probes_n =
    sizeof(machine_probes) / sizeof(*machine_probes);
