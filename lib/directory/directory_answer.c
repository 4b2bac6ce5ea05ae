/* SPDX-License-Identifier: MIT */
#include "directory/private/directory_answer.h"

#include "base/clock.h"
#include "base/str.h"

#include <ldap.h>
#include <string.h>

#define TEXT_SHOWN  100
#define TARGET_MAX  ((size_t)320) /* as that of a forward (schema.c) */
#define TARGET_KIND "smtp:"       /* as Active Directory writes addresses */

/* What a search has brought so far. */
struct found {
	unsigned entries, references;
	const char *dn;   /* of the first entry */
	const char *more; /* what makes the answer none: another entry, or a
			     server that ours refers us to */
};

static struct timeval
time_left(const struct directory_connection *c)
{
	int64_t left = c->stream.end - clock_us();

	if (left < 0)
		left = 0;
	return (struct timeval){.tv_sec = (time_t)(left / 1000000),
	    .tv_usec = (suseconds_t)(left % 1000000)};
}

void
directory_answer_lost(const struct directory_connection *c, int code,
    struct err *why)
{
	if (c->stream.too_long)
		err_set(why, RC_TEMP, "its answer is longer than %zu bytes",
		    DIRECTORY_ANSWER_MAX);
	else if (c->stream.late)
		err_set(why, RC_TEMP, "no answer in time");
	else if (c->garbled)
		err_set(why, RC_TEMP, "what it says is no LDAP");
	else if (c->unasked)
		err_set(why, RC_TEMP, "it has said what nobody had asked for");
	else if (code == LDAP_SERVER_DOWN)
		err_set(why, RC_TEMP, "it has ended the connection");
	else
		err_set(why, RC_TEMP, "%s", ldap_err2string(code));
}

/* The next message; NULL: there is none, and *why says why. */
static LDAPMessage *
next_message(struct directory_connection *c, int id, int all, int *code,
    struct err *why)
{
	struct timeval left = time_left(c);
	LDAPMessage *message = NULL;
	int kind = ldap_result(c->ldap, id, all, &left, &message);

	if (kind > 0)
		return message;
	*code = LDAP_TIMEOUT;
	if (kind == 0)
		c->stream.late = true;
	else
		ldap_get_option(c->ldap, LDAP_OPT_RESULT_CODE, code);
	if (*code == LDAP_SUCCESS)
		*code = LDAP_DECODING_ERROR;
	directory_answer_lost(c, *code, why);
	ldap_msgfree(message);
	return NULL;
}

/* "Invalid credentials", and behind a colon the server's words, if any. */
static void
result_words(struct arena *a, int code, const char *text, struct err *why)
{
	bool told = text != NULL && text[0] != '\0';

	err_set(why, RC_TEMP, "%s%s%s", ldap_err2string(code), told ? ": " : "",
	    told ? str_printable(a, text, strlen(text), TEXT_SHOWN) : "");
}

int
directory_answer_wait(struct directory_connection *c, int id, struct err *why)
{
	int code = LDAP_OTHER, parsed;
	LDAPMessage *message = next_message(c, id, LDAP_MSG_ALL, &code, why);
	struct arena *a;
	char *text = NULL;

	if (message == NULL)
		return code;
	a = arena_new();
	parsed = ldap_parse_result(c->ldap, message, &code, NULL, &text, NULL,
	    NULL, 1);
	if (parsed != LDAP_SUCCESS)
		code = parsed;
	result_words(a, code, text, why);
	ldap_memfree(text);
	arena_free(a);
	return code;
}

/* The value as a target; NULL: it is none. */
static const char *
read_target(struct arena *a, const struct berval *value)
{
	const char *text = value->bv_val;
	size_t len = value->bv_len, kind = strlen(TARGET_KIND);
	const char *shown;

	if (len == 0 || len > TARGET_MAX + kind)
		return NULL;
	shown = str_printable(a, text, len, SIZE_MAX);
	if (strlen(shown) != len || memcmp(shown, text, len) != 0)
		return NULL;
	return str_starts_fold(shown, TARGET_KIND) ? shown + kind : shown;
}

