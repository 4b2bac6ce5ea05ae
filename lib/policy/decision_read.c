/* SPDX-License-Identifier: MIT */
/* Reads a decision from its record. */
#include "policy/decision_record.h"

#include "base/pairs.h"
#include "policy/private/decision_field.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* The struct that is read into: base is that of the fields. */
struct reading {
	struct arena *arena;
	struct decision *decision;
	/* The decider of both verdicts, by number, until all findings are
	   there; 0: none. */
	long long decider, would_decider;
	struct finding *findings;
	size_t room;
	/* Where the last field stood: the next one is mostly close behind. */
	size_t at, at_finding;
};

static bool
field_read_word(const struct field_words *words, const char *text, void *value)
{
	for (unsigned i = 0; i < 16; i++) {
		const char *word = words->word(i);

		if (word == NULL || strcmp(word, text) != 0)
			continue;
		if (words->is_bool)
			*(bool *)value = i == 1;
		else
			memcpy(value, &i, sizeof(i)); /* any enum */
		return true;
	}
	return false;
}

static bool
field_read_number(const char *text, long long min, long long max,
    long long *out)
{
	char *end;

	*out = strtoll(text, &end, 10);
	return end != text && *end == '\0' && *out >= min && *out <= max;
}

/* "550 5.7.1 Text" */
static bool
field_read_reply(struct arena *a, const char *text, struct reply *out)
{
	char *end;
	unsigned long code = strtoul(text, &end, 10);
	size_t len;

	if (code < 200 || code > 599 || end != text + 3 || end[0] != ' ' ||
	    end[1] != text[0] || end[2] != '.')
		return false;
	len = strcspn(end + 3, " ");
	if (end[3 + len] != ' ')
		return false;
	*out = (struct reply){(unsigned)code, arena_copy_bytes(a, end + 3, len),
	    end + 3 + len + 1};
	return true;
}

static bool
read_decider(struct reading *r, const void *verdict, const char *text)
{
	return field_read_number(text, 1, INT_MAX,
	    verdict == &r->decision->verdict ? &r->decider : &r->would_decider);
}

static bool
field_read_integer(enum field_kind kind, const char *text, void *value)
{
	long long number;

	if (kind == FIELD_COUNT) {
		if (!field_read_number(text, 0, UINT_MAX, &number))
			return false;
		*(unsigned *)value = (unsigned)number;
	} else if (kind == FIELD_MS) {
		if (!field_read_number(text, LLONG_MIN, LLONG_MAX, &number))
			return false;
		*(int64_t *)value = number;
	} else {
		if (!field_read_number(text, INT_MIN, INT_MAX, &number))
			return false;
		*(int *)value = (int)number;
	}
	return true;
}

/* The text is in the arena. */
static bool
read_field(struct reading *r, void *base, const struct field *f,
    const char *text)
{
	void *value = (char *)base + f->at;
	const struct field_words *words = decision_field_words(f->kind);

	if (words != NULL)
		return field_read_word(words, text, value);
	switch (f->kind) {
	case FIELD_TEXT:
	case FIELD_QUEUE:
	case FIELD_PATH:
		*(const char **)value = text;
		return true;
	case FIELD_IP:
		return ip_parse(text, value);
	case FIELD_COUNT:
	case FIELD_NUMBER:
	case FIELD_SCORE:
	case FIELD_MS:
		return field_read_integer(f->kind, text, value);
	case FIELD_REPLY:
		return field_read_reply(r->arena, text, value);
	case FIELD_DECIDER:
		return read_decider(r, value, text);
	default: /* made of other fields */
		return true;
	}
}

static struct finding *
add_finding(struct reading *r)
{
	struct decision *d = r->decision;

	if (d->n_findings >= r->room) {
		size_t room = r->room == 0 ? 16 : r->room * 2;
		struct finding *more =
		    arena_take_array(r->arena, room, sizeof(*more));

		if (r->room > 0)
			memcpy(more, r->findings, r->room * sizeof(*more));
		r->findings = more;
		r->room = room;
	}
	d->findings = r->findings;
	r->findings[d->n_findings] = (struct finding){0};
	return &r->findings[d->n_findings++];
}

/* Sets the deciders, now that the findings keep their places. */
static bool
point_at_deciders(struct reading *r)
{
	struct decision *d = r->decision;

	if ((size_t)r->decider > d->n_findings ||
	    (size_t)r->would_decider > d->n_findings)
		return false;
	if (r->decider > 0)
		d->verdict.decider = &d->findings[r->decider - 1];
	if (r->would_decider > 0)
		d->unshadowed.decider = &d->findings[r->would_decider - 1];
	return true;
}

static enum rc
wrong_value(struct err *err, const char *name)
{
	return err_set(err, RC_PERM, "%s: not a value of a decision", name);
}

static enum rc
end_reading(struct reading *r, struct err *err)
{
	size_t n = r->findings == NULL ? 0 : r->decision->n_findings;

	for (size_t i = 0; i < n; i++)
		if (r->findings[i].check == NULL)
			return wrong_value(err, "found");
	return point_at_deciders(r) ? RC_OK : wrong_value(err, "finding");
}

/* ---- pairs */

