/* SPDX-License-Identifier: MIT */
#include "net/listen_set.h"

#include <string.h>

static const struct listen_socket *
find_listen_socket(const struct listen_set *set, const char *address)
{
	for (size_t i = 0; i < set->n; i++)
		if (strcmp(set->sockets[i].address, address) == 0)
			return &set->sockets[i];
	return NULL;
}

static enum rc
add_listen_socket(struct listen_set *set, const struct listen_set *old,
    const char *address, const struct listen_settings *settings,
    struct err *err)
{
	const struct listen_socket *open = find_listen_socket(old, address);
	enum rc rc = RC_OK;

	if (find_listen_socket(set, address) != NULL)
		return err_set(err, RC_PERM, "%s: given twice", address);
	if (open != NULL)
		set->sockets[set->n] = *open;
	else
		rc = listen_open(address, settings, &set->sockets[set->n], err);
	set->n += rc == RC_OK;
	return rc;
}

enum rc
listen_set_open(const struct listen_set *old, const char *const *addresses,
    size_t n, const struct listen_settings *settings, struct listen_set *out,
    struct err *err)
{
	enum rc rc = RC_OK;

	out->n = 0;
	if (n < 1 || n > LISTEN_SET_MAX)
		return err_set(err, RC_PERM,
		    "%zu addresses to listen on, expected 1 to %d", n,
		    LISTEN_SET_MAX);
	for (size_t i = 0; i < n && rc == RC_OK; i++)
		rc = add_listen_socket(out, old, addresses[i], settings, err);
	if (rc != RC_OK)
		listen_set_close(out, old);
	return rc;
}

void
listen_set_close(struct listen_set *set, const struct listen_set *but)
{
	for (size_t i = 0; i < set->n; i++)
		if (but == NULL ||
		    find_listen_socket(but, set->sockets[i].address) == NULL)
			listen_close(&set->sockets[i]);
	set->n = 0;
}
