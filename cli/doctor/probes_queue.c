/* SPDX-License-Identifier: MIT */
#include "probes_queue.h"

#include "output.h"
#include "postfix_list.h"
#include "postfix_program.h"
#include "postfix_service.h"

#include "base/clock.h"
#include "base/str.h"

#include <cjson/cJSON.h>

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define QUEUE_TIMEOUT_MS 60000
#define QUEUE_LINES_MAX  100000
#define QUEUE_LINE_MAX   ((size_t)64 * 1024)

/* More of them than this wait, or one for so long (seconds). */
#define DEFERRED_MANY  100
#define DEFERRED_LONG  (24 * 3600)
#define REASONS        32
#define REASON_LEN_MAX 100

/* ---- queue */

struct queue_seen {
	struct arena *arena;
	size_t deferred, all;
	int64_t oldest; /* of those that are deferred */
	struct {
		const char *text;
		size_t n;
	} reasons[REASONS];
};

/* Hosts and numbers of messages differ, what comes before does not. */
static void
queue_count_reason(struct queue_seen *seen, const char *reason)
{
	size_t i = 0;

	while (i < REASONS && seen->reasons[i].text != NULL &&
	       strncmp(seen->reasons[i].text, reason, REASON_LEN_MAX) != 0)
		i++;
	if (i == REASONS)
		return;
	if (seen->reasons[i].text == NULL)
		seen->reasons[i].text = arena_copy_text(seen->arena, reason);
	seen->reasons[i].n++;
}

static void
queue_line(void *context, const char *line)
{
	struct queue_seen *seen = context;
	cJSON *message = cJSON_Parse(line);
	const cJSON *arrived =
	    cJSON_GetObjectItemCaseSensitive(message, "arrival_time");
	const cJSON *first =
	    cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(message,
				   "recipients"),
		0);
	const char *reason =
	    cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(first,
		"delay_reason"));
	const char *queue =
	    cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(message,
		"queue_name"));

	seen->all++;
	if (queue != NULL && strcmp(queue, "deferred") == 0) {
		seen->deferred++;
		if (cJSON_IsNumber(arrived) &&
		    (seen->oldest == 0 ||
			(int64_t)arrived->valuedouble < seen->oldest))
			seen->oldest = (int64_t)arrived->valuedouble;
		if (reason != NULL)
			queue_count_reason(seen, reason);
	}
	cJSON_Delete(message);
}

static const char *
queue_top_reason(const struct queue_seen *seen)
{
	size_t top = 0;

	for (size_t i = 1; i < REASONS; i++)
		if (seen->reasons[i].n > seen->reasons[top].n)
			top = i;
	return seen->reasons[top].text == NULL
		   ? "no reason is known"
		   : arena_printf(seen->arena, "%zu for this: %.*s",
			 seen->reasons[top].n, REASON_LEN_MAX,
			 seen->reasons[top].text);
}

bool
probe_reads_queue(const struct probe_run *run,
    void (*line)(void *context, const char *line), void *context)
{
	static const char *const args[] = {"-j"};
	const struct postfix_program postqueue = {
	    .name = "postqueue",
	    .folder = "-c",
	    .args = args,
	    .n_args = 1,
	    .process = {.timeout_ms = QUEUE_TIMEOUT_MS,
		.lines_max = QUEUE_LINES_MAX,
		.line_max = QUEUE_LINE_MAX,
		.line = line,
		.context = context},
	};
	struct err err;

	if (postfix_program_run(run->in, &postqueue, &err) == RC_OK)
		return true;
	probe_saw(run, REPORT_UNKNOWN,
	    arena_printf(run->arena, "not looked at: %s", err.text));
	return false;
}

void
probe_queue(const struct probe_run *run)
{
	struct arena *a = run->arena;
	struct queue_seen seen = {.arena = a};

	if (!probe_reads_queue(run, queue_line, &seen))
		return;
	if (seen.deferred < DEFERRED_MANY &&
	    (seen.oldest == 0 || clock_now() - seen.oldest < DEFERRED_LONG)) {
		probe_saw(run, REPORT_OK,
		    arena_printf(a, "%zu messages, %zu of them deferred",
			seen.all, seen.deferred));
		return;
	}
	probe_wrong(run, NULL,
	    arena_printf(a,
		"%zu messages are deferred, the oldest since %s; %s",
		seen.deferred, output_time(a, seen.oldest),
		queue_top_reason(&seen)));
}

