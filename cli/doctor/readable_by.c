/* SPDX-License-Identifier: MIT */
#include "readable_by.h"

#include <grp.h>
#include <pwd.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

#define GROUPS_MAX 256

enum {
	READABLE,
	UNREADABLE,
	UNKNOWN
};

static bool
permitted_to(const char *user, const char *path, int mode)
{
	gid_t groups[GROUPS_MAX];
	int n = GROUPS_MAX, status;
	struct passwd *pw;
	pid_t child;

	if (geteuid() != 0)
		return true;
	pw = getpwnam(user);
	if (pw == NULL || getgrouplist(user, pw->pw_gid, groups, &n) < 0)
		return true;
	child = fork();
	if (child == 0) {
		if (setgroups((size_t)n, groups) != 0 ||
		    setgid(pw->pw_gid) != 0 || setuid(pw->pw_uid) != 0)
			_exit(UNKNOWN);
		_exit(access(path, mode) == 0 ? READABLE : UNREADABLE);
	}
	return child < 0 || waitpid(child, &status, 0) != child ||
	       !WIFEXITED(status) || WEXITSTATUS(status) != UNREADABLE;
}

bool
readable_by(const char *user, const char *path)
{
	return permitted_to(user, path, R_OK);
}

bool
writable_by(const char *user, const char *path)
{
	return permitted_to(user, path, R_OK | W_OK);
}

bool
searchable_by(const char *user, const char *folder)
{
	return permitted_to(user, folder, X_OK);
}

bool
user_is_in(const char *user, const char *group)
{
	const struct passwd *pw = getpwnam(user);
	const struct group *gr = getgrnam(group);
	gid_t groups[GROUPS_MAX];
	int n = GROUPS_MAX;

	if (pw == NULL || gr == NULL ||
	    getgrouplist(user, pw->pw_gid, groups, &n) < 0)
		return false;
	for (int i = 0; i < n; i++)
		if (groups[i] == gr->gr_gid)
			return true;
	return false;
}
