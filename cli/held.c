/* SPDX-License-Identifier: MIT */
/* `postward held`: what waits in Postfix's hold queue for an administrator. */
#include "command.h"
#include "held_queue.h"
#include "listing.h"
#include "output.h"
#include "postfix_program.h"

#include "base/clock.h"
#include "base/str.h"
#include "base/token.h"
#include "mail/compose.h"
#include "mail/mailbox.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define TIMEOUT_MS ((int64_t)60 * 1000)
#define LINE_BYTES ((size_t)1024)
/* So many are told in one mail. */
#define MAIL_MESSAGES_MAX 100

/* ---- list */

static void
held_list_visit(void *context, const struct held_message *message)
{
	struct listing *listing = context;
	const char *cells[] = {
	    message->queue_id,
	    output_time(listing_arena(listing), message->arrived),
	    message->sender,
	    message->recipients[0] == '\0' ? NULL : message->recipients,
	};

	listing_add(listing, cells);
}

static void
held_count_visit(void *context, const struct held_message *message)
{
	size_t *n = context;

	(void)message;
	*n += 1;
}

int
held_list_run(struct invocation *in)
{
	static const struct listing_column columns[] = {{.name = "QUEUE_ID"},
	    {.name = "ARRIVED"}, {.name = "SENDER"}, {.name = "RECIPIENTS"}};
	struct listing *listing;
	struct err err;
	enum rc rc;
	size_t n = 0;

	if (in->options[OPTION_QUIET] != NULL) {
		rc = held_queue_read(in, held_count_visit, &n, &err);
		if (rc != RC_OK)
			return output_failure(in, rc, &err);
		if (n == 0)
			return EXIT_DONE;
	}
	listing = listing_open(in, columns, 4);
	rc = held_queue_read(in, held_list_visit, listing, &err);
	rc = listing_close(listing, rc, &err);
	return rc == RC_OK ? EXIT_DONE : output_failure(in, rc, &err);
}

/* ---- release and drop */

struct held_search {
	const char *queue_id;
	bool found;
};

static void
held_search_visit(void *context, const struct held_message *message)
{
	struct held_search *search = context;

	if (strcmp(message->queue_id, search->queue_id) == 0)
		search->found = true;
}

/* A queue id, and not an option or the word ALL, which is every message. */
static bool
is_queue_id(const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)text[i]))
			return false;
	return len >= 6 && len <= 40;
}

static void
ignore_line(void *context, const char *line)
{
	(void)context;
	(void)line;
}

static enum rc
held_change(struct invocation *in, const char *option, const char *id,
    struct err *err)
{
	const char *const args[] = {option, id, "hold"};
	const struct postfix_program postsuper = {
	    .name = "postsuper",
	    .folder = "-c",
	    .args = args,
	    .n_args = 3,
	    .process = {.timeout_ms = TIMEOUT_MS,
		.line_max = LINE_BYTES,
		.line = ignore_line},
	};
	struct held_search search = {.queue_id = id};
	enum rc rc;

	if (!is_queue_id(id))
		return err_set(err, RC_PERM, "%s: not a queue id", id);
	rc = held_queue_read(in, held_search_visit, &search, err);
	if (rc != RC_OK)
		return rc;
	if (!search.found)
		return err_set(err, RC_NONE, "%s: no such message is held", id);
	return postfix_program_run(in, &postsuper, err);
}

static int
held_change_each(struct invocation *in, const char *option, const char *done)
{
	int status = EXIT_DONE;
	struct err err;

	for (int i = 0; i < in->n_arguments; i++) {
		const char *id = in->arguments[i];
		enum rc rc = held_change(in, option, id, &err);

		if (rc == RC_OK)
			printf("%s: %s\n", id, done);
		else
			status = output_failure(in, rc, &err);
	}
	return status;
}

int
held_release_run(struct invocation *in)
{
	return held_change_each(in, "-H", "released");
}

int
held_drop_run(struct invocation *in)
{
	return held_change_each(in, "-d", "dropped");
}

/* ---- mail */

struct held_mail {
	struct arena *arena;
	struct str list;
	size_t n;
};

