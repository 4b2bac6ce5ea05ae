/* SPDX-License-Identifier: MIT */
#include "forwarding/return_path.h"

#include "forwarding/domains.h"
#include "forwarding/domains_change.h"
#include "store/temp_store.h"

#define DAY 86400

static const int64_t now = 1767225600;

static const char *const domains[] = {"srs.fwd.example"};
static const char *const own[] = {"remotes.club"};
static const struct forwards_settings forwards = {
    .domains = own, .n_domains = 1};
static const char *const secrets[] = {"secret"};
static const struct srs srs = {
    domains, 1, {NULL, NULL}, NULL, secrets, 1, 21, 4, 4};
static const struct return_path_settings on = {&srs, &forwards, NULL, NULL};

/* Too long for 64 bytes. */
static const char verp[] =
    "bounces+1234567-abcd-ann=remotes.club@em1234.shop.example.com";

static enum rc
forward(struct temp_store *t, const struct return_path_settings *settings,
    const char *sender, const char **out)
{
	*out = NULL;
	return return_path_forward(t->store, settings, t->arena, sender, NULL,
	    now, out, NULL);
}

static enum rc
reverse(struct temp_store *t, const struct return_path_settings *settings,
    const char *text, int64_t when, struct srs_reversed *out)
{
	struct address address;

	CHECK(address_read(t->arena, text, &address, NULL) == RC_OK, text);
	return return_path_reverse(t->store, settings, t->arena, &address, when,
	    out, NULL);
}

static void
rewrites_only_what_needs_it(void **state)
{
	static const struct {
		const char *sender;
		enum rc rc;
		const char *out;
	} rows[] = {
	    {"alice@example.com", RC_OK,
		"SRS0=691N=7G=example.com=alice@srs.fwd.example"},
	    {"", RC_NONE, NULL},
	    {"<>", RC_NONE, NULL},
	    {"\"\"", RC_NONE, NULL},
	    {"alice", RC_NONE, NULL},
	    {"ann@remotes.club", RC_NONE, NULL},
	    {"SRS0=691N=7G=example.com=alice@srs.fwd.example", RC_NONE, NULL},
	};
	const char *out;

	for (size_t i = 0; i < COUNT(rows); i++) {
		CHECK(forward(*state, &on, rows[i].sender, &out) == rows[i].rc,
		    rows[i].sender);
		CHECK_STR(out, rows[i].out, rows[i].sender);
	}
}

/* All without asking the store, which is not there. */
static void
a_short_sender_needs_no_store(void **state)
{
	struct srs_reversed r;
	const char *out;

	CHECK(forward(*state, &on, "alice@example.com", &out) == RC_OK, "to");
	CHECK(reverse(*state, &on, out, now, &r) == RC_OK, "back");
	CHECK(r.answer == SRS_REVERSED, "back");
	CHECK(reverse(*state, &on, "ann@remotes.club", now, &r) == RC_OK,
	    "ordinary");
	CHECK(r.answer == SRS_ORDINARY, "ordinary");
}

static void
a_long_sender_comes_back_from_the_store(void **state)
{
	struct temp_store *t = *state;
	struct srs_reversed r;
	const char *out;

	CHECK(forward(t, &on, verp, &out) == RC_OK, "to");
	CHECK(strstr(out, "=1=") != NULL, out);
	CHECK(reverse(t, &on, out, now + 22 * DAY - 1, &r) == RC_OK, out);
	CHECK(r.answer == SRS_REVERSED, out);
	CHECK_STR(address_text(t->arena, &r.sender), verp, out);
	CHECK(reverse(t, &on, out, now + 22 * DAY, &r) == RC_OK, out);
	CHECK(r.answer == SRS_EXPIRED, out);
}

static void
a_token_may_be_forgotten(void **state)
{
	struct temp_store *t = *state;
	struct srs_reversed r;
	struct db *db;
	const char *out;

	CHECK(forward(t, &on, verp, &out) == RC_OK, "to");
	db = temp_store_take(t);
	CHECK(db_run(db, NULL, "DELETE FROM srs_token", "") == RC_OK, "row");
	store_give(t->store, db);
	CHECK(reverse(t, &on, out, now, &r) == RC_OK, out);
	CHECK(r.answer == SRS_FORGOTTEN, out);
}

