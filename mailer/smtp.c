/* SPDX-License-Identifier: MIT */
#include "smtp.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/str.h"

#include <curl/curl.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PASSWORD_MAX 512
#define SOCKETS_MAX  8
/* So long a program that stops goes on with a mail in hand. */
#define STOPPING_MS 15000

struct smtp {
	CURL *curl;
	struct smtp_dialog dialog;
	const char *rest; /* of the message */
	size_t left;
	/* Those that are open: one, or some for a host with many addresses. */
	curl_socket_t sockets[SOCKETS_MAX];
	char trouble[CURL_ERROR_SIZE];
	smtp_is_to_stop *is_to_stop;
	int64_t timeout_ms; /* of the mail that is being sent */
	int64_t left_at_ms; /* as by clock_ms; 0: the program does not stop */
	bool is_left;       /* it is not sent now, as the program stops */
};

/* Nobody waits for the answer to QUIT: libcurl would, for two minutes. */
static void
stop_listening(struct smtp *smtp)
{
	for (size_t i = 0; i < SOCKETS_MAX; i++)
		if (smtp->sockets[i] != 0)
			shutdown(smtp->sockets[i], SHUT_RD);
}

/* Puts `to` in the place of `from`; 0 stands for none, as ours never is. */
static void
replace_socket(struct smtp *smtp, curl_socket_t from, curl_socket_t to)
{
	for (size_t i = 0; i < SOCKETS_MAX; i++) {
		if (smtp->sockets[i] != from)
			continue;
		smtp->sockets[i] = to;
		return;
	}
}

static int
on_socket(void *context, curl_socket_t fd, curlsocktype purpose)
{
	(void)purpose;
	replace_socket(context, 0, fd);
	return CURL_SOCKOPT_OK;
}

static int
on_smtp_close(void *context, curl_socket_t fd)
{
	replace_socket(context, fd, 0);
	return close(fd);
}

static int
on_debug(CURL *curl, curl_infotype type, char *data, size_t len, void *context)
{
	struct smtp *smtp = context;

	(void)curl;
	if (type == CURLINFO_HEADER_OUT)
		smtp_dialog_command(&smtp->dialog, data, len);
	if (smtp->dialog.is_over)
		stop_listening(smtp);
	return 0;
}

static size_t
on_reply(char *data, size_t size, size_t n, void *context)
{
	struct smtp *smtp = context;

	smtp_dialog_reply(&smtp->dialog, data, size * n);
	return size * n;
}

/* libcurl calls it about once a second, whatever it waits for. */
static int
on_progress(void *context, curl_off_t to_get, curl_off_t got,
    curl_off_t to_send, curl_off_t sent)
{
	struct smtp *smtp = context;

	(void)to_get;
	(void)got;
	(void)to_send;
	(void)sent;
	if (smtp->is_to_stop == NULL || !smtp->is_to_stop(smtp->timeout_ms))
		return 0;
	if (smtp->left_at_ms == 0)
		smtp->left_at_ms = clock_ms() + STOPPING_MS;
	smtp->is_left = smtp->left > 0 && clock_ms() >= smtp->left_at_ms;
	return smtp->is_left;
}

static size_t
on_read(char *out, size_t size, size_t n, void *context)
{
	struct smtp *smtp = context;
	size_t len = size * n < smtp->left ? size * n : smtp->left;

	memcpy(out, smtp->rest, len);
	smtp->rest += len;
	smtp->left -= len;
	return len;
}

enum rc
smtp_open(smtp_is_to_stop *is_to_stop, struct smtp **out, struct err *err)
{
	struct smtp *smtp;

	/* The first who initializes OpenSSL decides that it does not clean up
	   at exit; see srs.c.  libcurl would have it do so. */
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL) != 1 ||
	    curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return err_set(err, RC_TEMP, "cannot start libcurl");
	smtp = memory_zeroed(1, sizeof(*smtp));
	smtp->is_to_stop = is_to_stop;
	*out = smtp;
	return RC_OK;
}

void
smtp_hang_up(struct smtp *smtp)
{
	if (smtp->curl == NULL)
		return;
	stop_listening(smtp);
	curl_easy_cleanup(smtp->curl);
	smtp->curl = NULL;
}

void
smtp_close(struct smtp *smtp)
{
	if (smtp == NULL)
		return;
	smtp_hang_up(smtp);
	curl_global_cleanup();
	free(smtp);
}

/* The first line. */
static enum rc
read_smtp_password(struct arena *a, const char *path, char **out,
    struct err *err)
{
	size_t len;
	enum rc rc = file_read(a, path, PASSWORD_MAX, out, &len, NULL, err);

	if (rc != RC_OK)
		return rc;
	(*out)[strcspn(*out, "\r\n")] = '\0';
	return (*out)[0] != '\0' && len <= PASSWORD_MAX
		   ? RC_OK
		   : err_set(err, RC_PERM, "%s: no password in it", path);
}

static void
set_smtp_tls(CURL *curl, enum mailer_tls tls)
{
	const char *authorities = getenv("SSL_CERT_FILE");
	long verify = tls == MAILER_TLS_VERIFY;

	curl_easy_setopt(curl, CURLOPT_USE_SSL,
	    (long)(tls == MAILER_TLS_NONE ? CURLUSESSL_NONE : CURLUSESSL_ALL));
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, verify);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2 * verify);
	/* As all else that uses OpenSSL does; Debian's libcurl does not. */
	if (authorities != NULL && authorities[0] != '\0')
		curl_easy_setopt(curl, CURLOPT_CAINFO, authorities);
}

