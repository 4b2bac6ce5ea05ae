/* SPDX-License-Identifier: MIT */
/* A store that is damaged is our own trouble: what cannot be looked at was not
   "not found", and what was not written was not done. */
#include "store/account_check_table.h"
#include "store/account_table.h"
#include "store/author_token_table.h"
#include "store/decision_table.h"
#include "store/forward_table.h"
#include "store/greylist_table.h"
#include "store/limit_table.h"
#include "store/outbox_table.h"
#include "store/provision_table.h"
#include "store/registration_table.h"
#include "store/sender_rule_table.h"
#include "store/srs_token_table.h"
#include "store/target_failure_table.h"
#include "store/target_health_table.h"
#include "store/token_bucket_table.h"
#include "store/with_db.h"

static const char ann[] = "ann@remotes.club", target[] = "ann@mailbox.example";
static const struct due due = {10, 10};
static const struct greylist_row grey = {"x", 10, 10, 0, 20};
static const struct limit limit = {"ask:192.0.2.1", 1, 60};
static const struct provision job = {.request = "1"};
static const struct outbox_mail mail = {.id = "1",
    .dedup_key = "1",
    .about = "1",
    .recipient = "ann@mailbox.example",
    .template = "code",
    .values = "{}"};
static const struct registration member = {.id = "1",
    .userid = "ann",
    .address = "ann@remotes.club",
    .email = "ann@mailbox.example"};
static const struct forward forward = {
    .account = "ann@remotes.club", .target = "ann@mailbox.example"};

static const struct decision_row decided = {.id = "1",
    .account = "ann@remotes.club",
    .host = "mx.remotes.club",
    .record = ""};
static const struct decision_search search = {.before = 10};
static const struct sender_rule rule = {
    .account = "ann@remotes.club", .sender = "example.org"};

static const struct target_failure failed = {.account = "ann@remotes.club",
    .target = "ann@mailbox.example",
    .message = "1"};
static const struct target_failure_search many = {.least = 1, .until = 9};
static const struct target_failure_search decided_ones = {
    .least = 1, .decided_only = true};
static const struct target_health health = {
    .id = "1", .account = "ann@remotes.club", .target = "ann@mailbox.example"};

#define CALL(name, ...)                                                        \
	static enum rc name(struct with_db *w, struct err *err)                \
	{                                                                      \
		struct db *db = w->db;                                         \
		struct arena *a = w->arena;                                    \
                                                                               \
		(void)a;                                                       \
		return __VA_ARGS__;                                            \
	}

CALL(call_account_find, account_find(db, a, ann, &(struct account){0}, err))
CALL(call_account_list, account_list(db, &(struct db_row *){NULL}, err))
CALL(call_account_add, account_add(db, ann, 1, err))
CALL(call_account_suspend, account_suspend(db, ann, true, err))
CALL(call_account_delete, account_delete(db, ann, err))
CALL(call_forward_list,
    forward_list(db, a, ann, &(struct forward *){NULL}, &(size_t){0}, err))
CALL(call_forward_walk, forward_walk(db, NULL, &(struct db_row *){NULL}, err))
CALL(call_forward_find,
    forward_find(db, a, ann, target, &(struct forward){0}, err))
CALL(call_forward_add, forward_add(db, &forward, err))
CALL(call_forward_verify, forward_verify(db, ann, target, 1, err))
CALL(call_forward_remove, forward_remove(db, ann, target, err))
CALL(call_account_check_list,
    account_check_list(db, a, ann, &(struct account_check *){NULL},
	&(size_t){0}, err))
CALL(call_account_check_put,
    account_check_put(db, &(struct account_check){ann, "spf", true, 10}, err))
CALL(call_account_check_remove, account_check_remove(db, ann, "spf", err))
CALL(call_token_bucket_find,
    token_bucket_find(db, "x", &(struct token_bucket){0}, err))
CALL(call_token_bucket_put,
    token_bucket_put(db, "x", NULL, &(struct token_bucket){1, 1}, err))
CALL(call_token_bucket_expire, token_bucket_expire(db, 10, 20, 5, err))
CALL(call_greylist_find, greylist_find(db, a, (const char *[3]){"x"},
			     (struct greylist_row[3]){0}, err))
CALL(call_greylist_add, greylist_add(db, &grey, err))
CALL(call_greylist_pass, greylist_pass(db, "x", 10, 20, err))
CALL(call_greylist_count, greylist_count(db, 10, &(int64_t){0}, err))
CALL(call_greylist_expire, greylist_expire(db, 10, 5, err))
CALL(call_greylist_trim, greylist_trim(db, 5, err))
CALL(call_limit_take, limit_take(db, &limit, 10, &(int64_t){0}, err))
CALL(call_limit_look, limit_look(db, &limit, 10, &(int64_t){0}, err))
CALL(call_limit_expire, limit_expire(db, 10, err))
CALL(call_outbox_insert, outbox_insert(db, &mail, err))
CALL(call_outbox_has, outbox_has(db, "1", err))
CALL(call_outbox_by_id, outbox_by_id(db, a, "1", &(struct outbox_mail){0}, err))
CALL(call_outbox_list,
    outbox_list(db, a, NULL, &(struct outbox_mail *){NULL}, &(size_t){0}, err))