static void
add_targets(struct arena *a, const char *attribute, struct berval **values,
    const char **targets, struct directory_entry *out)
{
	for (size_t i = 0; values != NULL && values[i] != NULL; i++) {
		const char *target = read_target(a, values[i]);

		if (target != NULL && out->n < DIRECTORY_TARGETS_MAX)
			targets[out->n++] = target;
		else if (target == NULL && out->note == NULL)
			out->note = arena_printf(a,
			    "a value of %s is no address", attribute);
		else if (target != NULL && out->note == NULL)
			out->note = arena_printf(a,
			    "more than %d targets: the others are left out",
			    DIRECTORY_TARGETS_MAX);
		if (out->n == DIRECTORY_TARGETS_MAX && out->note != NULL)
			break;
	}
}

static bool
is_suspended(const struct directory_settings *s, struct berval **values)
{
	struct arena *a = arena_new();
	bool found = false;

	for (size_t i = 0; values != NULL && values[i] != NULL && !found; i++) {
		const char *value = str_printable(a, values[i]->bv_val,
		    values[i]->bv_len, TEXT_SHOWN);

		for (size_t k = 0; k < s->n_suspended; k++)
			found |= str_equal_fold(value, s->suspended[k]);
	}
	arena_free(a);
	return found;
}

static void
read_entry(struct directory_connection *c, const struct directory_settings *s,
    struct arena *a, LDAPMessage *entry, struct directory_entry *out)
{
	const char **targets =
	    arena_take_array(a, DIRECTORY_TARGETS_MAX, sizeof(*targets));
	struct berval **values;

	*out = (struct directory_entry){.targets = targets};
	for (size_t i = 0; i < s->n_attributes; i++) {
		values = ldap_get_values_len(c->ldap, entry, s->attributes[i]);
		add_targets(a, s->attributes[i], values, targets, out);
		ldap_value_free_len(values);
	}
	if (s->state[0] == '\0')
		return;
	values = ldap_get_values_len(c->ldap, entry, s->state);
	out->suspended = is_suspended(s, values);
	ldap_value_free_len(values);
}

static const char *
entry_name(struct directory_connection *c, struct arena *a, LDAPMessage *entry)
{
	char *dn = ldap_get_dn(c->ldap, entry);
	const char *shown =
	    dn == NULL ? "?" : str_printable(a, dn, strlen(dn), TEXT_SHOWN);

	ldap_memfree(dn);
	return shown;
}

/* The first of the URLs, which are freed. */
static const char *
referral_shown(struct arena *a, char **urls)
{
	const char *shown =
	    urls == NULL || urls[0] == NULL
		? "another server"
		: str_printable(a, urls[0], strlen(urls[0]), TEXT_SHOWN);

	ldap_memvfree((void **)urls);
	return shown;
}

static void
note_reference(struct directory_connection *c, struct arena *a,
    LDAPMessage *message, struct found *found)
{
	char **urls = NULL;

	if (found->references++ > 0)
		return;
	ldap_parse_reference(c->ldap, message, &urls, NULL, 0);
	found->more = arena_printf(a,
	    "some of what is below the base is at %s, which is not asked",
	    referral_shown(a, urls));
}

static void
note_entry(struct directory_connection *c, const struct directory_try *t,
    const struct directory_search *search, LDAPMessage *entry,
    struct found *found, struct directory_entry *out)
{
	const char *dn = entry_name(c, search->arena, entry);

	if (found->entries++ == 0) {
		found->dn = dn;
		read_entry(c, t->settings, search->arena, entry, out);
	} else if (found->entries == 2) {
		found->more = arena_printf(search->arena,
		    "two entries have that address: %s and %s", found->dn, dn);
	}
}

/* Codes with which a server says that it can answer nobody, not only this
   question. */
