/* SPDX-License-Identifier: MIT */
#include "policy/decision_line.h"

#include "base/pairs.h"
#include "base/str.h"
#include "policy/check.h"
#include "policy/decision_record.h"
#include "policy/private/decision_field.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* What of a line becomes findings. */
struct line_told {
	const char *check, *why, *spf, *fate;
};

/* What one of ours has written of a line of syslog, or of one without its tag;
   NULL: it is somebody else's. */
static const char *
text_of_ours(const char *line)
{
	static const char *const tags[] = {
	    "postward/policyd[", "postward/milter["};
	const char *end = strstr(line, "]: "), *at = end;

	if (str_starts(line, "queue_id=") || str_starts(line, "queue-id=") ||
	    str_starts(line, "state=") || line[0] == '{')
		return line;
	if (end == NULL)
		return NULL;
	while (at > line && isdigit((unsigned char)at[-1]))
		at--;
	for (size_t i = 0; i < sizeof(tags) / sizeof(*tags); i++) {
		size_t len = strlen(tags[i]);

		if ((size_t)(at - line) >= len &&
		    strncmp(at - len, tags[i], len) == 0 &&
		    ((size_t)(at - line) == len ||
			at[-(ptrdiff_t)len - 1] == ' '))
			return end + 3;
	}
	return NULL;
}

/* "name[192.0.2.1]"; the name may have brackets, too. */
static bool
read_client(struct arena *a, const char *text, struct facts *facts)
{
	const char *open = strrchr(text, '[');
	size_t len = open == NULL ? 0 : strlen(open);
	const char *ip;

	if (len < 3 || open[len - 1] != ']')
		return false;
	ip = arena_copy_bytes(a, open + 1, len - 2);
	if (!ip_parse(ip, &facts->client) && strcmp(ip, "unknown") != 0)
		facts->client = (struct ip){0};
	if (!str_starts(text, "unknown["))
		facts->client_name =
		    arena_copy_bytes(a, text, (size_t)(open - text));
	return true;
}

static const struct field *
field_of_line(const char *key)
{
	for (size_t i = 0; i < decision_n_fields; i++)
		if (decision_fields[i].line != NULL &&
		    strcmp(decision_fields[i].line, key) == 0)
			return &decision_fields[i];
	return NULL;
}

static void
tell(struct line_told *told, const char *key, const char *value)
{
	if (strcmp(key, "check") == 0)
		told->check = value;
	else if (strcmp(key, "why") == 0)
		told->why = value;
	else if (strcmp(key, "spf") == 0)
		told->spf = value;
	else if (strcmp(key, "fate") == 0)
		told->fate = value;
}

/* True, too: a newer program tells something that this one does not know. */
static bool
read_line_pair(struct arena *a, const char *key, const char *value,
    struct decision *d, struct line_told *told)
{
	const struct field *f = field_of_line(key);

	tell(told, key, value);
	if (f == NULL)
		return true;
	if (f->kind == FIELD_CLIENT)
		return read_client(a, value, &d->facts);
	if (strcmp(key, "fate_mode") == 0)
		d->fate_shadow = strcmp(value, "shadow") == 0;
	if (f->kind == FIELD_QUEUE && strcmp(value, "NOQUEUE") == 0)
		return true;
	return decision_field_read(a, d, f, value);
}

/* A line that was cut ends with no pair: what it tells before stands. */
static enum rc
read_line_pairs(struct arena *a, const char *text, struct decision *d,
    struct line_told *told, struct err *err)
{
	struct pair pair;

	while (pairs_next(a, &text, &pair, err) == RC_OK)
		if (!read_line_pair(a, pair.key, pair.value, d, told))
			return err_set(err, RC_PERM,
			    "%s: not a value of a decision", pair.key);
	return RC_OK;
}

static bool
is_program_of_ours(const cJSON *object)
{
	const char *program =
	    cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object,
		"program"));

	return program != NULL && (strcmp(program, "policyd") == 0 ||
				      strcmp(program, "milter") == 0);
}

static enum rc
read_line_json(struct arena *a, const char *text, struct decision *d,
    struct line_told *told, struct err *err)
{
	cJSON *object = cJSON_Parse(text), *one;
	enum rc rc = RC_OK;