CALL(call_outbox_due, outbox_due(db, a, &due, &(struct outbox_mail){0}, err))
CALL(call_outbox_waiting, outbox_waiting(db, &(int64_t){0}, &(int64_t){0}, err))
CALL(call_outbox_update, outbox_update(db, &mail, "owner", err))
CALL(call_outbox_give_up, outbox_give_up(db, &due, "late", err))
CALL(call_outbox_drop, outbox_drop(db, "1", err))
CALL(call_outbox_expire, outbox_expire(db, 10, err))
CALL(call_provision_insert, provision_insert(db, "1", 10, err))
CALL(call_provision_again, provision_again(db, "1", 10, err))
CALL(call_provision_by_request,
    provision_by_request(db, a, "1", &(struct provision){0}, err))
CALL(call_provision_due,
    provision_due(db, a, &due, &(struct provision){0}, err))
CALL(call_provision_update, provision_update(db, &job, "owner", err))
CALL(call_registration_insert, registration_insert(db, &member, err))
CALL(call_registration_by_id,
    registration_by_id(db, a, "1", &(struct registration){0}, err))
CALL(call_registration_by_address,
    registration_by_address(db, a, ann, &(struct registration){0}, err))
CALL(call_registration_list,
    registration_list(db, a, 1, &(struct registration *){NULL}, &(size_t){0},
	err))
CALL(call_registration_walk,
    registration_walk_begin(db, 1, &(struct registration_walk){0}, err))
CALL(call_registration_update, registration_update(db, &member, err))
CALL(call_registration_sign, registration_sign(db, "1", "signed", err))
CALL(call_registration_remove, registration_remove(db, "1", err))
CALL(call_registration_expire, registration_expire(db, 10, err))
CALL(call_author_token_put,
    author_token_put(db, "t", &(struct author_token){ann, target}, 10, err))
CALL(call_author_token_find,
    author_token_find(db, a, "t", 10, &(const char *){NULL}, err))
CALL(call_author_token_list,
    author_token_list(db, a, "t", 10, &(struct author_token *){NULL},
	&(size_t){0}, err))
CALL(call_author_token_list_by_target,
    author_token_list_by_target(db, a, "t", target, 10,
	&(struct author_token *){NULL}, &(size_t){0}, err))
CALL(call_author_token_expire, author_token_expire(db, 10, err))
CALL(call_srs_token_put, srs_token_put(db, "t", target, 20, 10, err))
CALL(call_srs_token_find,
    srs_token_find(db, a, "t", 10, &(const char *){NULL}, err))
CALL(call_srs_token_expire, srs_token_expire(db, 10, err))

CALL(call_decision_insert, decision_insert(db, &decided, err))
CALL(call_decision_walk,
    decision_walk(db, &search, &(struct db_row *){NULL}, err))
CALL(call_decision_walk_refused,
    decision_walk_refused(db, ann, 1, 1, &(struct db_row *){NULL}, err))
CALL(call_decision_count, decision_count(db, 1, 10, &(int64_t){0}, err))
CALL(call_decision_expire, decision_expire(db, 10, 10, err))
CALL(call_decision_forget, decision_forget(db, ann, err))
CALL(call_sender_rule_list,
    sender_rule_list(db, a, ann, &(struct sender_rule *){NULL}, &(size_t){0},
	err))
CALL(call_sender_rule_count, sender_rule_count(db, ann, &(int64_t){0}, err))
CALL(call_sender_rule_put, sender_rule_put(db, &rule, err))
CALL(call_sender_rule_remove, sender_rule_remove(db, ann, "example.org", err))

CALL(call_forward_set_failing, forward_set_failing(db, ann, target, 1, err))
CALL(call_target_failure_add, target_failure_add(db, &failed, err))
CALL(call_target_failure_count,
    target_failure_count(db, &failed, 1, &(int64_t){0}, err))
CALL(call_target_failure_list,
    target_failure_list(db, a, &many, &(struct target_failure *){NULL},
	&(size_t){0}, err))
CALL(call_target_failure_decided,
    target_failure_list(db, a, &decided_ones, &(struct target_failure *){NULL},
	&(size_t){0}, err))
CALL(call_target_failure_forget, target_failure_forget(db, ann, target, err))
CALL(call_target_failure_expire, target_failure_expire(db, 1, 9, err))
CALL(call_target_health_by_id,
    target_health_by_id(db, a, "1", &(struct target_health){0}, err))
CALL(call_target_health_find,
    target_health_find(db, a, ann, target, &(struct target_health){0}, err))
CALL(call_target_health_list,
    target_health_list(db, a, ann, &(struct target_seen *){NULL}, &(size_t){0},
	err))
CALL(call_target_health_list_in,
    target_health_list_in(db, a, TARGET_PAUSED, 1, 1,
	&(struct target_health *){NULL}, &(size_t){0}, err))
