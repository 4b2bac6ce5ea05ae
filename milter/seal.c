/* SPDX-License-Identifier: MIT */
#include "seal.h"

#include "leaving.h"
#include "mail/header.h"
#include "program/sealing_key.h"

#include <string.h>

/* As the milter tells them. */
static const char *
results_told(const struct stamp *stamp)
{
	for (size_t i = 0; i < stamp->n_fields; i++)
		if (header_is(stamp->fields[i].name, "Authentication-Results"))
			return stamp->fields[i].value;
	return NULL;
}

static enum rc
seal_leaving(struct leaving *leaving, const struct seal_request *request,
    const struct signing_key *key, struct message_seal *out, struct err *err)
{
	struct arena *a = leaving->arena;
	const struct arc_sealing sealing = {
	    .key = key->key,
	    .domain = key->domain,
	    .selector = key->selector,
	    .fields = leaving->fields,
	    .n = leaving->n,
	    .chain = &request->results->arc,
	    .body =
		leaving_body(leaving, request->authentication, request->stamp),
	    .results = results_told(request->stamp),
	    .now = request->now,
	};
	enum rc rc = arc_seal(a, &sealing, &out->set, err);

	if (rc == RC_OK)
		out->by = arena_printf(a, "%s/%s", key->domain, key->selector);
	return rc;
}

enum rc
seal_message(struct arena *a, const struct seal_request *request,
    struct message_seal *out, struct err *err)
{
	struct leaving leaving;
	struct signing_choice choice;
	enum rc rc;

	*out = (struct message_seal){0};
	rc = sealing_key_find(request->settings, request->keys, &choice, err);
	if (rc != RC_OK) {
		signing_keys_give(request->keys, &choice);
		return RC_TEMP;
	}
	leaving_open(&leaving, a, request->authentication, request->stamp,
	    request->signatures->values, request->signatures->n);
	/* Further below there may be more of its chain. */
	rc = leaving.cut
		 ? err_set(err, RC_PERM, "a header too long to be sealed")
		 : seal_leaving(&leaving, request, &choice.keys[0], out, err);
	leaving_close(&leaving);
	signing_keys_give(request->keys, &choice);
	return rc;
}
