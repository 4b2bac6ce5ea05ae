/* SPDX-License-Identifier: MIT */
#include "base/str.h"
#include "forwarding/private/source.h"

#include <string.h>

/* The system is asked only about names that useradd lets pass. */
static bool
is_unix_name(const char *name)
{
	return name[0] != '\0' &&
	       name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-.")] ==
		   '\0';
}

static bool
home_may_have(const struct source_question *q)
{
	return q->settings->home_of != NULL &&
	       is_unix_name(str_lower(q->arena, q->address->local));
}

/* A user without the file has an account without targets. */
static enum rc
find_at_home(const struct source_question *q, struct source_account *out,
    struct err *err)
{
	const char *name = str_lower(q->arena, q->address->local);
	struct unix_user user;
	struct dot_forward file;
	enum rc rc = q->settings->home_of(q->arena, name, &user, err);

	if (rc != RC_OK)
		return rc;
	rc = dot_forward_read(q->arena, &user, q->address->domain, &file, err);
	if (rc == RC_NONE)
		return RC_OK;
	if (rc != RC_OK)
		return rc;
	*out = (struct source_account){
	    .targets = file.targets,
	    .n = file.n,
	    .note = file.note,
	};
	return RC_OK;
}

const struct source source_home = {
    .name = "home",
    .outside = true,
    .may_have = home_may_have,
    .find = find_at_home,
};