static void
held_mail_visit(void *context, const struct held_message *message)
{
	struct held_mail *mail = context;
	struct arena *a = mail->arena;

	if (++mail->n > MAIL_MESSAGES_MAX)
		return;
	str_addf(&mail->list, "%s  %s\n    from %s\n    to   %s\n\n",
	    output_shown(a, message->queue_id),
	    message->arrived == 0 ? "" : output_time(a, message->arrived),
	    output_shown(a, message->sender == NULL ? "-" : message->sender),
	    output_shown(a, message->recipients));
}

static const char *
held_mail_body(const struct held_mail *mail, const char *host)
{
	struct str s;

	str_init(&s, mail->arena);
	str_addf(&s,
	    "In the hold queue of %s %s. Most are held because the host\n"
	    "to which they are forwarded would refuse them, or hide them; most "
	    "often\n"
	    "they came by a mailing list.\n\n",
	    host,
	    mail->n == 1
		? "waits one message"
		: arena_printf(mail->arena, "wait %zu messages", mail->n));
	str_add(&s, mail->list.text);
	if (mail->n > MAIL_MESSAGES_MAX)
		str_addf(&s, "... and %zu more: postward held list\n\n",
		    mail->n - MAIL_MESSAGES_MAX);
	str_add(&s, "postcat -q QUEUE_ID                shows one\n"
		    "postward held release QUEUE_ID     lets it go\n"
		    "postward held drop QUEUE_ID        deletes it\n");
	return s.text;
}

static enum rc
held_mail_compose(const struct invocation *in, const struct held_mail *mail,
    const char *from, const char *to, const char **out, struct err *err)
{
	const char *host = in->settings->hostname;
	char *id;
	size_t len;
	enum rc rc = token_make(in->arena, &id, err);
	const struct compose_message message = {
	    .from_name = "Postward",
	    .from = from,
	    .to = to,
	    .subject = arena_printf(in->arena, "%zu %s held at %s", mail->n,
		mail->n == 1 ? "message is" : "messages are", host),
	    .message_id =
		rc == RC_OK ? arena_printf(in->arena, "%s@%s", id, host) : NULL,
	    .date = clock_now(),
	    .body = held_mail_body(mail, host),
	};

	return rc == RC_OK ? compose(in->arena, &message, out, &len, err) : rc;
}

static enum rc
held_mail_send(const struct invocation *in, const char *from, const char *to,
    const char *text, struct err *err)
{
	const char *const args[] = {"-i", "-f", from, "--", to};
	const struct postfix_program sendmail = {
	    .name = "sendmail",
	    .folder = "-C",
	    .args = args,
	    .n_args = 5,
	    .process = {.input = text,
		.timeout_ms = TIMEOUT_MS,
		.line_max = LINE_BYTES,
		.line = ignore_line},
	};

	return postfix_program_run(in, &sendmail, err);
}

/* The administrator's mailbox is the one that mail of ours comes from. */
static enum rc
held_mail_addresses(const struct invocation *in, const char **from,
    const char **to, struct err *err)
{
	struct address address;
	enum rc rc;

	*from = in->settings->mailer.from_domain[0] == '\0'
		    ? arena_printf(in->arena, "postmaster@%s",
			  in->settings->hostname)
		    : in->settings->mailer.from;
	*to = *from;
	if (in->n_arguments == 0)
		return RC_OK;
	rc = mailbox_read(in->arena, in->arguments[0], &address, err);
	if (rc == RC_OK)
		*to = address_text(in->arena, &address);
	return rc == RC_OK ? RC_OK
			   : err_set(err, RC_PERM, "%s: %s", in->arguments[0],
				 rc == RC_NONE ? "not a mailbox" : err->text);
}

int
held_mail_run(struct invocation *in)
{
	struct held_mail mail = {.arena = in->arena};
	const char *from, *to, *text = NULL;
	struct err err;
	enum rc rc = held_mail_addresses(in, &from, &to, &err);

	str_init(&mail.list, in->arena);
	if (rc == RC_OK)
		rc = held_queue_read(in, held_mail_visit, &mail, &err);
	if (rc == RC_OK && mail.n == 0)
		return EXIT_DONE;
	if (rc == RC_OK)
		rc = held_mail_compose(in, &mail, from, to, &text, &err);
	if (rc == RC_OK)
		rc = held_mail_send(in, from, to, text, &err);
	if (rc != RC_OK)
		return output_failure(in, rc, &err);
	printf("%s: told of %zu\n", to, mail.n);
	return EXIT_DONE;
}