/* Its path is the name that libcurl gives in EHLO. */
static char *
url_of(struct arena *a, const char *smtp, const char *helo)
{
	size_t len = strlen(smtp);

	while (len > 0 && smtp[len - 1] == '/')
		len--;
	return arena_printf(a, "%.*s/%s", (int)len, smtp, helo);
}

static void
set_peer(struct smtp *smtp, const struct mailer_settings *settings,
    struct arena *a, const struct smtp_message *m)
{
	CURL *curl = smtp->curl;

	curl_easy_setopt(curl, CURLOPT_URL, url_of(a, settings->smtp, m->helo));
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)settings->timeout_ms);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
	    (long)settings->timeout_ms);
	curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT,
	    (long)(settings->timeout_ms + 999) / 1000);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, smtp->trouble);
	curl_easy_setopt(curl, CURLOPT_SOCKOPTFUNCTION, on_socket);
	curl_easy_setopt(curl, CURLOPT_SOCKOPTDATA, smtp);
	curl_easy_setopt(curl, CURLOPT_CLOSESOCKETFUNCTION, on_smtp_close);
	curl_easy_setopt(curl, CURLOPT_CLOSESOCKETDATA, smtp);
	set_smtp_tls(curl, settings->tls);
}

static void
set_message(struct smtp *smtp, struct arena *a, const struct smtp_message *m,
    struct curl_slist *recipients)
{
	CURL *curl = smtp->curl;

	curl_easy_setopt(curl, CURLOPT_MAIL_FROM,
	    arena_printf(a, "<%s>", m->sender));
	curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients);
	curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_read);
	curl_easy_setopt(curl, CURLOPT_READDATA, smtp);
	curl_easy_setopt(curl, CURLOPT_INFILESIZE, (long)m->len);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_reply);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, smtp);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(curl, CURLOPT_XFERINFODATA, smtp);
	curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L);
	curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, on_debug);
	curl_easy_setopt(curl, CURLOPT_DEBUGDATA, smtp);
}

static void
dialog_begin(struct smtp *smtp, struct arena *a, const struct smtp_message *m)
{
	smtp_dialog_begin(&smtp->dialog, a);
	smtp->rest = m->text;
	smtp->left = m->len;
	smtp->trouble[0] = '\0';
	smtp->is_left = false;
}

/* Has a connection that was kept ended meanwhile?  Nothing of this mail was
   taken then, and another one is as good as the first. */
static bool
was_too_old(const struct smtp *smtp, CURLcode code)
{
	long connects = 1;

	curl_easy_getinfo(smtp->curl, CURLINFO_NUM_CONNECTS, &connects);
	return code != CURLE_OK && code != CURLE_OPERATION_TIMEDOUT &&
	       connects == 0 && smtp_dialog_is_untouched(&smtp->dialog);
}

static CURLcode
perform_dialog(struct smtp *smtp, struct arena *a, const struct smtp_message *m)
{
	CURLcode code;

	dialog_begin(smtp, a, m);
	code = curl_easy_perform(smtp->curl);
	if (!was_too_old(smtp, code))
		return code;
	dialog_begin(smtp, a, m);
	curl_easy_setopt(smtp->curl, CURLOPT_FRESH_CONNECT, 1L);
	return curl_easy_perform(smtp->curl);
}

/* Authentication may be needed and not done: libcurl goes on where no AUTH is
   offered. */
static void
settle_mail(const struct smtp *smtp, const struct mailer_settings *settings,
    CURLcode code, struct smtp_answer *out)
{
	smtp_dialog_settle(&smtp->dialog, code == CURLE_OK,
	    settings->user[0] != '\0',
	    smtp->is_left              ? "the mailer stops"
	    : smtp->trouble[0] != '\0' ? smtp->trouble
				       : curl_easy_strerror(code),
	    out);
}

void
smtp_send(struct smtp *smtp, const struct mailer_settings *settings,
    struct arena *a, const struct smtp_message *message,
    struct smtp_answer *out)
{
	struct curl_slist *recipients;
	char *password = NULL;
	struct err err;
	CURLcode code;

	*out = (struct smtp_answer){.outcome = OUTBOX_LATER};
	smtp->timeout_ms = settings->timeout_ms;
	if (settings->user[0] != '\0') {
		if (read_smtp_password(a, settings->password_file, &password,
			&err) != RC_OK) {
			out->unreachable = true;
			out->reply = arena_printf(a, "password: %s", err.text);
			return;
		}
	}
	if (smtp->curl == NULL)
		smtp->curl = curl_easy_init();
	if (smtp->curl == NULL)
		abort(); /* out of memory */
	set_peer(smtp, settings, a, message);
	if (password != NULL) {
		curl_easy_setopt(smtp->curl, CURLOPT_USERNAME, settings->user);
		curl_easy_setopt(smtp->curl, CURLOPT_PASSWORD, password);
	}
	recipients = curl_slist_append(NULL,
	    arena_printf(a, "<%s>", message->recipient));
	if (recipients == NULL)
		abort();
	set_message(smtp, a, message, recipients);
	code = perform_dialog(smtp, a, message);
	settle_mail(smtp, settings, code, out);
	curl_slist_free_all(recipients);
	/* Of this message, and soon gone. */
	curl_easy_reset(smtp->curl);
}
