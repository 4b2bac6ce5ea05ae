/* SPDX-License-Identifier: MIT */
/*
 * reserved_names - conf/reserved-names, as it was when this was built.
 */
#pragma once

/* Its name, its text, NULL. */
extern const char *const reserved_names[];
