/* SPDX-License-Identifier: MIT */
/*
 * callers - the connections of browsers, and the end of those that take too
 * long.
 *
 * libmicrohttpd's own timeout is one of silence: who sends a byte now and then
 * would stay for ever.  Here a request has to be complete, and its answer
 * taken, in CALLERS_REQUEST_MS from the end of the one before it.
 */
#pragma once

#include <stdint.h>

#define CALLERS_REQUEST_MS 20000

struct callers;
struct caller;

struct callers *callers_new(void);
void callers_free(struct callers *callers);

struct caller *caller_new(struct callers *callers, int fd);
/* Before fd is closed. */
void caller_free(struct callers *callers, struct caller *caller);

enum caller_state {
	CALLER_IDLE,  /* the last request is answered, the next may begin */
	CALLER_BEGUN, /* there is a header, and it is not answered */
	CALLER_SERVED /* we work for it: it is not late */
};

void caller_turn(struct callers *callers, struct caller *caller,
    enum caller_state state);

/* Shuts down the connections that are late. */
void callers_hurry(struct callers *callers);

/* How many are not idle. */
unsigned callers_busy(struct callers *callers);
