/* SPDX-License-Identifier: MIT */
#include "policy/decision_record.h"

#include "base/pairs.h"
#include "policy/private/decision_field.h"

#include <string.h>

/* A record is mostly no longer. */
#define RECORD_MOSTLY ((size_t)1500)

static const char *
field_word(enum field_kind kind, const void *value)
{
	const struct field_words *words = decision_field_words(kind);
	unsigned number;

	if (words->is_bool)
		return words->word(*(const bool *)value);
	memcpy(&number, value, sizeof(number)); /* any enum */
	return words->word(number);
}

/* Writes the reply as it is kept: reply_line would make it ASCII. */
static const char *
reply_text(struct arena *a, const struct reply *reply)
{
	return reply->code == 0
		   ? NULL
		   : arena_printf(a, "%u %u.%s %s", reply->code,
			 reply->code / 100, reply->dsn, reply->text);
}

static const char *
decider_number(struct arena *a, const struct decision *d,
    const struct verdict *v)
{
	return v->decider == NULL ? NULL
				  : arena_printf(a, "%zu",
					(size_t)(v->decider - d->findings) + 1);
}

static const char *
decider_full(struct arena *a, const struct verdict *v)
{
	if (v->action == VERDICT_ACCEPT)
		return NULL;
	if (v->decider == NULL || v->decider->list == NULL)
		return verdict_decider(v);
	return arena_printf(a, "%s.%s", v->decider->check, v->decider->list);
}

static const char *
verdict_field(struct arena *a, const struct decision *d,
    const struct verdict *v, enum field_kind kind)
{
	if (kind == FIELD_DECIDER)
		return decider_number(a, d, v);
	if (kind == FIELD_CHECK)
		return v->action == VERDICT_ACCEPT ? NULL : verdict_decider(v);
	if (kind == FIELD_LIST)
		return v->decider == NULL ? NULL : v->decider->list;
	if (kind == FIELD_FULL)
		return decider_full(a, v);
	if (kind == FIELD_WHY)
		return d->failure != NULL ? d->failure
		       : v->decider == NULL || v->action == VERDICT_ACCEPT
			   ? NULL
			   : v->decider->why;
	/* FIELD_WOULD */
	if (v->action == d->verdict.action)
		return NULL;
	return arena_printf(a, "%s by %s", verdict_action_name(v->action),
	    decider_full(a, v));
}

static bool
speaks_against(const struct finding *f)
{
	return f->outcome == FINDING_HIT ||
	       (f->outcome == FINDING_TEMP && f->settings.defer_on_temp);
}

/* "spf,dnsbl.zen.example" */
static const char *
passed_text(struct arena *a, const struct decision *d)
{
	const char *all = NULL;

	for (size_t i = 0; i < d->n_findings; i++) {
		const struct finding *f = &d->findings[i];

		if (f->passed && speaks_against(f))
			all = arena_printf(a, "%s%s%s%s%s",
			    all == NULL ? "" : all, all == NULL ? "" : ",",
			    f->check, f->list == NULL ? "" : ".",
			    f->list == NULL ? "" : f->list);
	}
	return all;
}

static const char *
client_text(struct arena *a, const struct facts *facts)
{
	return arena_concat(a,
	    facts->client_name == NULL ? "unknown" : facts->client_name, "[",
	    ip_text(a, &facts->client), "]");
}

static const char *
path_text(struct arena *a, const char *path)
{
	return path == NULL ? NULL : arena_concat(a, "<", path, ">");
}

/* base is the struct that the field is of; d is the decision that it is in. */
static const char *
field_text(struct arena *a, const struct decision *d, const void *base,
    const struct field *f)
{
	const void *value = (const char *)base + f->at;

	switch (f->kind) {
	case FIELD_TEXT:
	case FIELD_QUEUE:
		return *(const char *const *)value;
	case FIELD_PATH:
		return path_text(a, *(const char *const *)value);
	case FIELD_IP:
		return ((const struct ip *)value)->version == 0
			   ? NULL
			   : ip_text(a, value);
	case FIELD_CLIENT:
		return client_text(a, &d->facts);
	case FIELD_PASSED:
		return passed_text(a, d);
	case FIELD_COUNT:
		return *(const unsigned *)value == 0
			   ? NULL
			   : arena_printf(a, "%u", *(const unsigned *)value);
	case FIELD_NUMBER:
	case FIELD_SCORE:
		return arena_printf(a, "%d", *(const int *)value);
	case FIELD_MS:
		return arena_printf(a, "%lld",
		    (long long)*(const int64_t *)value);
	case FIELD_REPLY:
		return reply_text(a, value);
	case FIELD_DECIDER:
	case FIELD_CHECK:
	case FIELD_LIST:
	case FIELD_FULL:
	case FIELD_WHY:
	case FIELD_WOULD:
		return verdict_field(a, d, value, f->kind);
	default:
		return field_word(f->kind, value);
	}
}

/* Writes the field for the log, where a 0 is left out and a reply is shown as
   it was sent. */
