/* SPDX-License-Identifier: MIT */
/*
 * list_health - the state of a DNS list: well, or which fault it has, and since
 * when.
 *
 * One for each list, shared by all threads and kept over reloads.  A list that
 * has a fault is suspended: nobody asks it until its test (list_test.h) finds
 * it well, or, where nobody tests, until LIST_HEALTH_SUSPENSION_MS are over. To
 * ask whether a list is well costs one atomic load.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum list_fault {
	LIST_WELL,
	LIST_TYPING_ERROR,    /* 127.255.255.252 */
	LIST_PUBLIC_RESOLVER, /* 127.255.255.254 */
	LIST_TOO_MANY,        /* 127.255.255.255 */
	LIST_REFUSES,         /* another of 127.255.255/24 */
	LIST_BLOCKED,         /* 127.0.0.1 for all that is asked */
	LIST_OUTSIDE,         /* an answer outside 127/8 */
	LIST_WORLD,           /* lists what no list may */
	LIST_EMPTY,           /* does not list what every list must */
	LIST_OTHER_CODES,     /* lists it with codes that are not configured */
	LIST_ODD,             /* lists what no list may, with such codes or
				 with good ones */
	LIST_NO_ZONE,
	LIST_SILENT,
	LIST_FAULTS,
};

/* The words for an operator about each fault. */
struct list_fault_text {
	const char *word; /* for JSON: "public-resolver" */
	const char *cause, *fix;
};

extern const struct list_fault_text list_fault_texts[LIST_FAULTS];

/* True: with this fault a list at worst lists nobody, so that it is still
   asked. */
bool list_fault_is_harmless(enum list_fault fault);

/* When a well list is tested, one with a fault, and one that was only silent:
   DNS itself may have been down, and for no longer than a moment. */
#define LIST_HEALTH_TEST_MS   ((int64_t)60 * 60 * 1000)
#define LIST_HEALTH_RETRY_MS  ((int64_t)10 * 60 * 1000)
#define LIST_HEALTH_SILENT_MS ((int64_t)60 * 1000)

/* Longer than the time between two tests: a suspension ends by itself only in
   programs that do not test. */
#define LIST_HEALTH_SUSPENSION_MS ((int64_t)15 * 60 * 1000)

/* So many questions in a row without an answer suspend a list. */
#define LIST_HEALTH_SILENCES 3

/* Starts zeroed: well, and to be tested at once. */
struct list_health {
	_Atomic int64_t until;   /* of clock_ms: suspended; 0: well */
	_Atomic int64_t test_at; /* of clock_ms */
	_Atomic int64_t since;   /* of clock_now: when it fell ill, or got well;
				    0: always well so far */
	_Atomic int64_t tested;  /* of clock_now; 0: never */
	atomic_int fault;        /* also after `until`: the last one */
	atomic_uint silences;    /* in a row */
};

bool list_health_suspended(struct list_health *h, int64_t now_ms);

enum list_witness {
	LIST_BY_REQUEST, /* an answer that a request has had */
	LIST_BY_TEST,
};

/* The list has that fault, which suspends it unless it is harmless, or is well.
   Returns true if its state changed: then the caller logs it.  A request says
   nothing new about a suspended list: it had asked before that. */
bool list_health_change(struct list_health *h, enum list_witness witness,
    enum list_fault fault, int64_t now_ms);

/* Counts a question with an answer, or one without an answer in time.
   list_health_silent returns true if the list must be suspended. */
void list_health_answered(struct list_health *h);
bool list_health_silent(struct list_health *h);

/* To be called after a test: sets the time of the next one, varied by `chance`,
   any number, so that not all servers of the world ask at the same moment. */
void list_health_tested(struct list_health *h, int64_t now_ms, unsigned chance);
bool list_health_due(struct list_health *h, int64_t now_ms);

/* The health of all lists that some configuration has, by zone, kind and who is
   asked.  Not for several threads at once. */
struct list_healths;

struct list_healths *list_healths_new(void);
void list_healths_free(struct list_healths *all);

/* Returns the state of that list, a new one if there is none. list_healths_give
   frees it when every user has given it back.  asked_at: servers of its own, or
   NULL. */
struct list_health *list_healths_take(struct list_healths *all,
    const char *zone, bool of_clients, const char *asked_at);
void list_healths_give(struct list_healths *all, struct list_health *health);