	if (!is_program_of_ours(object) ||
	    cJSON_GetObjectItemCaseSensitive(object, "state") == NULL)
		rc = RC_NONE;
	cJSON_ArrayForEach(one, object)
	{
		const char *value = cJSON_GetStringValue(one);

		if (rc == RC_OK && value != NULL &&
		    !read_line_pair(a, one->string, arena_copy_text(a, value),
			d, told))
			rc = err_set(err, RC_PERM, "not a value of a decision");
	}
	cJSON_Delete(object);
	return rc;
}

/* Nobody can tell a check that could find out nothing from one that has found
   something that may pass, but by its answer. */
static enum finding_outcome
outcome_of_line(const struct decision *d, const char *check)
{
	if (d->verdict.action == VERDICT_DEFER &&
	    d->verdict.reply.code == 451 &&
	    strcmp(check, check_name(CHECK_DNSBL)) != 0)
		return FINDING_TEMP;
	return FINDING_HIT;
}

static void
add_finding_of_line(struct decision *d, struct finding *all,
    const struct finding *f)
{
	all[d->n_findings++] = *f;
}

/* "dnsbl.zen.example": the check, and the list. */
static void
line_decider(struct arena *a, struct decision *d, struct finding *all,
    const struct line_told *told)
{
	size_t len;
	struct finding f;

	if (told->check == NULL || strcmp(told->check, "points") == 0 ||
	    strcmp(told->check, "none") == 0)
		return;
	len = strcspn(told->check, ".");
	f = (struct finding){
	    .check = arena_copy_bytes(a, told->check, len),
	    .list = told->check[len] == '.' ? told->check + len + 1 : NULL,
	    .why = told->why,
	    .settings = {.action = d->verdict.reply.code >= 500 ? ACTION_REJECT
								: ACTION_DEFER,
		.defer_on_temp = true},
	    .reply = d->verdict.reply,
	};
	f.outcome = outcome_of_line(d, f.check);
	d->verdict.decider = &all[d->n_findings];
	add_finding_of_line(d, all, &f);
}

static bool
line_decided(const struct decision *d, enum check_id id)
{
	return d->n_findings > 0 &&
	       strcmp(d->findings[0].check, check_name(id)) == 0;
}

/* The line tells the results of these, also if another check decided. */
static void
line_results(struct decision *d, struct finding *all,
    const struct line_told *told)
{
	const struct finding spf = {.check = check_name(CHECK_SPF),
	    .outcome = FINDING_FINE,
	    .why = "as the log tells"};
	struct finding fate = {.check = check_name(CHECK_FATE),
	    .outcome = FINDING_FINE,
	    .settings = {.shadow = d->fate_shadow},
	    .why = "as the log tells",
	    .reply = {550, "7.1", "The message cannot be forwarded"}};

	if (told->spf != NULL && !d->facts.message.known &&
	    !line_decided(d, CHECK_SPF))
		add_finding_of_line(d, all, &spf);
	if (told->fate == NULL || line_decided(d, CHECK_FATE))
		return;
	if (strcmp(told->fate, fate_action_name(FATE_REJECT)) == 0)
		fate.outcome = FINDING_HIT;
	if (strcmp(told->fate, fate_action_name(FATE_LATER)) == 0) {
		fate.outcome = FINDING_HIT;
		fate.reply.code = 451;
	}
	add_finding_of_line(d, all, &fate);
}

static enum rc
decision_log_line_read(struct arena *a, const char *text, struct decision *out,
    struct err *err)
{
	struct finding *all = arena_take_array(a, 3, sizeof(*all));
	struct line_told told = {.check = NULL};
	enum rc rc;

	*out = (struct decision){.is_line = true, .findings = all};
	rc = text[0] == '{' ? read_line_json(a, text, out, &told, err)
			    : read_line_pairs(a, text, out, &told, err);
	if (rc != RC_OK)
		return rc;
	out->facts.message.known = out->facts.state == SMTP_END_OF_MESSAGE;
	line_decider(a, out, all, &told);
	line_results(out, all, &told);
	out->unshadowed = out->verdict;
	return RC_OK;
}

enum rc
decision_line_read(struct arena *a, const char *line, struct decision *out,
    struct err *err)
{
	const char *text = text_of_ours(line);

	if (text == NULL)
		return RC_NONE;
	if (str_starts(text, "queue_id=") || text[0] == '{')
		return decision_log_line_read(a, text, out, err);
	if (str_starts(text, "queue-id=") || str_starts(text, "state="))
		return decision_record_read(a, text, out, err);
	return RC_NONE;
}
