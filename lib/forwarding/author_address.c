/* SPDX-License-Identifier: MIT */
#include "forwarding/author_address.h"

#include "outbox/keyed_hash.h"

enum rc
author_address_make(const struct author_settings *settings, struct arena *a,
    const struct address *author, struct author_address *out, struct err *err)
{
	const struct return_path_settings *return_path = settings->return_path;
	const struct srs *srs = return_path->srs;
	const char *texts[] = {"author", address_key(a, author), NULL};

	if (return_path->trouble != NULL)
		return err_set(err, RC_TEMP, "%s", return_path->trouble);
	if (srs == NULL || srs->n_secrets == 0)
		return err_set(err, RC_TEMP, "srs: there is no secret");
	out->token = arena_copy_bytes(a,
	    keyed_hash(a,
		&(struct keyed_secrets){
		    .all = srs->secrets, .n = srs->n_secrets},
		texts),
	    AUTHOR_TOKEN_LEN);
	out->text = arena_printf(a, "%s@%s", out->token, settings->domain);
	return RC_OK;
}