/* Never a return path that leads nowhere. */
static void
a_long_sender_waits_for_the_store(void **state)
{
	static const char address[] =
	    "SRS0=tddu=7G=1=0123456789abcdefghijklmnopqrstuv@srs.fwd.example";
	struct temp_store *t = *state;
	struct srs_reversed r;
	const char *out;

	CHECK(forward(t, &on, verp, &out) == RC_TEMP, "to");
	CHECK_STR(out, NULL, "to");
	CHECK(reverse(t, &on, address, now, &r) == RC_TEMP, "back");
}

static void
without_srs_nothing_is_srs(void **state)
{
	static const struct return_path_settings off = {NULL, NULL, NULL, NULL};
	struct srs_reversed r;
	const char *out;

	CHECK(forward(*state, &off, "alice@example.com", &out) == RC_NONE,
	    "to");
	CHECK(reverse(*state, &off,
		  "SRS0=691N=7G=example.com=alice@srs.fwd.example", now,
		  &r) == RC_OK,
	    "back");
	CHECK(r.answer == SRS_ORDINARY, "back");
}

static void
without_its_secrets_srs_waits(void **state)
{
	static const struct srs bare = {
	    domains, 1, {NULL, NULL}, NULL, NULL, 0, 21, 4, 4};
	static const struct return_path_settings ill = {
	    &bare, &forwards, "no secrets", NULL};
	struct srs_reversed r;
	const char *out;

	CHECK(forward(*state, &ill, "alice@example.com", &out) == RC_TEMP,
	    "to");
	CHECK(forward(*state, &ill, "", &out) == RC_NONE, "null sender");
	CHECK(reverse(*state, &ill,
		  "SRS0=691N=7G=example.com=alice@srs.fwd.example", now,
		  &r) == RC_TEMP,
	    "back");
	CHECK(reverse(*state, &ill, "ann@srs.fwd.example", now, &r) == RC_OK,
	    "ordinary");
}

/* As after a change of hash-length from 4 to 8, and for a host that never
   wrote hashes of 4. */
static void
a_shorter_hash_is_read_as_long_as_it_may_be_one_of_ours(void **state)
{
	static const struct srs longer = {
	    domains, 1, {NULL, NULL}, NULL, secrets, 1, 21, 8, 8};
	static const char guess[] =
	    "SRS0=AAAA=7G=example.com=alice@srs.fwd.example";
	static const char hash_of_5[] =
	    "SRS0=691Ny=7G=example.com=alice@srs.fwd.example";
	struct temp_store *t = *state;
	atomic_llong note_at = 0;
	struct return_path_settings before = {&srs, &forwards, NULL, &note_at};
	struct return_path_settings after = {
	    &longer, &forwards, NULL, &note_at};
	const char *old, *token;
	struct srs_reversed r;

	CHECK(forward(t, &on, "alice@example.com", &old) == RC_OK, "to");
	CHECK(reverse(t, &after, old, now, &r) == RC_OK, old);
	CHECK(r.answer == SRS_HASH_INVALID, "never signed so");
	CHECK(forward(t, &before, verp, &token) == RC_OK, "noted");
	CHECK(note_at > now, "not again today");
	CHECK(reverse(t, &after, old, now + 22 * DAY - 1, &r) == RC_OK, old);
	CHECK(r.answer == SRS_REVERSED, "in time");
	CHECK(reverse(t, &after, token, now, &r) == RC_OK, token);
	CHECK(r.answer == SRS_REVERSED, "a token");
	CHECK_STR(address_text(t->arena, &r.sender), verp, token);
	CHECK(reverse(t, &after, guess, now, &r) == RC_OK, guess);
	CHECK(r.answer == SRS_HASH_INVALID, guess);
	CHECK(reverse(t, &after, hash_of_5, now, &r) == RC_OK, hash_of_5);
	CHECK(r.answer == SRS_HASH_INVALID, hash_of_5);
	CHECK(reverse(t, &after, old, now + 22 * DAY, &r) == RC_OK, old);
	CHECK(r.answer == SRS_HASH_INVALID, "over");
}

