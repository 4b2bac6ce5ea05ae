/* SPDX-License-Identifier: MIT */
/*
 * fate_tally - counts, out of the log of postward-milter, what became of copies
 * that were to be forwarded, and who sent them.  Pure.
 *
 * What was refused or put off for another reason is not counted: nobody was
 * told its fate.
 */
#pragma once

#include "policy/fate.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longer lines are no line of ours (base/log.c). */
#define FATE_TALLY_LINE_MAX ((size_t)8192)

/* Of further domains of From only the messages are counted. */
#define FATE_AUTHORS_MAX ((size_t)50000)

/* From whom it is: a domain of From. */
struct fate_sender {
	const char *author; /* NULL: no message of it has one */
	uint64_t n[FATE_ACTIONS];
	uint64_t cases[FATE_CASES];  /* of what is not sent as it is */
	uint64_t at[FATE_RECEIVERS]; /* that would not take these */
};

/* Is that what becomes of what is not sent as it is? */
bool fate_sender_acts(enum fate_action action);
/* How many of such. */
uint64_t fate_sender_acted(const struct fate_sender *sender);

struct fate_tally {
	struct arena *arena;
	void *senders; /* a tree */
	size_t n_senders;
	uint64_t more[FATE_ACTIONS]; /* messages of further domains */
	uint64_t shadow[FATE_ACTIONS], done[FATE_ACTIONS];
	uint64_t at[FATE_RECEIVERS][FATE_ACTIONS];
};

/* Everything lives in the arena, but for fate_tally_end. */
struct fate_tally *fate_tally_new(struct arena *a);
void fate_tally_end(struct fate_tally *t);

/* One line as the milter logs it: behind the tag of syslog, or without it; text
   or JSON.  True: it told of a fate. */
bool fate_tally_line(struct fate_tally *t, const char *line);

/* Messages in all. */
uint64_t fate_tally_messages(const struct fate_tally *t);

/* Those of further domains that are not sent as they are. */
uint64_t fate_tally_more(const struct fate_tally *t);

/* Those of whom something is not sent as it is; who has most of it comes
   first. */
const struct fate_sender **fate_tally_senders(const struct fate_tally *t,
    size_t *n);
