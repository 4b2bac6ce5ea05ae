/* SPDX-License-Identifier: MIT */
/*
 * import_json - what `postward import --json` prints.
 */
#pragma once

#include "import_store.h"

/* Remarks of the file and of the store, by line. */
struct import_remarks {
	const struct import_remark *all;
	size_t n;
};

/* One object; the accounts that would change are in it for a dry run. */
void import_json_print(const struct import_work *w,
    const struct import_remarks *notes, const struct import_remarks *problems);
