/* SPDX-License-Identifier: MIT */
#include "tls_peer.h"

#include "base/str.h"

#include <curl/curl.h>
#include <openssl/crypto.h>
#include <string.h>

#define CERTIFICATES_MAX 10
#define REDIRECTIONS_MAX 3L

struct tls_asking {
	CURL *curl;
	struct str page;
	struct curl_slist *places; /* CURLOPT_RESOLVE */
	char trouble[CURL_ERROR_SIZE];
};

static size_t
tls_on_page(char *bytes, size_t size, size_t n, void *context)
{
	struct str *page = context;
	size_t room = TLS_PEER_PAGE_MAX - page->len;

	str_add_bytes(page, bytes, size * n < room ? size * n : room);
	return size * n;
}

/* "host:port:address,address" */
static void
tls_set_places(struct tls_asking *asking, struct arena *a,
    const struct tls_question *q)
{
	CURLU *url = curl_url();
	char *host = NULL, *port = NULL;
	struct str s;

	if (url != NULL && q->n_addresses > 0 &&
	    curl_url_set(url, CURLUPART_URL, q->url, 0) == CURLUE_OK &&
	    curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
	    curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) ==
		CURLUE_OK) {
		str_init(&s, a);
		str_addf(&s, "%s:%s:", host, port);
		for (size_t i = 0; i < q->n_addresses; i++)
			str_addf(&s, "%s%s", i == 0 ? "" : ",",
			    ip_text(a, &q->addresses[i]));
		asking->places = curl_slist_append(NULL, s.text);
	}
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(url);
	curl_easy_setopt(asking->curl, CURLOPT_RESOLVE, asking->places);
}

static void
tls_set_up(struct tls_asking *asking, struct arena *a,
    const struct tls_question *q)
{
	CURL *curl = asking->curl;

	curl_easy_setopt(curl, CURLOPT_URL, q->url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https,smtp");
	curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "https");
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)q->limit_ms);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, asking->trouble);
	/* What it shows is judged, not refused. */
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
	curl_easy_setopt(curl, CURLOPT_CERTINFO, 1L);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, tls_on_page);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &asking->page);
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, q->follows ? 1L : 0L);
	curl_easy_setopt(curl, CURLOPT_MAXREDIRS, REDIRECTIONS_MAX);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "postward-check");
	if (str_starts(q->url, "smtp:")) {
		curl_easy_setopt(curl, CURLOPT_USE_SSL, CURLUSESSL_ALL);
		curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, "NOOP");
		curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
	}
	tls_set_places(asking, a, q);
}

static const char *const *
tls_certificates(struct arena *a, CURL *curl, size_t *n)
{
	const char **pems =
	    arena_take_array(a, CERTIFICATES_MAX, sizeof(*pems));
	struct curl_certinfo *info = NULL;

	*n = 0;
	if (curl_easy_getinfo(curl, CURLINFO_CERTINFO, &info) != CURLE_OK ||
	    info == NULL)
		return pems;
	for (int i = 0; i < info->num_of_certs && *n < CERTIFICATES_MAX; i++)
		for (const struct curl_slist *line = info->certinfo[i];
		     line != NULL; line = line->next)
			if (str_starts(line->data, "Cert:") &&
			    *n < CERTIFICATES_MAX)
				pems[(*n)++] = arena_copy_text(a,
				    line->data + strlen("Cert:"));
	return pems;
}

static enum rc
tls_failure(struct arena *a, const struct tls_asking *asking, CURLcode code,
    struct err *err)
{
	const char *words = asking->trouble[0] != '\0'
				? asking->trouble
				: curl_easy_strerror(code);

	/* libcurl has one code for "not offered" and "denied, code 451". */
	bool clear =
	    code == CURLE_USE_SSL_FAILED && strstr(words, "denied") == NULL;

	return err_set(err, clear ? RC_NONE : RC_TEMP, "%s",
	    str_printable(a, words, strlen(words), 150));
}

enum rc
tls_peer_ask(struct arena *a, const struct tls_question *q,
    struct tls_peer *out, struct err *err)
{
	struct tls_asking asking = {.places = NULL};
	CURLcode code = CURLE_FAILED_INIT;
	enum rc rc = RC_OK;

	*out = (struct tls_peer){0};
	str_init(&asking.page, a);
	/* Without OpenSSL's own atexit, as everywhere in Postward. */
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL) != 1 ||
	    curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return err_set(err, RC_TEMP, "cannot start libcurl");
	asking.curl = curl_easy_init();
	if (asking.curl != NULL) {
		tls_set_up(&asking, a, q);
		code = curl_easy_perform(asking.curl);
		curl_easy_getinfo(asking.curl, CURLINFO_RESPONSE_CODE,
		    &out->status);
		out->pems = tls_certificates(a, asking.curl, &out->n_pems);
		out->page = asking.page.text;
		out->page_len = asking.page.len;
	}
	if (code != CURLE_OK)
		rc = tls_failure(a, &asking, code, err);
	curl_easy_cleanup(asking.curl);
	curl_slist_free_all(asking.places);
	curl_global_cleanup();
	return rc;
}