CALL(call_target_health_count,
    target_health_count(db, TARGET_PAUSED, 1, &(int64_t){0}, err))
CALL(call_target_health_due,
    target_health_due(db, a, &due, &(struct target_health){0}, err))
CALL(call_target_health_list_refuted,
    target_health_list_refuted(db, a, &(struct target_health *){NULL},
	&(size_t){0}, err))
CALL(call_target_health_insert, target_health_insert(db, &health, err))
CALL(call_target_health_update, target_health_update(db, &health, err))
CALL(call_target_health_count_wrong_code,
    target_health_count_wrong_code(db, "1", err))
CALL(call_target_health_remove, target_health_remove(db, ann, target, err))
CALL(call_target_health_expire, target_health_expire(db, 1, err))

#define ROW(name)                                                              \
	{                                                                      \
#name, call_##name                                             \
	}

static const struct {
	const char *name;
	enum rc (*call)(struct with_db *w, struct err *err);
} rows[] = {
    ROW(decision_insert),
    ROW(decision_walk),
    ROW(decision_walk_refused),
    ROW(decision_count),
    ROW(decision_expire),
    ROW(decision_forget),
    ROW(sender_rule_list),
    ROW(sender_rule_count),
    ROW(sender_rule_put),
    ROW(sender_rule_remove),
    ROW(author_token_put),
    ROW(author_token_find),
    ROW(author_token_list),
    ROW(author_token_list_by_target),
    ROW(author_token_expire),
    ROW(account_find),
    ROW(account_list),
    ROW(account_add),
    ROW(account_suspend),
    ROW(account_delete),
    ROW(forward_list),
    ROW(forward_walk),
    ROW(forward_find),
    ROW(forward_add),
    ROW(forward_verify),
    ROW(forward_remove),
    ROW(account_check_list),
    ROW(account_check_put),
    ROW(account_check_remove),
    ROW(token_bucket_find),
    ROW(token_bucket_put),
    ROW(token_bucket_expire),
    ROW(greylist_find),
    ROW(greylist_add),
    ROW(greylist_pass),
    ROW(greylist_count),
    ROW(greylist_expire),
    ROW(greylist_trim),
    ROW(limit_take),
    ROW(limit_look),
    ROW(limit_expire),
    ROW(outbox_insert),
    ROW(outbox_has),
    ROW(outbox_by_id),
    ROW(outbox_list),
    ROW(outbox_due),
    ROW(outbox_waiting),
    ROW(outbox_update),
    ROW(outbox_give_up),
    ROW(outbox_drop),
    ROW(outbox_expire),
    ROW(provision_insert),
    ROW(provision_again),
    ROW(provision_by_request),
    ROW(provision_due),
    ROW(provision_update),
    ROW(registration_insert),
    ROW(registration_by_id),
    ROW(registration_by_address),
    ROW(registration_list),
    ROW(registration_walk),
    ROW(registration_update),
    ROW(registration_sign),
    ROW(registration_remove),
    ROW(registration_expire),
    ROW(srs_token_put),
    ROW(srs_token_find),
    ROW(srs_token_expire),
    ROW(forward_set_failing),
    ROW(target_failure_add),
    ROW(target_failure_count),
    ROW(target_failure_list),
    ROW(target_failure_decided),
    ROW(target_failure_forget),
    ROW(target_failure_expire),
    ROW(target_health_by_id),
    ROW(target_health_find),
    ROW(target_health_list),
    ROW(target_health_list_in),
    ROW(target_health_count),
    ROW(target_health_due),
    ROW(target_health_list_refuted),
    ROW(target_health_insert),
    ROW(target_health_update),
    ROW(target_health_count_wrong_code),
    ROW(target_health_remove),
    ROW(target_health_expire),
};

static void
a_table_that_is_gone_is_for_later(void **state)
{
	static const char *const drops[] = {
	    "DROP TABLE provision",
	    "DROP TABLE request",
	    "DROP TABLE decision",
	    "DROP TABLE sender_rule",
	    "DROP TABLE target_failure",
	    "DROP TABLE target_health",
	    "DROP TABLE forward",
	    "DROP TABLE member_code",
	    "DROP TABLE member_session",
	    "DROP TABLE account_check",
	    "DROP TABLE account",
	    "DROP TABLE outbox",
	    "DROP TABLE srs_token",
	    "DROP TABLE author_token",
	    "DROP TABLE rate_limit",
	    "DROP TABLE domain",
	    "DROP TABLE greylist",
	    "DROP TABLE token_bucket",
	};
	struct with_db *w = *state;
	struct err err = {""};

	for (size_t i = 0; i < COUNT(drops); i++)
		CHECK(db_run(w->db, &err, drops[i], "") != RC_TEMP, err.text);
	for (size_t i = 0; i < COUNT(rows); i++) {
		err.text[0] = '\0';
		CHECK(rows[i].call(w, &err) == RC_TEMP, rows[i].name);
		CHECK(err.text[0] != '\0', rows[i].name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    NEEDS_DB(a_table_that_is_gone_is_for_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
