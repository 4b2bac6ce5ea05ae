/* SPDX-License-Identifier: MIT */
#include "auth/dkim_record.h"

#include "auth/private/dkim_key.h"
#include "base/str.h"

#include <string.h>

const char *
dkim_record_name(struct arena *a, const char *domain, const char *selector)
{
	return arena_printf(a, "%s._domainkey.%s", selector, domain);
}

enum rc
dkim_record_text(struct arena *a, const struct private_key *key,
    const char **out, struct err *err)
{
	const char *public;
	enum rc rc = private_key_public(key, a, &public, err);

	if (rc != RC_OK)
		return rc;
	*out = arena_printf(a, "v=DKIM1; k=%s; p=%s",
	    private_key_kind(key) == CRYPTO_RSA ? "rsa" : "ed25519", public);
	return RC_OK;
}

void
dkim_record_strings(struct arena *a, const char *text, const char *const **out,
    size_t *n)
{
	size_t len = strlen(text), done = 0;
	const char **strings = arena_take_array(a,
	    len / DKIM_RECORD_STRING_MAX + 1, sizeof(*strings));

	*n = 0;
	do {
		size_t part = len - done < DKIM_RECORD_STRING_MAX
				  ? len - done
				  : DKIM_RECORD_STRING_MAX;

		strings[(*n)++] = arena_copy_bytes(a, text + done, part);
		done += part;
	} while (done < len);
	*out = strings;
}

const char *
dkim_record_line(struct arena *a, const char *name, const char *text)
{
	const char *const *strings;
	struct str line;
	size_t n;

	dkim_record_strings(a, text, &strings, &n);
	str_init(&line, a);
	/* In quotes a semicolon begins no comment, and nothing that we write
	   needs a backslash. */
	str_addf(&line, "%s. IN TXT", name);
	for (size_t i = 0; i < n; i++)
		str_addf(&line, " \"%s\"", strings[i]);
	return line.text;
}

/* However the key is written there: what counts is that it verifies what ours
   signs. */
static bool
dkim_record_verifies(struct arena *a, const struct private_key *key,
    const struct dkim_key *published)
{
	static const unsigned char digest[CRYPTO_SHA256_LEN] = "any";
	const unsigned char *signature;
	size_t len;
	bool weak;

	return published->public.kind == private_key_kind(key) &&
	       private_key_sign(key, a, digest, &signature, &len, NULL) ==
		   RC_OK &&
	       crypto_verify(&published->public, digest, signature, len, &weak,
		   NULL) == RC_OK;
}

enum dkim_record_state
dkim_record_judge(struct arena *a, const struct private_key *key,
    const struct dns_query *answer, const char **why)
{
	struct dkim_key published;
	struct err err = {0};
	enum rc rc = dkim_key_choose(a, answer, &published, &err);

	*why = NULL;
	if (rc == RC_OK && dkim_record_verifies(a, key, &published))
		return DKIM_RECORD_SEEN;
	*why =
	    rc == RC_OK ? "it holds another key" : arena_copy_text(a, err.text);
	if (rc == RC_TEMP)
		return DKIM_RECORD_UNKNOWN;
	return answer->rc == RC_OK ? DKIM_RECORD_OTHER : DKIM_RECORD_MISSING;
}

const char *
dkim_record_state_name(enum dkim_record_state state)
{
	static const char *const names[] = {
	    [DKIM_RECORD_UNKNOWN] = "unknown",
	    [DKIM_RECORD_SEEN] = "published",
	    [DKIM_RECORD_MISSING] = "missing",
	    [DKIM_RECORD_OTHER] = "another key",
	};

	return names[state];
}
