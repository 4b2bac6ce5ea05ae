/* SPDX-License-Identifier: MIT */
/*
 * decision_field - the rows that the record of a decision is made of, one for
 * each fact.  Seen by decision_record and decision_read only.
 */
#pragma once

#include "policy/decision.h"

#include <stddef.h>

/* The type of a field, which tells how it is written and read. */
enum field_kind {
	FIELD_TEXT,    /* const char *; NULL: nothing to say */
	FIELD_PATH,    /* const char *, in <> but in JSON */
	FIELD_QUEUE,   /* const char *, in the log never left out */
	FIELD_STATE,   /* enum smtp_state */
	FIELD_IP,      /* struct ip; version 0: nothing to say */
	FIELD_CLIENT,  /* name[ip], for the log */
	FIELD_ACTION,  /* enum action */
	FIELD_VERDICT, /* enum verdict_action */
	FIELD_OUTCOME, /* enum finding_outcome */
	FIELD_COUNT,   /* unsigned; 0: nothing to say */
	FIELD_NUMBER,  /* int */
	FIELD_SCORE,   /* int; in the log, 0: nothing to say */
	FIELD_MS,      /* int64_t */
	FIELD_FLAG,    /* bool: "yes", or nothing */
	FIELD_MODE,    /* bool: "shadow" or "enforce" */
	FIELD_ON_TEMP, /* bool: "defer" or "accept" */
	FIELD_HIDDEN,  /* bool: "hidden", or nothing */
	FIELD_SHADOW,  /* bool: "shadow", or nothing */
	FIELD_REPLY,   /* struct reply; code 0: nothing to say */
	/* Of a struct verdict: */
	FIELD_DECIDER, /* which finding, from 1; NULL: nothing to say */
	FIELD_CHECK,   /* its check; written only */
	FIELD_LIST,    /* its list; written only */
	FIELD_FULL,    /* "dnsbl.zen.example"; for the log */
	FIELD_WHY,     /* its why; for the log */
	FIELD_PASSED,  /* what a member lets pass; for the log */
	FIELD_WOULD,   /* what shadow mode kept from happening; for the log */
};

/* A part of the record, and of its JSON. */
enum field_part {
	PART_FACTS,
	PART_MESSAGE, /* only at the end of a message */
	PART_DECIDED,
	PART_SHADOW,
	PART_DONE,
	PART_LINE, /* made of other fields: it is in the log only */
};

#define PARTS PART_LINE /* that are kept */

struct part_names {
	const char *member; /* of the JSON */
	const char *prefix; /* of its pairs */
};

extern const struct part_names decision_parts[PARTS];

struct field {
	const char *line; /* in the log; NULL: not there */
	const char *name; /* in pairs and JSON */
	enum field_part part;
	enum field_kind kind;
	size_t at;
};

extern const struct field decision_fields[], decision_finding_fields[];
extern const size_t decision_n_fields, decision_n_finding_fields;

/* Of a kind that is one word of a few: its i-th word, or NULL.  is_bool: the
   field is a bool, else an enum. */
struct field_words {
	const char *(*word)(unsigned i);
	bool is_bool;
};

/* Reads what the log or the pairs have of that field of a decision; true also
   if it is made of other fields, and nothing is read. */
bool decision_field_read(struct arena *a, struct decision *d,
    const struct field *f, const char *text);

/* NULL: fields of this kind are not words. */
const struct field_words *decision_field_words(enum field_kind kind);