static const char *
line_text(struct arena *a, const struct decision *d, const struct field *f)
{
	const void *value = (const char *)d + f->at;

	if (f->kind == FIELD_QUEUE && d->facts.queue_id == NULL)
		return "NOQUEUE";
	if (f->kind == FIELD_SCORE && *(const int *)value == 0)
		return NULL;
	if (f->kind == FIELD_REPLY)
		return ((const struct reply *)value)->code == 0
			   ? NULL
			   : reply_line(a, value);
	return field_text(a, d, d, f);
}

size_t
decision_record_line(struct arena *a, const struct decision *d,
    struct log_pair pairs[static DECISION_LINE_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < decision_n_fields; i++)
		if (decision_fields[i].line != NULL)
			pairs[n++] = (struct log_pair){decision_fields[i].line,
			    line_text(a, d, &decision_fields[i])};
	return n;
}

size_t
decision_record_facts(struct arena *a, const struct decision *d,
    struct log_pair pairs[static DECISION_LINE_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < decision_n_fields; i++)
		if (decision_fields[i].part == PART_FACTS)
			pairs[n++] = (struct log_pair){decision_fields[i].name,
			    field_text(a, d, d, &decision_fields[i])};
	return n;
}

/* What a finding that is read has anyway, if nothing is said: a decision has a
   dozen of them, most of which found nothing. */
static bool
goes_without_saying(const struct finding *finding, const struct field *f)
{
	const void *value = (const char *)finding + f->at;

	switch (f->kind) {
	case FIELD_ACTION:
		return *(const enum action *)value == (enum action)0;
	case FIELD_NUMBER:
		return *(const int *)value == 0;
	case FIELD_MODE:
	case FIELD_ON_TEMP:
		return !*(const bool *)value;
	default:
		return false;
	}
}

static void
add_finding_fields(struct str *to, struct arena *a, const struct decision *d,
    const struct finding *finding)
{
	for (size_t i = 0; i < decision_n_finding_fields; i++) {
		const struct field *f = &decision_finding_fields[i];

		if (!goes_without_saying(finding, f))
			pairs_add(to, f->name, field_text(a, d, finding, f));
	}
}

const char *
decision_record_pairs(struct arena *a, const struct decision *d)
{
	struct str all, one;

	str_init(&all, a);
	str_reserve(&all, RECORD_MOSTLY);
	for (size_t i = 0; i < decision_n_fields; i++)
		if (decision_fields[i].part != PART_LINE)
			pairs_add_under(&all,
			    decision_parts[decision_fields[i].part].prefix,
			    decision_fields[i].name,
			    field_text(a, d, d, &decision_fields[i]));
	str_init(&one, a);
	for (size_t k = 0; k < d->n_findings; k++) {
		one.len = 0;
		add_finding_fields(&one, a, d, &d->findings[k]);
		pairs_add(&all, "found", one.text);
	}
	return all.text;
}

static bool
is_utf8(const char *text)
{
	size_t len = strlen(text), size;

	for (; len > 0; text += size, len -= size) {
		size = str_utf8(text, len);
		if (size == 0)
			return false;
	}
	return true;
}

static void
json_add_field(struct arena *a, cJSON *object, const struct decision *d,
    const void *base, const struct field *f)
{
	const void *value = (const char *)base + f->at;
	const char *text;

	if (f->kind == FIELD_NUMBER || f->kind == FIELD_SCORE) {
		cJSON_AddNumberToObject(object, f->name, *(const int *)value);
		return;
	}
	text = f->kind == FIELD_PATH ? *(const char *const *)value
				     : field_text(a, d, base, f);
	if (text == NULL)
		cJSON_AddNullToObject(object, f->name);
	else if (strchr(text, '\\') != NULL || !is_utf8(text))
		cJSON_AddStringToObject(object, f->name, pairs_escape(a, text));
	else
		cJSON_AddStringToObject(object, f->name, text);
}

static cJSON *
finding_json(struct arena *a, const struct decision *d,
    const struct finding *finding)
{
	cJSON *object = cJSON_CreateObject();

	for (size_t i = 0; i < decision_n_finding_fields; i++)
		json_add_field(a, object, d, finding,
		    &decision_finding_fields[i]);
	return object;
}

cJSON *
decision_record_json(struct arena *a, const struct decision *d)
{
	cJSON *all = cJSON_CreateObject(), *findings;
	cJSON *objects[PARTS];

	for (size_t i = 0; i < PARTS; i++)
		objects[i] = i == PART_MESSAGE && !d->facts.message.known
				 ? NULL
				 : cJSON_AddObjectToObject(all,
				       decision_parts[i].member);
	for (size_t i = 0; i < decision_n_fields; i++)
		if (decision_fields[i].part != PART_LINE &&
		    objects[decision_fields[i].part] != NULL)
			json_add_field(a, objects[decision_fields[i].part], d,
			    d, &decision_fields[i]);
	findings = cJSON_AddArrayToObject(all, "findings");
	for (size_t i = 0; i < d->n_findings; i++)
		cJSON_AddItemToArray(findings,
		    finding_json(a, d, &d->findings[i]));
	return all;
}
