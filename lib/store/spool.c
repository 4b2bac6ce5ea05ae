/* SPDX-License-Identifier: MIT */
#include "store/spool.h"

#include "store/private/db_driver.h"
#include "store/private/sqlite_database.h"

#include <assert.h>

enum rc
spool_open(const char *sql, struct db **out, struct err *err)
{
	struct db *db;
	enum rc rc = sqlite_open_private(&db, err);

	if (rc != RC_OK)
		return rc;
	/* One transaction of which nobody sees the end costs less than one of
	   each row. */
	rc = db->driver->execute(db, db->driver->begin, err);
	if (rc == RC_OK)
		rc = db->driver->execute(db, sql, err);
	if (rc == RC_OK)
		*out = db;
	else
		db->driver->close(db);
	return rc;
}

void
spool_close(struct db *spool)
{
	if (spool == NULL)
		return;
	assert(spool->rows == 0);
	spool->driver->close(spool);
}
