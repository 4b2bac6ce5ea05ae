/* SPDX-License-Identifier: MIT */
/*
 * signing_stage - a folder of keys for tests, gone at their end.
 */
#pragma once

#include "auth/dkim_keys.h"
#include "auth/private_key_make.h"
#include "check.h"
#include "program/signing_keys.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct signing_stage {
	char folder[64];
	struct arena *arena;
};

static int
stage_set_up(void **state)
{
	struct signing_stage *s = calloc(1, sizeof(*s));

	snprintf(s->folder, sizeof(s->folder), "/tmp/signing.XXXXXX");
	if (mkdtemp(s->folder) == NULL)
		return -1;
	s->arena = arena_new();
	*state = s;
	return 0;
}

static int
stage_remove(const char *path, const struct stat *st, int kind,
    struct FTW *where)
{
	(void)st;
	(void)kind;
	(void)where;
	return remove(path);
}

static int
stage_tear_down(void **state)
{
	struct signing_stage *s = *state;

	nftw(s->folder, stage_remove, 10, FTW_DEPTH | FTW_PHYS);
	arena_free(s->arena);
	free(s);
	return 0;
}

static const char *
stage_path(struct signing_stage *s, const char *name)
{
	return arena_printf(s->arena, "%s/%s", s->folder, name);
}

static void
stage_folder(struct signing_stage *s, const char *name)
{
	assert_int_equal(mkdir(stage_path(s, name), 0750), 0);
}

static inline void
stage_clear(struct signing_stage *s, const char *name)
{
	nftw(stage_path(s, name), stage_remove, 10, FTW_DEPTH | FTW_PHYS);
}

/* Written at that second of some day. */
static void
stage_file(struct signing_stage *s, const char *name, const char *text,
    mode_t mode, int second)
{
	const char *path = stage_path(s, name);
	const struct timespec times[2] = {
	    {.tv_sec = 1000000 + second}, {.tv_sec = 1000000 + second}};
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(futimens(fd, times), 0);
	close(fd);
}

static struct signing_keys *
stage_open(struct signing_stage *s)
{
	struct signing_keys *keys;
	struct err err;

	if (signing_keys_open(s->folder, &keys, &err) != RC_OK)
		fail_msg("%s", err.text);
	return keys;
}
