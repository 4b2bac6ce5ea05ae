/* SPDX-License-Identifier: MIT */
/*
 * import_store - what a file of import.h changes in the store, in one
 * transaction.
 */
#pragma once

#include "import.h"
#include "store/db.h"

enum import_change {
	IMPORT_ADDED,     /* an account */
	IMPORT_CHANGED,   /* the account was there */
	IMPORT_UNCHANGED, /* so was all of it */
	IMPORT_CHANGES,
};

struct import_work {
	const struct forwards_settings *forwards;
	struct arena *arena;         /* of texts in import */
	const struct import *import; /* of the file; lives on */
	int64_t now;
	bool replace; /* accounts that have other targets get those of the
			 file */
	bool dry;     /* nothing is changed in the end */
	/* The outcome.  changes: of each entry. */
	enum import_change *changes;
	size_t counts[IMPORT_CHANGES];
	struct import_remark *problems, *notes; /* of the store alone */
	size_t n_problems, n_notes;
};

/* A store_work for store_change.  RC_OK: all is done.  RC_NONE: it would be, or
   there are problems. */
store_work import_store;
