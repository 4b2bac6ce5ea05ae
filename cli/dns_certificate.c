/* SPDX-License-Identifier: MIT */
#include "dns_certificate.h"

#include "caa.h"
#include "certificate.h"
#include "postconf.h"
#include "postfix_list.h"

#include "base/file.h"

#include <string.h>

#define CERTIFICATE_FILE_MAX ((size_t)1024 * 1024)

/* The first certificate of a file, which may have its key and chain, too. */
static enum rc
certificate_of_file(const struct invocation *in, const char *path,
    struct certificate **out)
{
	char *text;
	const char *pem;
	size_t len;

	if (file_read(in->arena, path, CERTIFICATE_FILE_MAX, &text, &len, NULL,
		NULL) != RC_OK)
		return RC_NONE;
	pem = strstr(text, "-----BEGIN CERTIFICATE-----");
	return pem == NULL ? RC_NONE : certificate_open(&pem, 1, out, NULL);
}

static enum rc
certificate_of_postfix(const struct invocation *in, struct certificate **out)
{
	struct arena *a = in->arena;
	struct postfix_view *view;
	struct postfix_list files;
	enum rc rc = postconf_view(in, &view, NULL);

	if (rc != RC_OK)
		return rc;
	files = postfix_list_read(a,
	    arena_printf(a, "%s %s",
		postfix_text(view, a, "smtpd_tls_chain_files"),
		postfix_text(view, a, "smtpd_tls_cert_file")));
	rc = RC_NONE;
	for (size_t i = 0; i < files.n && rc != RC_OK; i++)
		rc = certificate_of_file(in, files.words[i], out);
	return rc;
}

void
dns_certificate_read(const struct invocation *in, struct dns_wanted_of *out)
{
	struct certificate_seen seen;
	struct certificate *it;

	if (certificate_of_postfix(in, &it) != RC_OK)
		return;
	certificate_look(it, in->arena, out->host, &seen);
	out->tlsa = certificate_tlsa(it, in->arena);
	if (seen.issuer != NULL)
		out->issuer = caa_name_of_issuer(seen.issuer);
	certificate_close(it);
}
