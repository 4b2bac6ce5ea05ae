/* SPDX-License-Identifier: MIT */
#include "probes_machine.h"

#include "readable_by.h"

#include "base/str.h"

#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

/* As conf/systemd has it. */
#define PROGRAMS_USER "postward"

static const char *
folder_of(struct arena *a, const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL
		   ? "."
		   : arena_copy_bytes(a, path, (size_t)(slash - path));
}

/* ---- users */

static bool
probe_group_of(const struct probe_run *run, const char *section,
    const char *group)
{
	if (group == NULL || group[0] == '\0' || getgrnam(group) != NULL)
		return false;
	probe_wrong(run, arena_printf(run->arena, "%s.group", section),
	    arena_printf(run->arena,
		"there is no group %s: the program does not start%s", group,
		strcmp(group, "postfix") == 0 ? "; is Postfix installed?"
					      : ""));
	return true;
}

void
probe_users(const struct probe_run *run)
{
	const struct settings *s = run->settings;
	bool wrong = probe_group_of(run, "policyd", s->policyd.group);

	wrong |= probe_group_of(run, "forwarder", s->forwarder.group);
	wrong |= probe_group_of(run, "milter", s->milter.group);
	if (getpwnam(PROGRAMS_USER) == NULL) {
		wrong = true;
		probe_wrong(run, NULL,
		    "there is no user " PROGRAMS_USER
		    ", as whom the programs run");
		if (access("/usr/lib/sysusers.d/postward.conf", F_OK) == 0) {
			probe_cure(run, "systemd-sysusers");
			probe_cure(run, "systemd-tmpfiles --create");
		}
	}
	if (!wrong)
		probe_saw(run, REPORT_OK, "they are there");
}

/* ---- access */

static bool
probe_readable(const struct probe_run *run, const char *path,
    const char *cure_mode)
{
	const char *quoted = probe_quoted(run, path);

	if (access(path, F_OK) != 0 || readable_by(PROGRAMS_USER, path))
		return false;
	probe_wrong(run, path,
	    "you can read it, but the programs' user cannot, and mail waits");
	probe_cure(run, "chown %s %s", PROGRAMS_USER, quoted);
	probe_cure(run, "chmod %s %s", cure_mode, quoted);
	return true;
}

static bool
probe_store_file(const struct probe_run *run, const char *path)
{
	const char *quoted = probe_quoted(run, path);

	if (access(path, F_OK) != 0 || writable_by(PROGRAMS_USER, path))
		return false;
	probe_wrong(run, path,
	    "the programs' user cannot write it, and mail waits");
	probe_cure(run, "chown %s %s", PROGRAMS_USER, quoted);
	probe_cure(run, "chmod ug+rw %s", quoted);
	return true;
}

static bool
probe_store_files(const struct probe_run *run, const char *path)
{
	struct arena *a = run->arena;
	const char *folder = folder_of(a, path);
	bool wrong = probe_store_file(run, path);

	wrong |= probe_store_file(run, arena_printf(a, "%s-wal", path));
	wrong |= probe_store_file(run, arena_printf(a, "%s-shm", path));
	if (access(folder, F_OK) != 0 || writable_by(PROGRAMS_USER, folder))
		return wrong;
	probe_wrong(run, folder,
	    "the programs' user cannot make files in it, and mail waits");
	probe_cure(run, "chown %s %s", PROGRAMS_USER,
	    probe_quoted(run, folder));
	probe_cure(run, "chmod ug+rwx %s", probe_quoted(run, folder));
	return true;
}

/* Root reads all; the programs are not root. */
void
probe_access(const struct probe_run *run)
{
	const struct settings *s = run->settings;
	static const char sqlite[] = "sqlite:";
	const char *config = run->in->options[OPTION_CONFIG];
	bool wrong;

	if (getpwnam(PROGRAMS_USER) == NULL) {
		probe_saw(run, REPORT_UNKNOWN,
		    "not looked at: there is no user " PROGRAMS_USER);
		return;
	}
	wrong = probe_readable(run,
	    config == NULL ? settings_default_path : config, "0644");
	if (s->secrets_file != NULL)
		wrong |= probe_readable(run, s->secrets_file, "0600");
	if (s->store_password_file != NULL && s->store_password_file[0] != '\0')
		wrong |= probe_readable(run, s->store_password_file, "0600");
	if (str_starts(s->store_url, sqlite))
		wrong |= probe_store_files(run, s->store_url + strlen(sqlite));
	if (!wrong)
		probe_saw(run, REPORT_OK,
		    "the programs can read and write what they must");
}

/* ---- clock */

static bool
is_container(void)
{
	return access("/run/systemd/container", F_OK) == 0 ||
	       access("/run/host/container-manager", F_OK) == 0 ||
	       access("/.dockerenv", F_OK) == 0;
}

void
probe_clock(const struct probe_run *run)
{
	struct timex t = {0};
	int state = adjtimex(&t);

	if (state < 0)
		probe_saw(run, REPORT_NOTE,
		    "not looked at: the kernel does not tell");
	else if (state != TIME_ERROR && (t.status & STA_UNSYNC) == 0)
		probe_saw(run, REPORT_OK, "it is synchronised");
	else if (is_container())
		probe_saw(run, REPORT_NOTE,
		    "not synchronised, as far as this container can tell");
	else {
		probe_wrong(run, NULL,
		    "not synchronised: SRS addresses and codes have a time in "
		    "them");
		if (access("/run/systemd/system", F_OK) == 0)
			probe_cure(run, "timedatectl set-ntp true");
	}
}

/* ---- disk */

#define FREE_LITTLE ((uint64_t)500 * 1024 * 1024)
#define FREE_NONE   ((uint64_t)50 * 1024 * 1024)
/* In a thousand of all inodes. */
#define INODES_LITTLE 20

static bool
probe_disk_of(const struct probe_run *run, const char *folder)
{
	struct arena *a = run->arena;
	struct statvfs fs;
	uint64_t left;

	if (statvfs(folder, &fs) != 0)
		return false;
	left = (uint64_t)fs.f_bavail * fs.f_frsize;
	if (left < FREE_LITTLE) {
		probe_saw_of(run,
		    left < FREE_NONE ? REPORT_BROKEN : REPORT_WARNING, folder,
		    arena_printf(a, "%llu MB are left",
			(unsigned long long)(left >> 20)));
		return true;
	}
	if (fs.f_files == 0 || fs.f_favail * 1000 / fs.f_files >= INODES_LITTLE)
		return false;
	probe_saw_of(run, REPORT_WARNING, folder,
	    arena_printf(a, "%llu files can still be made",
		(unsigned long long)fs.f_favail));
	return true;
}

void
probe_disk(const struct probe_run *run)
{
	static const char sqlite[] = "sqlite:";
	const char *url = run->settings->store_url;
	const char *listen = run->settings->milter.listen;
	const char *queue =
	    str_starts(listen, "unix:")
		? folder_of(run->arena, listen + strlen("unix:"))
		: "/var/spool";
	bool wrong = probe_disk_of(run, queue);

	if (str_starts(url, sqlite))
		wrong |= probe_disk_of(run,
		    folder_of(run->arena, url + strlen(sqlite)));
	if (!wrong)
		probe_saw(run, REPORT_OK, "there is room for store and queue");
}
