/* SPDX-License-Identifier: MIT */
#include "as_user.h"

#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define GROUPS_MAX 256
#define PATIENCE   30 /* seconds */

/* What the child tells, in one piece: less than PIPE_BUF. */
struct told {
	enum rc rc;
	struct err err;
};

static bool
become(const char *user, const struct passwd *pw)
{
	gid_t groups[GROUPS_MAX];
	int n = GROUPS_MAX;

	return pw != NULL && getgrouplist(user, pw->pw_gid, groups, &n) >= 0 &&
	       setgroups((size_t)n, groups) == 0 && setgid(pw->pw_gid) == 0 &&
	       setuid(pw->pw_uid) == 0;
}

/* Does not return. */
static void
child_acts(int out, const char *user, const struct passwd *pw,
    enum rc (*act)(const void *context, struct err *err), const void *context)
{
	struct told told = {.rc = RC_TEMP};
	ssize_t written;

	alarm(PATIENCE);
	if (geteuid() == 0 && !become(user, pw))
		err_set(&told.err, RC_TEMP, "cannot become %s", user);
	else
		told.rc = act(context, &told.err);
	written = write(out, &told, sizeof(told));
	_exit(written == (ssize_t)sizeof(told) ? 0 : 1);
}

enum rc
as_user(const char *user, enum rc (*act)(const void *context, struct err *err),
    const void *context, struct err *err)
{
	struct passwd *pw = getpwnam(user);
	struct told told;
	int ends[2];
	ssize_t got;
	pid_t child;

	if (pw == NULL && geteuid() == 0)
		return err_set(err, RC_NONE, "there is no user %s", user);
	if (pipe(ends) != 0)
		return err_set(err, RC_TEMP, "no pipe");
	child = fork();
	if (child == 0)
		child_acts(ends[1], user, pw, act, context);
	close(ends[1]);
	got = child < 0 ? -1 : read(ends[0], &told, sizeof(told));
	close(ends[0]);
	if (child > 0)
		waitpid(child, NULL, 0);
	if (got != (ssize_t)sizeof(told))
		return err_set(err, RC_TEMP, "no answer in %d seconds",
		    PATIENCE);
	return err_set(err, told.rc, "%s", told.err.text);
}