/* ---- queue-room */

/* smtpd takes mail while there is room for one and a half of the largest. */
void
probe_queue_room(const struct probe_run *run)
{
	struct arena *a = run->arena;
	const char *queue = postfix_text(run->postfix, a, "queue_directory");
	unsigned long long least =
	    strtoull(postfix_text(run->postfix, a, "queue_minfree"), NULL, 10);
	unsigned long long size =
	    strtoull(postfix_text(run->postfix, a, "message_size_limit"), NULL,
		10);
	unsigned long long room;
	struct statvfs fs;

	if (statvfs(queue, &fs) != 0) {
		probe_saw(run, REPORT_UNKNOWN,
		    arena_printf(a, "not looked at: %s: %s", queue,
			strerror(errno)));
		return;
	}
	room = (unsigned long long)fs.f_bavail * fs.f_frsize;
	if (room > least && room / 3 > size / 2) {
		probe_saw(run, REPORT_OK, "there is room for mail");
		return;
	}
	probe_wrong(run, NULL,
	    arena_printf(a,
		"%llu MB are left in %s, too little for queue_minfree or "
		"message_size_limit: no mail is taken",
		room >> 20, queue));
	if (least >= room && room / 3 > size / 2)
		probe_cure_removed(run, "queue_minfree");
}

/* ---- tls-certificate */

/* As many seconds before its end. */
#define CERTIFICATE_SOON (7 * 24 * 3600)

/* NULL: there is none in the file; why in *trouble. */
static X509 *
certificate_read(const struct probe_run *run, const char *path,
    const char **trouble)
{
	FILE *file = fopen(path, "re");
	X509 *certificate;

	if (file == NULL) {
		*trouble =
		    arena_printf(run->arena, "%s: %s", path, strerror(errno));
		return NULL;
	}
	certificate = PEM_read_X509(file, NULL, NULL, NULL);
	fclose(file);
	if (certificate == NULL)
		*trouble = arena_printf(run->arena,
		    "%s: no certificate is in it", path);
	return certificate;
}

static void cure_certificate(const struct probe_run *run);

static void
cure_expired(const struct probe_run *run, const char *path)
{
	if (!str_starts(path, "/etc/letsencrypt/")) {
		cure_certificate(run);
		return;
	}
	probe_cure(run, "certbot renew");
	probe_cure_reload(run);
}

static void
probe_certificate(const struct probe_run *run, const char *path, X509 *it)
{
	struct arena *a = run->arena;
	const char *name = postfix_text(run->postfix, a, "myhostname");
	time_t now = clock_now(), soon = now + CERTIFICATE_SOON;
	int days = 0, seconds = 0;

	ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(it));
	if (X509_cmp_time(X509_get0_notAfter(it), &now) < 0) {
		probe_wrong(run, NULL, arena_printf(a, "%s has expired", path));
		cure_expired(run, path);
	} else if (X509_cmp_time(X509_get0_notAfter(it), &soon) < 0)
		probe_saw(run, REPORT_WARNING,
		    arena_printf(a, "%s expires in %d days", path, days));
	else if (X509_check_host(it, name, 0, 0, NULL) != 1)
		probe_saw(run, REPORT_NOTE,
		    arena_printf(a,
			"%s is not for %s: who verifies it (MTA-STS, DANE) "
			"sends no mail",
			path, name));
	else
		probe_saw(run, REPORT_OK,
		    arena_printf(a, "%s, %d days", path, days));
}

/* The first of the files that has one, for smtpd reads them in their order. */
static const char *
chain_certificate(const struct probe_run *run, const struct postfix_list *chain)
{
	const char *trouble;

	for (size_t i = 0; i < chain->n; i++) {
		X509 *it = certificate_read(run, chain->words[i], &trouble);

		X509_free(it);
		if (it != NULL)
			return chain->words[i];
	}
	return chain->words[0];
}

/* The path; NULL: there is none. */
static const char *
certificate_path(const struct probe_run *run)
{
	struct arena *a = run->arena;
	const struct postfix_list chain = postfix_list_read(a,
	    postfix_text(run->postfix, a, "smtpd_tls_chain_files"));
	const char *file = postfix_text(run->postfix, a, "smtpd_tls_cert_file");

	if (chain.n > 0)
		return chain_certificate(run, &chain);
	return *file == '/' ? file : NULL;
}

