/* SPDX-License-Identifier: MIT */
#include "outbox/outbox.h"

#include "base/str.h"
#include "outbox/mails.h"

/* The only mail, in short. */
static const char *
only(struct temp_store *t)
{
	size_t n;
	const struct outbox_mail *m = all_mail(t, &n);
	struct str s;

	CHECK(n == 1, "one");
	str_init(&s, t->arena);
	str_addf(&s, "%s, %d tries", outbox_state_name(m->state),
	    (int)m->attempts);
	if (m->state == OUTBOX_NEW)
		str_addf(&s, ", next %d", (int)m->next_try);
	if (m->lease_owner != NULL)
		str_addf(&s, ", of %s until %d", m->lease_owner,
		    (int)m->lease_until);
	else
		CHECK(m->lease_until == 0, "no lease of nobody");
	if (m->sent != 0)
		str_addf(&s, ", sent %d", (int)m->sent);
	if (m->queue_id != NULL)
		str_addf(&s, " as %s", m->queue_id);
	if (m->error != NULL)
		str_addf(&s, ": %s", m->error);
	/* A code is kept as long as it may be needed, no longer. */
	CHECK((strcmp(m->values, "{}") == 0) == (m->state != OUTBOX_NEW),
	    s.text);
	return s.text;
}

enum op {
	CLAIM,
	TAKEN,
	LATER,
	REFUSED,
	BOUNCE
};

struct step {
	const char *name;
	int64_t now;
	enum op op;
	char who; /* 'a' or 'b', who keeps what was claimed */
	const char *text;
	enum rc rc;
	const char *then;
};

/* A mail of the second 100, useless at 1000, and what is done with it. */
static const struct step taken[] = {
    {"too early", 99, CLAIM, 'a', 0, RC_NONE, "new, 0 tries, next 100"},
    {"claim", 100, CLAIM, 'a', 0, RC_OK,
	"new, 1 tries, next 100, of a until 130"},
    {"leased", 129, CLAIM, 'b', 0, RC_NONE,
	"new, 1 tries, next 100, of a until 130"},
    {"taken", 129, TAKEN, 'a', "4Xy", RC_OK, "sent, 1 tries, sent 129 as 4Xy"},
    {"nothing more", 900, CLAIM, 'a', 0, RC_NONE,
	"sent, 1 tries, sent 129 as 4Xy"},
    {"again", 900, TAKEN, 'a', "4Xz", RC_NONE,
	"sent, 1 tries, sent 129 as 4Xy"},
    {"late bounce", 2000, BOUNCE, 'a', "550 no\r\nsuch", RC_OK,
	"bounced, 1 tries, sent 129 as 4Xy: 550 no\\x0d\\x0asuch"},
    {"second bounce", 2000, BOUNCE, 'a', "552 full", RC_OK,
	"bounced, 1 tries, sent 129 as 4Xy: 550 no\\x0d\\x0asuch"},
    {0},
};

static const struct step no_queue_id[] = {
    {"claim", 100, CLAIM, 'a', 0, RC_OK,
	"new, 1 tries, next 100, of a until 130"},
    {"later", 101, LATER, 'a', "421 busy", RC_OK,
	"new, 1 tries, next 111: 421 busy"},
    {"claim", 111, CLAIM, 'a', 0, RC_OK,
	"new, 2 tries, next 111, of a until 141: 421 busy"},
    {"taken", 112, TAKEN, 'a', 0, RC_OK, "sent, 2 tries, sent 112"},
    {0},
};

