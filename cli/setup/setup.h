/* SPDX-License-Identifier: MIT */
/*
 * setup - what the parts of `postward setup` share.
 */
#pragma once

#include "command.h"
#include "setup_answers.h"

struct setup {
	struct invocation *in; /* its settings: those of the files, once there
				  are some */
	struct setup_site site;
	const char *config; /* postward.conf */
	const char *folder; /* conf.d beside it */
	const char *file;   /* ours in there */
	bool asks;          /* there is somebody to ask */
	bool installed; /* config is the one that the units and tmpfiles.d know
			 */
	bool starts;    /* the programs, once all is written */
	bool changed;   /* the configuration, or keys, by us */
	bool asked;     /* a question was */
	struct setup_answers given;
};

/* setup_ask.c: reads options and the file of answers.  RC_PERM: it is wrong. */
enum rc setup_read_given(struct setup *s, struct err *err);
/* Puts all answers into s->site.  What is not given is asked for, or has its
   default; the exit status. */
int setup_ask(struct setup *s);
/* "yes" or Enter, of somebody who can be asked. */
bool setup_ask_yes(const struct setup *s, const char *question);

/* setup_steps.c: does all of it, in an order in which it may be broken off
   anywhere and begun again. */
enum rc setup_do(struct setup *s, struct err *err);
/* What setup_do would do. */
void setup_show(const struct setup *s);

/* setup_units.c */
enum rc setup_units_start(struct setup *s, struct err *err);
void setup_units_show(const struct setup *s);
/* Makes users, and folders with the owners and modes that they should have, as
   sysusers.d and tmpfiles.d say. */
enum rc setup_units_prepare(const struct setup *s, struct err *err);
