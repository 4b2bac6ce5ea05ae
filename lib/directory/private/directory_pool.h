/* SPDX-License-Identifier: MIT */
/*
 * directory_pool - the connections that are open, which server is asked next,
 * and which is left alone.  Seen by lib/directory only.
 */
#pragma once

#include "directory/private/directory_connection.h"

#include <stdbool.h>

struct directory_pool;

/* The settings must live as long. */
struct directory_pool *
directory_pool_new(const struct directory_settings *settings);
void directory_pool_free(struct directory_pool *pool);
void directory_pool_log_to(struct directory_pool *pool, directory_say_fn *say);

const struct directory_server *
directory_pool_server(const struct directory_pool *pool, size_t server);

/* A place for one more question among the connections, for which the caller
   waits until the end at most.  False: there was none. */
bool directory_pool_enter(struct directory_pool *pool, int64_t end);
void directory_pool_leave(struct directory_pool *pool);

/* The next server to ask, of those whose bit is not in `tried`; false: each of
   the others is left alone, and *why says what was wrong with one. *others is
   how many could be asked after this one. */
bool directory_pool_choose(struct directory_pool *pool, unsigned tried,
    size_t *server, unsigned *others, struct err *why);

/* A connection to it that nobody uses; NULL: there is none, and the caller may
   make one.  The caller gives back what he has in the end: the connection or,
   if he has closed it or has none, NULL. */
struct directory_connection *directory_pool_take(struct directory_pool *pool,
    size_t server);
void directory_pool_give(struct directory_pool *pool,
    struct directory_connection *c);

/* Closes the connections to it that nobody uses: one of them has ended. */
void directory_pool_drop(struct directory_pool *pool, size_t server);

/* What a server did. */
void directory_pool_worked(struct directory_pool *pool, size_t server);
void directory_pool_failed(struct directory_pool *pool, size_t server,
    const struct err *why);