/* Reads a text in <>, as field_text wrote it. */
static bool
strip_path(struct arena *a, const char **text)
{
	size_t len = strlen(*text);

	if (len < 2 || (*text)[0] != '<' || (*text)[len - 1] != '>')
		return false;
	*text = arena_copy_bytes(a, *text + 1, len - 2);
	return true;
}

static bool
has_name(const struct field *f, const char *key)
{
	const char *prefix;

	if (f->part == PART_LINE)
		return false;
	for (prefix = decision_parts[f->part].prefix; *prefix != '\0';
	     prefix++, key++)
		if (*key != *prefix)
			return false;
	return key[0] == f->name[0] && strcmp(key, f->name) == 0;
}

/* The field of that name, looked for from *at on; NULL: none. */
static const struct field *
field_named(const struct field *fields, size_t n, size_t *at, const char *key)
{
	for (size_t i = 0; i < n; i++) {
		size_t k = *at + i < n ? *at + i : *at + i - n;

		if (has_name(&fields[k], key)) {
			*at = k + 1 == n ? 0 : k + 1;
			return &fields[k];
		}
	}
	return NULL;
}

static bool
read_pair(struct reading *r, void *base, const struct field *f,
    const char *text)
{
	if (f->kind == FIELD_PATH && !strip_path(r->arena, &text))
		return false;
	return read_field(r, base, f, text);
}

bool
decision_field_read(struct arena *a, struct decision *d, const struct field *f,
    const char *text)
{
	struct reading r = {.arena = a, .decision = d};

	return f->kind == FIELD_DECIDER || read_pair(&r, d, f, text);
}

static enum rc
record_read_finding(struct reading *r, const char *pairs, struct err *err)
{
	struct finding *finding = add_finding(r);
	struct pair pair;
	enum rc rc;

	while ((rc = pairs_next(r->arena, &pairs, &pair, err)) == RC_OK) {
		const struct field *f = field_named(decision_finding_fields,
		    decision_n_finding_fields, &r->at_finding, pair.key);

		if (f != NULL && !read_pair(r, finding, f, pair.value))
			return wrong_value(err, pair.key);
	}
	return rc == RC_NONE ? RC_OK : rc;
}

static enum rc
read_decision_pair(struct reading *r, const struct pair *pair, struct err *err)
{
	const struct field *f;

	if (strcmp(pair->key, "found") == 0)
		return record_read_finding(r, pair->value, err);
	f = field_named(decision_fields, decision_n_fields, &r->at, pair->key);
	return f == NULL || read_pair(r, r->decision, f, pair->value)
		   ? RC_OK
		   : wrong_value(err, pair->key);
}

enum rc
decision_record_read(struct arena *a, const char *pairs, struct decision *out,
    struct err *err)
{
	struct reading r = {.arena = a, .decision = out};
	struct pair pair;
	enum rc rc;

	*out = (struct decision){0};
	while ((rc = pairs_next(a, &pairs, &pair, err)) == RC_OK) {
		rc = read_decision_pair(&r, &pair, err);
		if (rc != RC_OK)
			return rc;
	}
	return rc == RC_NONE ? end_reading(&r, err) : rc;
}

/* ---- JSON */

/* Returns the text of a member; NULL: the member is null, or missing.  RC_PERM:
   the text has a wrong escape. */
static enum rc
member_text(struct arena *a, const cJSON *object, const char *name,
    const char **out)
{
	const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);

	*out = NULL;
	if (cJSON_IsNumber(member))
		*out = arena_printf(a, "%d", member->valueint);
	if (!cJSON_IsString(member))
		return RC_OK;
	if (strchr(member->valuestring, '\\') != NULL)
		return pairs_unescape(a, member->valuestring, out);
	*out = arena_copy_text(a, member->valuestring);
	return RC_OK;
}

static enum rc
record_read_member(struct reading *r, const cJSON *object, void *base,
    const struct field *f, struct err *err)
{
	const char *text;

	if (member_text(r->arena, object, f->name, &text) != RC_OK ||
	    (text != NULL && !read_field(r, base, f, text)))
		return wrong_value(err, f->name);
	return RC_OK;
}

static enum rc
record_read_findings(struct reading *r, const cJSON *findings, struct err *err)
{
	const cJSON *one;

	cJSON_ArrayForEach(one, findings)
	{
		struct finding *finding = add_finding(r);

		for (size_t i = 0; i < decision_n_finding_fields; i++) {
			enum rc rc = record_read_member(r, one, finding,
			    &decision_finding_fields[i], err);

			if (rc != RC_OK)
				return rc;
		}
	}
	return RC_OK;
}

enum rc
decision_record_read_json(struct arena *a, const cJSON *record,
    struct decision *out, struct err *err)
{
	struct reading r = {.arena = a, .decision = out};
	enum rc rc;

	*out = (struct decision){0};
	for (size_t i = 0; i < decision_n_fields; i++) {
		const struct field *f = &decision_fields[i];

		if (f->part == PART_LINE)
			continue;
		rc = record_read_member(&r,
		    cJSON_GetObjectItemCaseSensitive(record,
			decision_parts[f->part].member),
		    out, f, err);
		if (rc != RC_OK)
			return rc;
	}
	rc = record_read_findings(&r,
	    cJSON_GetObjectItemCaseSensitive(record, "findings"), err);
	return rc == RC_OK ? end_reading(&r, err) : rc;
}
