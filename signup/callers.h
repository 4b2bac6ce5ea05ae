/* SPDX-License-Identifier: MIT */
/*
 * callers - the connections of browsers, and the end of those that take too
 * long.
 *
 * libmicrohttpd's own timeout is one of silence: who sends a byte now and then
 * would stay for ever.  Here each part of a request has a time of its own, and
 * so many connections at once are one client's or one network's (throttle.h),
 * that a few of them cannot have all.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define CALLERS_HEADER_MS  20000 /* with the rest before it */
#define CALLERS_REQUEST_MS 20000 /* of the body */
#define CALLERS_ANSWER_MS  10000

/* Of all connections, one in so many. */
#define CALLERS_CLIENT_PART  16
#define CALLERS_NETWORK_PART 8

struct callers;
struct caller;

struct callers *callers_new(void);
void callers_free(struct callers *callers);

/* peer: its address, or NULL; not kept. */
struct caller *caller_new(struct callers *callers, const char *peer, int fd);
/* Before fd is closed. */
void caller_free(struct callers *callers, struct caller *caller);

enum caller_state {
	CALLER_IDLE,    /* the last request is answered, the next may begin */
	CALLER_BEGUN,   /* there is a header, and it is not answered */
	CALLER_SERVED,  /* we work for it: it is not late */
	CALLER_ANSWERED /* it may take its answer */
};

void caller_turn(struct callers *callers, struct caller *caller,
    enum caller_state state);

/* Shuts down the connections that are late. */
void callers_hurry(struct callers *callers);

/* How many are not idle. */
unsigned callers_busy(struct callers *callers);

/* May one more of that address connect, where there are `most` in all? */
bool callers_has_room(struct callers *callers, const char *peer, unsigned most);
