/* SPDX-License-Identifier: MIT */
/*
 * asking - asks a program of ours something real, in the words in which Postfix
 * does.
 */
#pragma once

#include "base/err.h"

struct asking {
	const char *where;     /* "unix:/path", "inet:host:port" */
	const char *recipient; /* an address of ours */
	const char *domain;    /* of it */
	const char *client;    /* an address of this machine */
};

/* context is a struct asking.  RC_OK: it has answered, err holds what.
   RC_NONE: nobody is there; RC_PERM: it may not be reached; RC_TEMP: it does
   not answer, or something else, which err says. */
enum rc asking_policyd(const void *context, struct err *err);
enum rc asking_forwarder(const void *context, struct err *err);
enum rc asking_milter(const void *context, struct err *err);
/* Only whether it accepts a connection. */
enum rc asking_nothing(const void *context, struct err *err);
