/* SPDX-License-Identifier: MIT */
#include "probes_machine.h"

#include "program_users.h"
#include "readable_by.h"
#include "site_uses.h"

#include "base/file.h"
#include "base/str.h"

#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

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

/* The units name them. */
static bool
probe_user(const struct probe_run *run, const char *user)
{
	if (getpwnam(user) != NULL)
		return false;
	probe_wrong(run, user,
	    "there is no such user, as whom programs run: they do not start");
	return true;
}

/* As sysusers.d makes it: what is not installed with it does without. */
static bool
probe_store_group(const struct probe_run *run, const char *user)
{
	struct arena *a = run->arena;

	if (access(SYSUSERS, F_OK) != 0 || getpwnam(user) == NULL)
		return false;
	if (getgrnam(STORE_GROUP) == NULL)
		probe_wrong(run, STORE_GROUP,
		    "there is no such group, which has the store: the programs "
		    "do not start");
	else if (!user_is_in(user, STORE_GROUP))
		probe_saw_of(run, REPORT_WARNING, user,
		    arena_printf(a, "is not in the group " STORE_GROUP
				    ", which has the store"));
	else
		return false;
	return true;
}

void
probe_users(const struct probe_run *run)
{
	const struct settings *s = run->settings;
	bool wrong = probe_group_of(run, "policyd", s->policyd.group);
	bool ours = probe_user(run, PROGRAMS_USER);

	wrong |= probe_group_of(run, "forwarder", s->forwarder.group);
	wrong |= probe_group_of(run, "milter", s->milter.group);
	ours |= probe_store_group(run, PROGRAMS_USER);
	if (site_uses_form(s) && access(SYSUSERS, F_OK) == 0) {
		ours |= probe_user(run, SIGNUP_USER);
		ours |= probe_store_group(run, SIGNUP_USER);
	}
	if (ours && access(SYSUSERS, F_OK) == 0) {
		probe_cure(run, "systemd-sysusers");
		probe_cure(run, "systemd-tmpfiles --create");
	}
	if (!wrong && !ours)
		probe_saw(run, REPORT_OK, "they are there");
}

/* ---- clock */

static bool
is_container(void)
{
	return access("/run/systemd/container", F_OK) == 0 ||
	       access("/run/host/container-manager", F_OK) == 0 ||
	       access("/.dockerenv", F_OK) == 0;
}

/* Somebody must be there who asks for the time. */
static void
cure_clock(const struct probe_run *run)
{
	static const char *const clients[] = {
	    "systemd-timesyncd", "chrony", "ntpsec", "openntpd", "ntp"};
	bool found = false;

	if (access("/run/systemd/system", F_OK) != 0)
		return;
	for (size_t i = 0; i < sizeof(clients) / sizeof(*clients); i++)
		found |= access(arena_printf(run->arena,
				    "/usr/lib/systemd/system/%s.service",
				    clients[i]),
			     F_OK) == 0;
	if (!found)
		probe_cure(run, "apt-get install -y systemd-timesyncd");
	probe_cure(run, "timedatectl set-ntp true");
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
		cure_clock(run);
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
		? file_folder(run->arena, listen + strlen("unix:"))
		: "/var/spool";
	bool wrong = probe_disk_of(run, queue);

	if (str_starts(url, sqlite))
		wrong |= probe_disk_of(run,
		    file_folder(run->arena, url + strlen(sqlite)));
	if (!wrong)
		probe_saw(run, REPORT_OK, "there is room for store and queue");
}
