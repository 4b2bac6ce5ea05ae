/* SPDX-License-Identifier: MIT */
/*
 * postfix_wanted - what one parameter should be, by the kind of its row in
 * postfix_plan.c; pure.
 */
#pragma once

#include "postfix_plan.h"

struct plan {
	struct arena *arena;
	const struct postfix_facts *facts;
	struct err *err;
	bool refused;
};

struct plan_row {
	const char *name;
	/* What it should be; NULL: it is right.  raw is "" where main.cf does
	   not set it. */
	const char *(*wanted)(struct plan *p, const struct plan_row *row,
	    const struct postfix_setting *now);
	enum postfix_part part;
	const char *value; /* %s: the socket of that part */
	const char *map;   /* of the forwarder */
	const char *why;
};

/* NULL where it is not known; "" where Postfix does not know it. */
const struct postfix_setting *plan_setting(const struct postfix_facts *facts,
    const char *name);
const char *plan_expanded(const struct plan *p, const char *name);
const char *plan_raw(const struct postfix_setting *now);
/* The row's value, with the socket. */
const char *plan_value(const struct plan *p, const struct plan_row *row);
/* What leads to the program of that row. */
struct postfix_entries plan_entries(const struct plan *p,
    const struct plan_row *row);
/* NULL: ours is not among what the list has.  Else the list with ours, which
   is the list itself where it leads to us. */
const char *plan_present(const struct plan *p, const struct plan_row *row,
    const struct postfix_setting *now);
/* NULL where the value counts already. */
const char *plan_if_other(const char *value, const struct postfix_setting *now);

/* The kinds: that value; a number; where nobody else has aliases; where nothing
   is set; a name of the world's. */
const char *want_exactly(struct plan *p, const struct plan_row *row,
    const struct postfix_setting *now);
const char *want_at_least(struct plan *p, const struct plan_row *row,
    const struct postfix_setting *now);
const char *want_if_alone(struct plan *p, const struct plan_row *row,
    const struct postfix_setting *now);
const char *want_action(struct plan *p, const struct plan_row *row,
    const struct postfix_setting *now);
const char *want_hostname(struct plan *p, const struct plan_row *row,
    const struct postfix_setting *now);

/* A table, a milter, a word in a list; postfix_wanted_lists.c: restrictions. */
const char *want_map(struct plan *p, const struct plan_row *row,
    const struct postfix_setting *now);
const char *want_milter(struct plan *p, const struct plan_row *row,
    const struct postfix_setting *now);
const char *want_word(struct plan *p, const struct plan_row *row,
    const struct postfix_setting *now);
const char *want_policy(struct plan *p, const struct plan_row *row,
    const struct postfix_setting *now);
const char *want_relay(struct plan *p, const struct plan_row *row,
    const struct postfix_setting *now);
const char *want_sender(struct plan *p, const struct plan_row *row,
    const struct postfix_setting *now);

/* Our domains are not Postfix' own. */
const char *want_destination(struct plan *p, const struct plan_row *row,
    const struct postfix_setting *now);
const char *want_origin(struct plan *p, const struct plan_row *row,
    const struct postfix_setting *now);