/* Of a domain of the store, and of one that was removed. */
static void
an_srs_domain_of_the_store_is_read_and_written(void **state)
{
	static const struct stored_domain row = {
	    "choir.example", "srs.choir.example", NULL, 1, 0};
	struct temp_store *t = *state;
	struct forwards_settings stored = {.domains = own,
	    .n_domains = 1,
	    .stored = domains_new(t->store, 0, 0)};
	const struct return_path_settings settings = {
	    &srs, &stored, NULL, NULL};
	struct db *db = temp_store_take(t);
	struct srs_reversed r;
	const char *as, *chain;

	CHECK(domains_add_tx(db, t->arena, &row, NULL) == RC_OK, "add");
	CHECK_STR(return_path_domain(&settings, t->arena, "choir.example"),
	    "srs.choir.example", "its own");
	CHECK_STR(return_path_domain(&settings, t->arena, "remotes.club"),
	    "srs.fwd.example", "the first");
	CHECK(return_path_forward(t->store, &settings, t->arena,
		  "alice@example.com", "srs.choir.example", now, &as,
		  NULL) == RC_OK,
	    "to");
	CHECK_STR(as, "SRS0=691N=7G=example.com=alice@srs.choir.example", "to");
	CHECK(forward(t, &settings, "sue@choir.example", &chain) == RC_NONE,
	    "a sender of ours");
	CHECK(forward(t, &settings, as, &chain) == RC_NONE, "and rewritten");
	CHECK(domains_remove_tx(db, t->arena, "choir.example", 2, NULL) ==
		  RC_OK,
	    "remove");
	CHECK(reverse(t, &settings, as, now, &r) == RC_OK, as);
	CHECK(r.answer == SRS_REVERSED, as);
	CHECK_STR(address_text(t->arena, &r.sender), "alice@example.com", as);
	/* It came back to us by another forwarder, and his hop is ours. */
	CHECK(forward(t, &on, as, &chain) == RC_OK, "by a stranger");
	CHECK(reverse(t, &settings, chain, now, &r) == RC_OK, chain);
	CHECK_STR(address_text(t->arena, &r.sender), "alice@example.com",
	    chain);
	CHECK(stored_domain_expire(db, 2, 9, NULL) == RC_OK, "forgotten");
	CHECK(reverse(t, &settings, as, now, &r) == RC_OK, as);
	CHECK(r.answer == SRS_ELSEWHERE, as);
	store_give(t->store, db);
	domains_free(stored.stored);
}

/* Right or wrong: it tells nothing. */
static void
a_short_hash_waits_for_the_store(void **state)
{
	static const struct srs longer = {
	    domains, 1, {NULL, NULL}, NULL, secrets, 1, 21, 8, 8};
	static const struct return_path_settings after = {
	    &longer, &forwards, NULL, NULL};
	static const char *const rows[] = {
	    "SRS0=691N=7G=example.com=alice@srs.fwd.example",
	    "SRS0=AAAA=7G=example.com=alice@srs.fwd.example"};
	struct srs_reversed r;

	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK(reverse(*state, &after, rows[i], now, &r) == RC_TEMP,
		    rows[i]);
}

/* It is only noted how long the hash is. */
static void
a_store_that_is_away_does_not_hold_up_a_short_sender(void **state)
{
	atomic_llong note_at = 0;
	struct return_path_settings noting = {&srs, &forwards, NULL, &note_at};
	const char *out;

	CHECK(forward(*state, &noting, "alice@example.com", &out) == RC_OK,
	    "to");
	CHECK(note_at == now + 60, "tried again in a minute");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    NEEDS_NAME(rewrites_only_what_needs_it),
	    NEEDS_NAME(a_short_sender_needs_no_store),
	    NEEDS_STORE(a_long_sender_comes_back_from_the_store),
	    NEEDS_STORE(a_token_may_be_forgotten),
	    NEEDS_STORE(an_srs_domain_of_the_store_is_read_and_written),
	    NEEDS_NAME(a_long_sender_waits_for_the_store),
	    NEEDS_STORE(
		a_shorter_hash_is_read_as_long_as_it_may_be_one_of_ours),
	    NEEDS_NAME(a_short_hash_waits_for_the_store),
	    NEEDS_NAME(a_store_that_is_away_does_not_hold_up_a_short_sender),
	    NEEDS_NAME(without_srs_nothing_is_srs),
	    NEEDS_NAME(without_its_secrets_srs_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
