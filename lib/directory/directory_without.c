/* SPDX-License-Identifier: MIT */
/* In place of directory_connection.c and directory_answer.c where the library
   of LDAP was not there at the build. */
#include "directory/private/directory_connection.h"

const bool directory_is_built = false;

enum rc
directory_connection_open(struct directory_try *t,
    struct directory_connection **out, struct err *err)
{
	(void)out;
	t->failure = DIRECTORY_FAILED_CONNECT;
	t->server_failed = t->broken = true;
	return err_set(err, RC_TEMP, "built without libldap");
}

void
directory_connection_close(struct directory_connection *c)
{
	(void)c;
}

enum rc
directory_connection_search(struct directory_connection *c,
    struct directory_try *t, const struct directory_search *search,
    struct directory_entry *out, struct err *err)
{
	(void)c;
	(void)search;
	(void)out;
	return directory_connection_open(t, NULL, err);
}
