/* SPDX-License-Identifier: MIT */
/*
 * import_json - what an import has done, for programs.
 */
#pragma once

#include "import_store.h"

/* RC_TEMP: the spool cannot be read; what was printed is not whole. */
enum rc import_json_print(const struct import_work *w, struct err *err);
