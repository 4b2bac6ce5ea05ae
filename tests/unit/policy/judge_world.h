/* SPDX-License-Identifier: MIT */
/*
 * judge_world - the whole of lib/policy on a zone file and an SQLite store: one
 * row, one SMTP step.
 */
#pragma once

#include "policy/judge.h"

#include "base/clock.h"
#include "check.h"
#include "dns_zone.h"
#include "store/account_table.h"
#include "store/forward_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *const domains[] = {"remotes.club"};
static const struct list_code bl_codes = {
    .first = 0x7f000002, .last = 0x7f00000b};
static const struct list_code dbl_codes = {
    .first = 0x7f000102, .last = 0x7f000163};

struct world {
	char folder[32];
	struct policy_settings settings;
	struct forwards_settings forwards;
	struct return_path_settings return_path;
	struct dns_list lists[3];
	struct ip_net trusted;
	struct judge judge;
	struct dns *dns;
	struct store *store;
	struct spf *spf;
	struct spf_rules rules[2];
	struct transaction *transaction; /* that steps belong to, or NULL */
	struct arena *arena;
	const char *sasl_user; /* of the steps to come */
};

static void
settings_init(struct world *w)
{
	static const char *const senders[] = {"friend.test", "a@exact.test"};
	static const char *const helos[] = {"trusted-helo.test"};

	w->lists[0] = (struct dns_list){.zone = "bl.test",
	    .codes = &bl_codes,
	    .n_codes = 1,
	    .of = DNS_LIST_CLIENT};
	w->lists[1] = w->lists[0];
	w->lists[1].zone = "odd.test";
	w->lists[2] = (struct dns_list){.zone = "dbl.test",
	    .codes = &dbl_codes,
	    .n_codes = 1,
	    .of = DNS_LIST_REVERSE_CLIENT | DNS_LIST_HELO | DNS_LIST_SENDER};
	ip_net_parse("198.51.100.0/24", &w->trusted);
	w->forwards = (struct forwards_settings){
	    .domains = domains, .n_domains = 1, .delimiter = "+"};
	w->settings = (struct policy_settings){
	    .hostname = "mx.remotes.club",
	    .forwards = &w->forwards,
	    .return_path = &w->return_path,
	    .reject_at = 10,
	    .deadline_ms = 1000,
	    .list_deadline_ms = 100,
	    .lists = w->lists,
	    .n_lists = 3,
	    .allow = {&w->trusted, 1, senders, 2, helos, 1},
	};
	for (size_t i = 0; i < CHECKS; i++)
		w->settings.checks[i] = checks[i]->def;
	w->rules[1].of[SPF_SOFTFAIL] = w->rules[1].of[SPF_PERMERROR] =
	    (struct check_settings){.action = ACTION_SCORE, .points = 3};
	w->rules[1].of[SPF_NONE] = w->rules[1].of[SPF_NEUTRAL] =
	    (struct check_settings){.action = ACTION_SCORE};
	w->rules[1].of[SPF_TEMPERROR].defer_on_temp = true;
	w->rules[0] = w->rules[1];
	w->rules[0].domain = "soft.test";
	w->rules[0].of[SPF_SOFTFAIL].action = ACTION_REJECT;
	w->settings.spf.rules = &w->rules[1];
	w->settings.spf.helo = true;
	w->settings.spf.header = true;
}

static void
store_fill(struct store *store)
{
	static const struct forward ann = {.account = "ann@remotes.club",
	    .target = "ann@gmail.test",
	    .state = FORWARD_ACTIVE};
	static const struct forward postmaster = {
	    .account = "postmaster@remotes.club",
	    .target = "admin@gmail.test",
	    .state = FORWARD_ACTIVE};
	static const struct forward kim = {.account = "kim@remotes.club",
	    .target = "kim@gmail.test",
	    .state = FORWARD_ACTIVE};
	struct db *db;

	assert_int_equal(store_take(store, &db, NULL), RC_OK);
	account_add(db, "ann@remotes.club", 1, NULL);
	account_add(db, "eve@remotes.club", 1, NULL);
	account_add(db, "postmaster@remotes.club", 1, NULL);
	assert_int_equal(forward_add(db, &ann, NULL), RC_OK);
	assert_int_equal(forward_add(db, &postmaster, NULL), RC_OK);
	account_add(db, "kim@remotes.club", 1, NULL);
	assert_int_equal(forward_add(db, &kim, NULL), RC_OK);
	forward_set_failing(db, kim.account, kim.target, clock_now() - 60,
	    NULL);
	store_give(store, db);
}

static int
set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	char url[64];
	struct err err;
	int from, to;

	strcpy(w->folder, "/tmp/judge.XXXXXX");
	assert_non_null(mkdtemp(w->folder));
	snprintf(url, sizeof(url), "sqlite:%s/db", w->folder);
	w->arena = arena_new();
	settings_init(w);
	assert_int_equal(store_open(url, NULL, &w->store, &err), RC_OK);
	assert_int_equal(store_migrate(w->store, &from, &to, &err), RC_OK);
	store_fill(w->store);
	if (dns_open_zone("tests/data/zones/policy.zone", &w->dns, &err) !=
	    RC_OK)
		fail_msg("%s", err.text);
	w->spf = spf_new(w->dns);
	w->judge = (struct judge){.settings = &w->settings,
	    .dns = w->dns,
	    .store = w->store,
	    .spf = w->spf};
	*state = w;
	return 0;
}

static int
tear_down(void **state)
{
	struct world *w = *state;
	char command[64];

	store_close(w->store);
	spf_free(w->spf);
	dns_close(w->dns);
	arena_free(w->arena);
	snprintf(command, sizeof(command), "rm -r %s", w->folder);
	assert_int_equal(system(command), 0);
	free(w);
	return 0;
}

struct step {
	const char *name;
	enum smtp_state state;
	const char *client, *helo, *sender, *recipient;
	const char *reply; /* how it begins; NULL: accepted */
};

static inline struct judgement
judge_step(struct world *w, const struct step *step, bool thorough)
{
	struct facts facts = {
	    .state = step->state,
	    .helo = step->helo,
	    .sender = step->sender,
	    .recipient = step->recipient,
	    .sasl_user = w->sasl_user,
	    .instance = "1.2.3",
	};
	struct judgement j;

	ip_parse(step->client, &facts.client);
	ip_parse("203.0.113.1", &facts.server);
	facts_complete(&facts, w->arena, "+", w->settings.hostname);
	w->judge.thorough = thorough;
	judge_facts(&w->judge, &facts, w->transaction, w->arena, &j);
	return j;
}

static inline void
check_steps(struct world *w, const struct step *steps, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct judgement j = judge_step(w, &steps[i], false);
		const char *reply =
		    j.verdict.action == VERDICT_ACCEPT
			? NULL
			: reply_line(w->arena, &j.verdict.reply);

		if (steps[i].reply == NULL)
			CHECK_STR(reply, NULL, steps[i].name);
		else if (reply == NULL || strncmp(reply, steps[i].reply,
					      strlen(steps[i].reply)) != 0)
			fail_msg("%s: answered %s", steps[i].name,
			    reply == NULL ? "nothing" : reply);
		arena_reset(w->arena);
	}
}

#define ANN   "ann@remotes.club"
#define BOB   "bob@good.test"
#define MX    "mx.good.test"
#define CLEAN "192.0.2.10"
