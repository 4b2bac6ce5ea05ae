/* SPDX-License-Identifier: MIT */
/* The files of secrets: who has which. */
#include "store_secrets.h"

#include "base/str.h"
#include "output.h"
#include "program/secrets.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* As sysusers.d makes them. */
#define PROGRAMS "postward"
#define SIGNUP   "postward-signup"

/* Of the programs: who has the store, if it is a file. */
static struct secrets_owner
programs_owner(const char *store_file)
{
	const struct passwd *user = getpwnam(PROGRAMS);
	struct stat st;

	if (store_file != NULL && stat(store_file, &st) == 0)
		return (struct secrets_owner){st.st_uid, st.st_gid, 0600};
	if (user != NULL)
		return (struct secrets_owner){user->pw_uid, user->pw_gid, 0600};
	return (struct secrets_owner){geteuid(), getegid(), 0600};
}

/* Of the web form, which other programs have no need to read. */
static struct secrets_owner
codes_owner(const char *store_file)
{
	const struct group *group = getgrnam(SIGNUP);

	if (group == NULL)
		return programs_owner(store_file);
	return (struct secrets_owner){geteuid(), group->gr_gid, 0640};
}

gid_t
store_secrets_group(const struct settings *s)
{
	const struct passwd *user = getpwnam(PROGRAMS);
	struct stat st;

	/* Not the group of the file, which is the web form's too. */
	if (user == NULL && str_starts(s->store_url, "sqlite:") &&
	    stat(s->store_url + strlen("sqlite:"), &st) == 0)
		user = getpwuid(st.st_uid);
	return user != NULL ? user->pw_gid : getegid();
}

static enum rc
create_secret(const char *path, struct secrets_owner owner, struct err *err)
{
	enum rc rc = secrets_make_for(path, &owner, err);

	if (rc == RC_OK)
		printf("%s: made\n", path);
	return rc == RC_NONE ? RC_OK : rc;
}

enum rc
store_secrets_make_approvals(const struct settings *s, struct err *err)
{
	struct secrets_owner own = {geteuid(), getegid(), 0600};

	return create_secret(s->approvals_file, own, err);
}

enum rc
store_secrets_make(const struct settings *s, const char *store_file,
    struct err *err)
{
	enum rc rc = RC_OK;

	if (s->secrets_file != NULL)
		rc = create_secret(s->secrets_file, programs_owner(store_file),
		    err);
	if (rc == RC_OK)
		rc = create_secret(s->codes_file, codes_owner(store_file), err);
	return rc == RC_OK ? store_secrets_make_approvals(s, err) : rc;
}
