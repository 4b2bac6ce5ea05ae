/* SPDX-License-Identifier: MIT */
#include "worker.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "mail/compose.h"
#include "mailer_metrics.h"
#include "outbox/template.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

/* Those that every template has: name and text. */
#define COMMON_VALUES ((size_t)4 * 2)

struct worker {
	const char *owner;
	worker_send *send;
	void *context;
	struct arena *arena; /* of the mail in hand */
	struct outbox_mail mail;
	struct smtp_answer answer;
	bool is_settled;
};

struct worker *
worker_new(const char *owner, worker_send *send, void *context)
{
	struct worker *w = memory_zeroed(1, sizeof(*w));

	w->owner = owner;
	w->send = send;
	w->context = context;
	w->arena = arena_new();
	arena_wipe(w->arena); /* codes, and the password of the MTA */
	w->is_settled = true;
	return w;
}

void
worker_free(struct worker *w)
{
	if (w == NULL)
		return;
	arena_free(w->arena);
	free(w);
}

static const char *
without_slash(struct arena *a, const char *url)
{
	size_t len = strlen(url);

	while (len > 0 && url[len - 1] == '/')
		len--;
	return arena_copy_bytes(a, url, len);
}

/* Ours first: of two with one name the first counts. */
static enum rc
values_of(struct arena *a, const struct settings *s, const char *json,
    const char *const **out, struct err *err)
{
	cJSON *object = cJSON_Parse(json);
	const cJSON *item;
	const char **values;
	size_t n = 0;

	if (!cJSON_IsObject(object)) {
		cJSON_Delete(object);
		return err_set(err, RC_PERM, "its values are no JSON object");
	}
	values = arena_take_array(a,
	    COMMON_VALUES + 2 * (size_t)cJSON_GetArraySize(object) + 1,
	    sizeof(*values));
	memcpy(values,
	    (const char *[COMMON_VALUES]){"title", s->signup.title, "domain",
		s->registration.domain, "url", without_slash(a, s->signup.url),
		"from", s->mailer.from},
	    COMMON_VALUES * sizeof(*values));
	n = COMMON_VALUES;
	cJSON_ArrayForEach(item, object)
	{
		if (!cJSON_IsString(item))
			continue;
		values[n++] = arena_copy_text(a, item->string);
		values[n++] = arena_copy_text(a, item->valuestring);
	}
	cJSON_Delete(object);
	*out = values;
	return RC_OK;
}

static enum rc
write_message(struct arena *a, const struct settings *s,
    const struct outbox_mail *mail, struct smtp_message *out, struct err *err)
{
	const char *domain = s->mailer.from_domain;
	const char *const *values = NULL;
	struct compose_message message;
	struct template_text text;
	enum rc rc;

	if (domain[0] == '\0')
		return err_set(err, RC_PERM,
		    "there is no sender: set domains or mailer.from");
	rc = template_read(a, s->mailer.templates, mail->template, &text, err);
	if (rc == RC_OK)
		rc = values_of(a, s, mail->values, &values, err);
	if (rc == RC_OK)
		rc = template_fill(a, &text, values, &text, err);
	if (rc != RC_OK)
		return rc;
	/* A second try has the same Message-ID, and the same date. */
	message = (struct compose_message){
	    .from_name = s->signup.title,
	    .from = s->mailer.from,
	    .to = mail->recipient,
	    .subject = text.subject,
	    .message_id = arena_printf(a, "%s@%s", mail->id, domain),
	    .date = mail->created,
	    .body = text.body,
	};
	out->helo = s->hostname;
	out->sender = outbox_sender(a, mail->id, domain);
	out->recipient = mail->recipient;
	return compose(a, &message, &out->text, &out->len, err);
}

/* Never what is in it: there may be a code. */
static void
log_mail(struct arena *a, const struct outbox_mail *mail,
    const struct smtp_answer *answer, enum log_level level)
{
	static const char *const results[] = {
	    [OUTBOX_TAKEN] = "sent",
	    [OUTBOX_LATER] = "later",
	    [OUTBOX_REFUSED] = "failed",
	};
	const struct log_pair pairs[] = {
	    {"id", mail->id},
	    {"template", mail->template},
	    {"to", arena_printf(a, "<%s>", mail->recipient)},
	    {"result", results[answer->outcome]},
	    {"queue_id", answer->queue_id},
	    {"reply", answer->reply},
	    {"attempts", arena_printf(a, "%lld", (long long)mail->attempts)},
	};

	log_event(level, pairs, sizeof(pairs) / sizeof(*pairs));
}

static void
send_mail(struct worker *w, const struct settings *settings)
{
	struct smtp_message message;
	struct err err;

	if (write_message(w->arena, settings, &w->mail, &message, &err) !=
	    RC_OK) {
		w->answer = (struct smtp_answer){.outcome = OUTBOX_LATER,
		    .reply = arena_copy_text(w->arena, err.text)};
		log_mail(w->arena, &w->mail, &w->answer, LOG_LEVEL_ERROR);
		return;
	}
	w->send(w->context, &settings->mailer, w->arena, &message, &w->answer);
	log_mail(w->arena, &w->mail, &w->answer,
	    w->answer.outcome == OUTBOX_TAKEN ? LOG_LEVEL_INFO
					      : LOG_LEVEL_WARN);
}

static enum worker_step
worker_settle(struct worker *w, struct store *store,
    const struct settings *settings, struct err *err)
{
	const struct smtp_answer *answer = &w->answer;
	int64_t now;
	enum rc rc = store_now(store, &now, err);

	if (rc != RC_OK)
		return WORKER_STORE_DOWN;
	rc = outbox_settle(store, &settings->mailer.outbox, w->arena, &w->mail,
	    answer->outcome,
	    answer->outcome == OUTBOX_TAKEN ? answer->queue_id : answer->reply,
	    now, err);
	if (rc == RC_TEMP)
		return WORKER_STORE_DOWN;
	w->is_settled = true;
	mailer_metrics_count(answer->outcome);
	if (rc == RC_NONE)
		log_warn("id=%s: another mailer had taken it over, and may "
			 "send it again",
		    w->mail.id);
	if (rc == RC_PERM)
		log_error("id=%s: %s", w->mail.id, err->text);
	return answer->unreachable ? WORKER_UNREACHABLE : WORKER_DONE;
}

enum worker_step
worker_step(struct worker *w, struct store *store,
    const struct settings *settings, struct err *err)
{
	if (w->is_settled) {
		int64_t now;
		enum rc rc = store_now(store, &now, err);

		arena_reset(w->arena);
		if (rc == RC_OK)
			rc = outbox_claim(store, &settings->mailer.outbox,
			    w->arena, w->owner, now, &w->mail, err);
		if (rc == RC_NONE)
			return WORKER_IDLE;
		if (rc != RC_OK)
			return WORKER_STORE_DOWN;
		w->is_settled = false;
		send_mail(w, settings);
	}
	return worker_settle(w, store, settings, err);
}
