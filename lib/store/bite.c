/* SPDX-License-Identifier: MIT */
#include "store/private/bite.h"

enum rc
bite(struct db *db, const char *find, const char *remove, int64_t before,
    struct err *err)
{
	int64_t end;
	enum rc rc =
	    db_read_first(db, db_integer_reader(&end), err, find, "i", before);

	return rc == RC_OK ? db_run(db, err, remove, "i", end) : rc;
}
