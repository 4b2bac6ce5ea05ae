/* SPDX-License-Identifier: MIT */
/*
 * request_driver - what newcomers and their mailboxes do, for the Python tests.
 *
 * usage: request_driver FILE ask USERID MAILBOX KEY NOTE    prints the id
 *	  request_driver FILE prove ID        types the code that was mailed
 *	  request_driver FILE mail OUTCOME TEXT
 *		sends the mail that is due: taken, refused, later or bounced
 *
 * FILE is the configuration; an empty KEY or NOTE is none.
 */
#include "base/clock.h"
#include "members/registration.h"
#include "program/settings.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct scene {
	struct arena *arena;
	struct settings *settings;
	struct store *store;
	const char *about;
	struct outbox_mail *mails;
	size_t n;
};

static const char *
none_if_empty(const char *text)
{
	return text[0] == '\0' ? NULL : text;
}

static enum rc
ask(struct scene *s, char **argv, struct err *err)
{
	struct registration_form form = {
	    .userid = argv[0],
	    .email = argv[1],
	    .pubkey = none_if_empty(argv[2]),
	    .note = none_if_empty(argv[3]),
	    .client = "192.0.2.1",
	};
	struct registration_complaint complaint = {0};
	enum rc rc = registration_id(s->arena, &form.id, err);

	if (rc == RC_OK)
		rc = registration_ask(s->store, &s->settings->registration,
		    s->arena, &form, clock_now(), &complaint, err);
	if (rc == RC_PERM || rc == RC_NONE)
		err_set(err, rc, "%s %s %s %s %s",
		    complaint.userid ? complaint.userid : "",
		    complaint.email ? complaint.email : "",
		    complaint.pubkey ? complaint.pubkey : "",
		    complaint.note ? complaint.note : "",
		    complaint.general ? complaint.general : "");
	else
		puts(form.id);
	return rc;
}

static enum rc
read_mails(struct db *db, void *context, struct err *err)
{
	struct scene *s = context;

	return outbox_list(db, s->arena, s->about, &s->mails, &s->n, err);
}

static enum rc
prove(struct scene *s, char **argv, struct err *err)
{
	cJSON *values;
	const char *code;
	enum rc rc;

	s->about = arena_printf(s->arena, "request:%s", argv[0]);
	rc = store_do(s->store, read_mails, s, err);
	if (rc != RC_OK || s->n == 0)
		return err_set(err, RC_TEMP, "no mail");
	values = cJSON_Parse(s->mails[s->n - 1].values);
	code = cJSON_GetStringValue(cJSON_GetObjectItem(values, "code"));
	rc = registration_verify(s->store, &s->settings->registration, s->arena,
	    argv[0], code != NULL ? code : "", "192.0.2.1", clock_now(), err);
	cJSON_Delete(values);
	return rc;
}

static enum rc
mail(struct scene *s, char **argv, struct err *err)
{
	static const struct {
		const char *name;
		enum outbox_outcome outcome;
	} outcomes[] = {
	    {"taken", OUTBOX_TAKEN},
	    {"refused", OUTBOX_REFUSED},
	    {"later", OUTBOX_LATER},
	    {"bounced", OUTBOX_TAKEN},
	};
	const struct outbox_settings *o = &s->settings->mailer.outbox;
	struct outbox_mail claimed;
	size_t i = 0;
	enum rc rc = outbox_claim(s->store, o, s->arena, "driver", clock_now(),
	    &claimed, err);

	while (strcmp(outcomes[i].name, argv[0]) != 0)
		i++;
	if (rc == RC_NONE)
		err_set(err, rc, "no mail is due");
	if (rc == RC_OK)
		rc = outbox_settle(s->store, o, s->arena, &claimed,
		    outcomes[i].outcome, argv[1], clock_now(), err);
	if (rc == RC_OK && strcmp(argv[0], "bounced") == 0)
		rc =
		    outbox_bounce(s->store, s->arena, claimed.id, argv[1], err);
	return rc;
}

static const struct {
	const char *name;
	int n_arguments;
	enum rc (*run)(struct scene *s, char **argv, struct err *err);
} deeds[] = {{"ask", 4, ask}, {"prove", 1, prove}, {"mail", 2, mail}};

int
main(int argc, char **argv)
{
	struct scene s = {.arena = arena_new()};
	struct err err = {""};
	enum rc rc = RC_PERM;

	if (argc < 3 || settings_open(argv[1], &s.settings, &err) != RC_OK ||
	    settings_open_store(s.settings, &s.store, &err) != RC_OK) {
		fprintf(stderr, "request_driver: %s\n", err.text);
		return 2;
	}
	for (size_t i = 0; i < sizeof(deeds) / sizeof(*deeds); i++)
		if (strcmp(deeds[i].name, argv[2]) == 0 &&
		    argc - 3 == deeds[i].n_arguments)
			rc = deeds[i].run(&s, argv + 3, &err);
	if (rc != RC_OK)
		fprintf(stderr, "request_driver: %s\n", err.text);
	store_close(s.store);
	settings_free(s.settings);
	arena_free(s.arena);
	return rc == RC_OK ? 0 : 1;
}
