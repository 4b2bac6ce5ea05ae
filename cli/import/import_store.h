/* SPDX-License-Identifier: MIT */
/*
 * import_store - what a file of import.h changes in the store, in one
 * transaction.
 */
#pragma once

#include "import_spool.h"
#include "store/db.h"

struct import_work {
	const struct forwards_settings *forwards;
	struct import_spool *spool;     /* sorted; gets the remarks */
	const struct import_says *says; /* of the file */
	int64_t now;
	bool replace; /* accounts that have other targets get those of the
			 file */
	bool dry;     /* nothing is changed in the end */
	bool list;    /* what would be changed is listed in the spool */
	size_t counts[IMPORT_CHANGES]; /* the outcome */
};

/* A store_work for store_change.  RC_OK: all is done.  RC_NONE: it would be, or
   there are problems. */
store_work import_store;
