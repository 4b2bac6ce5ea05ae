/* SPDX-License-Identifier: MIT */
/*
 * http_answer - an answer's header fields.
 */
#pragma once

#include "page.h"

#include <microhttpd.h>

/* close: the connection, after it. */
enum MHD_Result http_answer(struct MHD_Connection *connection,
    const struct visit *v, const struct response *r, bool close);