static const struct step lost_lease[] = {
    {"claim", 100, CLAIM, 'a', 0, RC_OK,
	"new, 1 tries, next 100, of a until 130"},
    {"it runs out", 130, CLAIM, 'b', 0, RC_OK,
	"new, 2 tries, next 100, of b until 160"},
    {"a comes late", 131, TAKEN, 'a', "4Xy", RC_NONE,
	"new, 2 tries, next 100, of b until 160"},
    {"and refused", 131, REFUSED, 'a', "550 no", RC_NONE,
	"new, 2 tries, next 100, of b until 160"},
    {"b settles", 132, LATER, 'b', "421 busy", RC_OK,
	"new, 2 tries, next 151: 421 busy"},
    {"a comes later", 133, TAKEN, 'a', "4Xy", RC_NONE,
	"new, 2 tries, next 151: 421 busy"},
    {0},
};

static const struct step own_lost_lease[] = {
    {"claim", 100, CLAIM, 'a', 0, RC_OK,
	"new, 1 tries, next 100, of a until 130"},
    {"over, still its own", 140, LATER, 'a', "421 busy", RC_OK,
	"new, 1 tries, next 150: 421 busy"},
    {0},
};

/* 9.5 s, twice as long each time, at most 60.5 s; up to the next second. */
static const struct step back_off[] = {
    {"1", 100, CLAIM, 'a', 0, RC_OK, "new, 1 tries, next 100, of a until 130"},
    {"1 later", 100, LATER, 'a', "1", RC_OK, "new, 1 tries, next 110: 1"},
    {"not yet", 109, CLAIM, 'a', 0, RC_NONE, "new, 1 tries, next 110: 1"},
    {"2", 110, CLAIM, 'a', 0, RC_OK,
	"new, 2 tries, next 110, of a until 140: 1"},
    {"2 later", 110, LATER, 'a', "2", RC_OK, "new, 2 tries, next 129: 2"},
    {"3", 129, CLAIM, 'a', 0, RC_OK,
	"new, 3 tries, next 129, of a until 159: 2"},
    {"3 later", 129, LATER, 'a', "3", RC_OK, "new, 3 tries, next 167: 3"},
    {"4", 167, CLAIM, 'a', 0, RC_OK,
	"new, 4 tries, next 167, of a until 197: 3"},
    {"4 later", 167, LATER, 'a', "4", RC_OK, "new, 4 tries, next 228: 4"},
    {"5", 228, CLAIM, 'a', 0, RC_OK,
	"new, 5 tries, next 228, of a until 258: 4"},
    {"5 later", 228, LATER, 'a', "5", RC_OK, "new, 5 tries, next 289: 5"},
    {0},
};

static const struct step too_late[] = {
    {"claim", 998, CLAIM, 'a', 0, RC_OK,
	"new, 1 tries, next 100, of a until 1028"},
    {"later", 999, LATER, 'a', "421 busy", RC_OK,
	"new, 1 tries, next 1000: 421 busy"},
    {"over", 1000, CLAIM, 'b', 0, RC_NONE, "failed, 1 tries: 421 busy"},
    {"failed", 1001, TAKEN, 'a', "4Xy", RC_NONE, "failed, 1 tries: 421 busy"},
    {0},
};

static const struct step never_tried[] = {
    {"over", 1000, CLAIM, 'a', 0, RC_NONE, "failed, 0 tries: not sent in time"},
    {"no bounce", 1001, BOUNCE, 'a', "550 no", RC_NONE,
	"failed, 0 tries: not sent in time"},
    {0},
};

static const struct step died_in_time[] = {
    {"claim", 990, CLAIM, 'a', 0, RC_OK,
	"new, 1 tries, next 100, of a until 1020"},
    {"leased", 1019, CLAIM, 'b', 0, RC_NONE,
	"new, 1 tries, next 100, of a until 1020"},
    {"over", 1020, CLAIM, 'b', 0, RC_NONE, "failed, 1 tries: not sent in time"},
    {"it was sent", 1021, BOUNCE, 'a', "550 no", RC_OK,
	"bounced, 1 tries: 550 no"},
    {0},
};

