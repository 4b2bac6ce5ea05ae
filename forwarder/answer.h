/* SPDX-License-Identifier: MIT */
/*
 * answer - the socketmap protocol (socketmap_table(5)): a netstring "table
 * key" in, a netstring "OK value", "NOTFOUND ", "TEMP why" or "PERM why" out.
 */
#pragma once

#include "program/session.h"

extern const struct protocol forwarder_protocol;