/* Where the key is: with a chain, in its first file. */
static const char *
key_path(const struct probe_run *run)
{
	struct arena *a = run->arena;
	const struct postfix_list chain = postfix_list_read(a,
	    postfix_text(run->postfix, a, "smtpd_tls_chain_files"));

	return chain.n > 0
		   ? chain.words[0]
		   : postfix_text(run->postfix, a, "smtpd_tls_key_file");
}

/* NULL: it fits. */
static const char *
key_trouble(const struct probe_run *run, const X509 *certificate)
{
	const char *path = key_path(run), *trouble = NULL;
	FILE *file = fopen(path, "re");
	EVP_PKEY *key;

	if (file == NULL)
		return arena_printf(run->arena, "%s: %s", path,
		    strerror(errno));
	/* One with a password asks nobody for it. */
	key = PEM_read_PrivateKey(file, NULL, NULL, (void *)(uintptr_t) "");
	fclose(file);
	if (key == NULL)
		trouble = arena_printf(run->arena, "%s: no key is in it", path);
	else if (X509_check_private_key(certificate, key) != 1)
		trouble = arena_printf(run->arena,
		    "%s is not the key of the certificate", path);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return trouble;
}

/* What certbot(1) keeps there. */
static bool
cure_with_certbot(const struct probe_run *run)
{
	struct arena *a = run->arena;
	const char *folder = arena_printf(a, "/etc/letsencrypt/live/%s",
	    postfix_text(run->postfix, a, "myhostname"));
	const char *key = arena_printf(a, "%s/privkey.pem", folder);
	const char *chain = arena_printf(a, "%s/fullchain.pem", folder);

	if (access(key, R_OK) != 0 || access(chain, R_OK) != 0)
		return false;
	postfix_cure_value(run, NULL, "smtpd_tls_chain_files",
	    arena_printf(a, "%s, %s", key, chain));
	return true;
}

/* Of certbot, Debian's ssl-cert, or made here. */
static void
cure_certificate(const struct probe_run *run)
{
	struct arena *a = run->arena;
	static const char snakeoil[] = "/etc/ssl/certs/ssl-cert-snakeoil.pem";
	const char *name = postfix_text(run->postfix, a, "myhostname");
	const char *folder = run->postfix->folder;

	if (cure_with_certbot(run))
		return;
	if (access(snakeoil, R_OK) == 0) {
		postfix_cure_value(run, NULL, "smtpd_tls_chain_files", "");
		postfix_cure_value(run, NULL, "smtpd_tls_cert_file", snakeoil);
		postfix_cure_value(run, NULL, "smtpd_tls_key_file",
		    "/etc/ssl/private/ssl-cert-snakeoil.key");
		return;
	}
	probe_cure(run,
	    "openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj "
	    "/CN=%s -addext subjectAltName=DNS:%s -keyout %s/smtpd.pem -out "
	    "%s/smtpd.crt",
	    name, name, probe_quoted(run, folder), probe_quoted(run, folder));
	postfix_cure_value(run, NULL, "smtpd_tls_chain_files",
	    arena_printf(a, "%s/smtpd.pem, %s/smtpd.crt", folder, folder));
}

void
probe_tls_certificate(const struct probe_run *run)
{
	const char *path = certificate_path(run), *trouble = NULL;
	const char *level =
	    postfix_text(run->postfix, run->arena, "smtpd_tls_security_level");
	X509 *certificate;

	if (str_equal_fold(level, "none") || level[0] == '\0') {
		probe_saw(run, REPORT_NOTE,
		    "off: mail comes in clear (smtpd_tls_security_level)");
		return;
	}
	if (path == NULL) {
		probe_wrong(run, NULL,
		    "no certificate is named: mail comes in clear, and "
		    "clients that want TLS send nothing");
		cure_certificate(run);
		return;
	}
	certificate = certificate_read(run, path, &trouble);
	if (certificate != NULL)
		trouble = key_trouble(run, certificate);
	if (trouble == NULL) {
		probe_certificate(run, path, certificate);
	} else {
		probe_wrong(run, NULL,
		    arena_printf(run->arena, "%s: TLS fails, and mail with it",
			trouble));
		cure_certificate(run);
	}
	X509_free(certificate);
}
