/* SPDX-License-Identifier: MIT */
#include "targets/targets.h"

#include "store/forward_table.h"
#include "store/target_failure_table.h"
#include "store/target_health_table.h"

enum rc
targets_forget(struct db *db, const char *account, const char *target,
    struct err *err)
{
	enum rc rc = forward_set_failing(db, account, target, 0, err);

	if (rc == RC_OK || rc == RC_NONE)
		rc = target_health_remove(db, account, target, err);
	if (rc == RC_OK || rc == RC_NONE)
		rc = target_failure_forget(db, account, target, err);
	return rc == RC_NONE ? RC_OK : rc;
}
