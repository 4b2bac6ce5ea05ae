/* SPDX-License-Identifier: MIT */
/* Whom a server of the directory must be, and in plain words why it is not. */
#include "directory/private/directory_stream.h"

#include "base/arena.h"
#include "base/ip.h"
#include "base/str.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#define NAMES_SHOWN 3

static void
add_name(struct str *s, const char *name, size_t len)
{
	str_addf(s, "%s%s", s->len == 0 ? "" : ", ",
	    str_printable(s->arena, name, len, 60));
}

/* "ldap.example, *.example", as far as they are shown. */
static void
add_alternative_names(struct str *s, const X509 *certificate)
{
	GENERAL_NAMES *names =
	    X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	int n = 0;

	for (int i = 0; i < sk_GENERAL_NAME_num(names) && n < NAMES_SHOWN;
	     i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type != GEN_DNS)
			continue;
		add_name(s,
		    (const char *)ASN1_STRING_get0_data(name->d.dNSName),
		    (size_t)ASN1_STRING_length(name->d.dNSName));
		n++;
	}
	GENERAL_NAMES_free(names);
}

static const char *
certificate_names(struct arena *a, const X509 *certificate)
{
	char common[100] = "";
	struct str s;

	str_init(&s, a);
	add_alternative_names(&s, certificate);
	if (s.len == 0 &&
	    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate),
		NID_commonName, common, sizeof(common)) > 0)
		add_name(&s, common, strlen(common));
	return s.len == 0 ? "no host" : s.text;
}

static const char *
day_of(struct arena *a, const ASN1_TIME *time)
{
	struct tm tm;

	return ASN1_TIME_to_tm(time, &tm) != 1
		   ? "a day that cannot be read"
		   : arena_printf(a, "%04d-%02d-%02d", tm.tm_year + 1900,
			 tm.tm_mon + 1, tm.tm_mday);
}

/* What is wrong with this certificate of the chain that a server shows. */
static const char *
verify_words(struct arena *a, X509_STORE_CTX *store,
    const struct directory_stream *s)
{
	int code = X509_STORE_CTX_get_error(store);
	const X509 *shown = X509_STORE_CTX_get_current_cert(store);
	const char *whose = X509_STORE_CTX_get_error_depth(store) == 0
				? "its certificate"
				: "the certificate of who has signed for it";

	switch (code) {
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		return arena_printf(a,
		    "its certificate is for %s, and not for %s",
		    certificate_names(a, shown), s->server->host);
	case X509_V_ERR_CERT_HAS_EXPIRED:
		return arena_printf(a, "%s has expired on %s", whose,
		    day_of(a, X509_get0_notAfter(shown)));
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return arena_printf(a, "%s is not valid before %s", whose,
		    day_of(a, X509_get0_notBefore(shown)));
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		return arena_printf(a,
		    "its certificate is signed by nobody whom ldap.ca names "
		    "(%s)",
		    X509_verify_cert_error_string(code));
	}
	return arena_printf(a, "%s: %s", whose,
	    X509_verify_cert_error_string(code));
}

static int
verify_done(int ok, X509_STORE_CTX *store)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store,
	    SSL_get_ex_data_X509_STORE_CTX_idx());
	struct directory_stream *s = SSL_get_app_data(ssl);
	struct arena *a;

	if (ok || s == NULL || s->why[0] != '\0')
		return ok;
	a = arena_new();
	snprintf(s->why, sizeof(s->why), "%s", verify_words(a, store, s));
	arena_free(a);
	return ok;
}

enum rc
directory_tls_open(const char *ca, SSL_CTX **out, struct err *err)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_client_method());

	if (tls == NULL)
		abort();
	SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
	/* What the file names is trusted, also where it is not a root. */
	X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(tls),
	    X509_V_FLAG_PARTIAL_CHAIN);
	SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify(tls, ca == NULL ? SSL_VERIFY_NONE : SSL_VERIFY_PEER,
	    ca == NULL ? NULL : verify_done);
	ERR_clear_error();
	if (ca != NULL && SSL_CTX_load_verify_file(tls, ca) != 1) {
		err_set(err, RC_TEMP, "%s: no certificates can be read (%s)",
		    ca, ERR_reason_error_string(ERR_peek_error()));
		SSL_CTX_free(tls);
		return RC_TEMP;
	}
	*out = tls;
	return RC_OK;
}

void
directory_tls_expect(struct directory_stream *s)
{
	const char *host = s->server->host;
	X509_VERIFY_PARAM *wanted = SSL_get0_param(s->ssl);
	struct ip unused;

	SSL_set_app_data(s->ssl, s);
	if (ip_parse(host, &unused)) {
		X509_VERIFY_PARAM_set1_ip_asc(wanted, host);
		return;
	}
	X509_VERIFY_PARAM_set_hostflags(wanted,
	    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	X509_VERIFY_PARAM_set1_host(wanted, host, 0);
	SSL_set_tlsext_host_name(s->ssl, host);
}

enum rc
directory_tls_failed(struct directory_stream *s, struct err *err)
{
	unsigned long code = ERR_peek_error();
	const char *reason = ERR_reason_error_string(code);

	if (s->why[0] != '\0')
		return err_set(err, RC_TEMP, "TLS: %s", s->why);
	if (s->late)
		return err_set(err, RC_TEMP, "TLS: no answer in time");
	if (ERR_GET_REASON(code) == SSL_R_WRONG_VERSION_NUMBER)
		return err_set(err, RC_TEMP,
		    "TLS: it does not speak TLS at that port; where a client "
		    "has to ask for it, write ldap://");
	if (code == 0 || reason == NULL)
		return err_set(err, RC_TEMP,
		    "TLS: it has ended the connection");
	return err_set(err, RC_TEMP, "TLS: %s", reason);
}