static bool
is_fault_of_server(int code)
{
	static const int codes[] = {LDAP_OPERATIONS_ERROR, LDAP_BUSY,
	    LDAP_UNAVAILABLE, LDAP_NO_SUCH_OBJECT, LDAP_INSUFFICIENT_ACCESS,
	    LDAP_STRONG_AUTH_REQUIRED, LDAP_CONFIDENTIALITY_REQUIRED,
	    LDAP_INAPPROPRIATE_AUTH, LDAP_REFERRAL};

	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
		if (codes[i] == code)
			return true;
	return false;
}

/* The directory cannot hold such an address, or nothing stands where it would
   be. */
static bool
is_nobody(int code, const struct directory_search *search)
{
	if (code == LDAP_NO_SUCH_OBJECT)
		return search->variable;
	return !search->ascii && (code == LDAP_INVALID_SYNTAX ||
				     code == LDAP_INAPPROPRIATE_MATCHING);
}

static enum rc
judge_result(struct directory_try *t, const struct directory_search *search,
    const struct found *found, int code, const struct err *why, struct err *err)
{
	bool too_many = code == LDAP_SIZELIMIT_EXCEEDED && found->entries > 0;

	if (is_nobody(code, search))
		return RC_NONE;
	if (code != LDAP_SUCCESS && !too_many) {
		t->failure = DIRECTORY_FAILED_ANSWER;
		t->server_failed = is_fault_of_server(code);
		return err_set(err, RC_TEMP, "search below \"%s\": %s",
		    search->base, why->text);
	}
	if (search->any || (found->entries == 1 && !too_many))
		return RC_OK;
	if (found->more == NULL && !too_many)
		return RC_NONE;
	t->failure = DIRECTORY_FAILED_ANSWER;
	return err_set(err, RC_TEMP, "%s",
	    found->more != NULL ? found->more
				: "more than one entry has that address");
}

/* The last message of the answer, which is freed. */
static enum rc
read_result(struct directory_connection *c, struct directory_try *t,
    const struct directory_search *search, LDAPMessage *message,
    const struct found *found, struct err *err)
{
	char *text = NULL, **referrals = NULL;
	struct err why;
	int code, parsed = ldap_parse_result(c->ldap, message, &code, NULL,
		      &text, &referrals, NULL, 1);

	if (parsed != LDAP_SUCCESS)
		code = parsed;
	result_words(search->arena, code, text, &why);
	ldap_memfree(text);
	if (code == LDAP_REFERRAL)
		err_set(&why, RC_TEMP,
		    "it refers us to %s, which is not asked: name in url the "
		    "servers that have the base",
		    referral_shown(search->arena, referrals));
	else
		ldap_memvfree((void **)referrals);
	return judge_result(t, search, found, code, &why, err);
}

static enum rc
answer_lost(struct directory_connection *c, struct directory_try *t,
    const struct err *why, struct err *err)
{
	t->failure =
	    c->stream.late ? DIRECTORY_FAILED_TIMEOUT : DIRECTORY_FAILED_ANSWER;
	t->broken = true;
	/* What somebody has written into one entry is not the server's. */
	t->server_failed = !c->stream.too_long;
	return err_set(err, RC_TEMP, "search: %s", why->text);
}

enum rc
directory_answer_read(struct directory_connection *c, struct directory_try *t,
    const struct directory_search *search, int id, struct directory_entry *out,
    struct err *err)
{
	struct found found = {0};
	LDAPMessage *message;
	struct err why = {""};
	int code;

	for (;;) {
		message = next_message(c, id, LDAP_MSG_ONE, &code, &why);
		if (message == NULL)
			return answer_lost(c, t, &why, err);
		if (ldap_msgtype(message) == LDAP_RES_SEARCH_RESULT)
			return read_result(c, t, search, message, &found, err);
		if (ldap_msgtype(message) == LDAP_RES_SEARCH_ENTRY)
			note_entry(c, t, search, message, &found, out);
		else if (ldap_msgtype(message) == LDAP_RES_SEARCH_REFERENCE)
			note_reference(c, search->arena, message, &found);
		ldap_msgfree(message);
	}
}
