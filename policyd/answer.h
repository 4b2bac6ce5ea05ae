/* SPDX-License-Identifier: MIT */
/*
 * answer - what policyd says to one policy request, and the one line that it
 * logs about it.
 */
#pragma once

#include "program/session.h"

extern const struct protocol policyd_protocol;