static const struct step refused[] = {
    {"claim", 100, CLAIM, 'a', 0, RC_OK,
	"new, 1 tries, next 100, of a until 130"},
    {"refused", 101, REFUSED, 'a', "550 5.1.1 no\x1b[2J", RC_OK,
	"failed, 1 tries: 550 5.1.1 no\\x1b[2J"},
    {"nothing more", 900, CLAIM, 'a', 0, RC_NONE,
	"failed, 1 tries: 550 5.1.1 no\\x1b[2J"},
    {0},
};

static const struct step bounced_at_once[] = {
    {"not tried", 100, BOUNCE, 'a', "550 no", RC_NONE,
	"new, 0 tries, next 100"},
    {"claim", 100, CLAIM, 'a', 0, RC_OK,
	"new, 1 tries, next 100, of a until 130"},
    {"bounce", 101, BOUNCE, 'a', "550 no", RC_OK, "bounced, 1 tries: 550 no"},
    {"settle", 101, TAKEN, 'a', "4Xy", RC_NONE, "bounced, 1 tries: 550 no"},
    {0},
};

static const struct {
	const char *name;
	const struct step *steps;
} stories[] = {
    {"taken", taken},
    {"no queue id", no_queue_id},
    {"lost lease", lost_lease},
    {"own lost lease", own_lost_lease},
    {"back off", back_off},
    {"too late", too_late},
    {"never tried", never_tried},
    {"died in time", died_in_time},
    {"refused", refused},
    {"bounced at once", bounced_at_once},
};

static enum rc
act(struct temp_store *t, const struct step *step, struct outbox_mail *claimed)
{
	const char owner[] = {step->who, '\0'};
	struct outbox_mail mail;
	size_t n;
	enum rc rc;

	switch (step->op) {
	case CLAIM:
		rc = outbox_claim(t->store, &settings, t->arena, owner,
		    step->now, &mail, NULL);
		if (rc == RC_OK) {
			CHECK(strstr(mail.values, "K7P2Q") != NULL, "values");
			CHECK_STR(mail.lease_owner, owner, "owner");
			*claimed = mail;
		}
		return rc;
	case BOUNCE:
		return outbox_bounce(t->store, t->arena, all_mail(t, &n)->id,
		    step->text, NULL);
	case TAKEN:
	case LATER:
	case REFUSED:
		break;
	}
	return outbox_settle(t->store, &settings, t->arena, claimed,
	    step->op == TAKEN   ? OUTBOX_TAKEN
	    : step->op == LATER ? OUTBOX_LATER
				: OUTBOX_REFUSED,
	    step->text, step->now, NULL);
}

static void
goes_by_the_rules(void **state)
{
	struct temp_store *t = *state;

	for (size_t i = 0; i < COUNT(stories); i++) {
		struct outbox_mail claimed[2];

		empty(t);
		CHECK(put(t, "key", 100, 1000) == RC_OK, stories[i].name);
		for (const struct step *s = stories[i].steps; s->name != NULL;
		     s++) {
			const char *name = arena_printf(t->arena, "%s: %s",
			    stories[i].name, s->name);

			CHECK(act(t, s, &claimed[s->who - 'a']) == s->rc, name);
			CHECK_STR(only(t), s->then, name);
		}
	}
}

static void
one_reason_is_one_mail(void **state)
{
	struct temp_store *t = *state;
	const struct outbox_mail *mail;
	size_t n;

	CHECK(put(t, "key", 100, 1000) == RC_OK, "first");
	CHECK(put(t, "key", 200, 2000) == RC_OK, "again");
	mail = all_mail(t, &n);
	CHECK(n == 1 && mail->created == 100 && mail->deadline == 1000, "one");
	CHECK_STR(mail->values,
	    "{\"code\":\"K7P2Q-9XWMZ\",\"note\":\"\\\"J\xc3\xb6rg\\\"\\n\"}",
	    "values");
	CHECK_STR(mail->about, "request:1", "about");
	CHECK_STR(mail->recipient, "ann@mailbox.example", "recipient");
	CHECK_STR(mail->template, "verify", "template");
	CHECK(strlen(mail->id) == OUTBOX_ID_LEN, "id");
	CHECK(put(t, "other", 200, 2000) == RC_OK, "other");
	CHECK(put(t, arena_printf(t->arena, "%0800d", 1), 1, 2) == RC_PERM,
	    "what the table refuses");
	all_mail(t, &n);
	CHECK(n == 2, "two");
}

static void
ids_are_random(void **state)
{
	struct temp_store *t = *state;
	const char *one, *two;

	CHECK(outbox_id(t->arena, &one, NULL) == RC_OK, "one");
	CHECK(outbox_id(t->arena, &two, NULL) == RC_OK, "two");
	CHECK(strlen(one) == OUTBOX_ID_LEN, one);
	CHECK(strspn(one, "0123456789abcdefghijklmnopqrstuv") == OUTBOX_ID_LEN,
	    one);
	CHECK(strcmp(one, two) != 0, one);
}

static void
knows_its_senders(void **state)
{
	static const char id[] = "0123456789abcdefghijklmnop";
	static const struct {
		const char *name, *local, *id;
	} rows[] = {
	    {"ours", "bounce+0123456789abcdefghijklmnop", id},
	    {"in another case", "Bounce+0123456789ABCDEFGHIJKLMNOP", id},
	    {"short", "bounce+0123456789abcdefghijklmno", NULL},
	    {"long", "bounce+0123456789abcdefghijklmnopq", NULL},
	    {"no digit", "bounce+0123456789abcdefghijklmnow", NULL},
	    {"no id", "bounce+", NULL},
	    {"no plus", "bounce", NULL},
	    {"another", "bounces0123456789abcdefghijklmnop", NULL},
	    {"empty", "", NULL},
	};
	struct temp_store *t = *state;

	CHECK_STR(outbox_sender(t->arena, id, "remotes.club"),
	    "bounce+0123456789abcdefghijklmnop@remotes.club", "sender");
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct address address = {rows[i].local, "remotes.club"};

		CHECK_STR(outbox_sender_id(t->arena, &address), rows[i].id,
		    rows[i].name);
	}
}

static void
nobody_bounces_what_is_not_there(void **state)
{
	struct temp_store *t = *state;

	CHECK(outbox_bounce(t->store, t->arena, "0123456789abcdefghijklmnop",
		  "550", NULL) == RC_NONE,
	    "none");
}

static void
cleans_what_is_done_with(void **state)
{
	struct temp_store *t = *state;
	struct outbox_mail mail;
	size_t n;

	CHECK(outbox_clean(t->store, &settings, 5000, NULL) == RC_NONE,
	    "empty");
	CHECK(put(t, "1", 100, 1000) == RC_OK, "put");
	CHECK(outbox_claim(t->store, &settings, t->arena, "a", 100, &mail,
		  NULL) == RC_OK,
	    "claim");
	CHECK(outbox_clean(t->store, &settings, 5000, NULL) == RC_NONE, "new");
	all_mail(t, &n);
	CHECK(n == 1, "new mail stays");
	CHECK(outbox_settle(t->store, &settings, t->arena, &mail, OUTBOX_TAKEN,
		  NULL, 100, NULL) == RC_OK,
	    "taken");
	CHECK(outbox_clean(t->store, &settings, 200, NULL) == RC_NONE, "young");
	all_mail(t, &n);
	CHECK(n == 1, "young mail stays");
	CHECK(outbox_clean(t->store, &settings, 201, NULL) == RC_OK, "old");
	all_mail(t, &n);
	CHECK(n == 0, "old mail goes");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    NEEDS_STORE(goes_by_the_rules),
	    NEEDS_STORE(one_reason_is_one_mail),
	    NEEDS_STORE(ids_are_random),
	    NEEDS_STORE(knows_its_senders),
	    NEEDS_STORE(nobody_bounces_what_is_not_there),
	    NEEDS_STORE(cleans_what_is_done_with),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
