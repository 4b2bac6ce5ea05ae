/* SPDX-License-Identifier: MIT */
/*
 * log_track - the queue ids whose lines are collected, and what has been
 * collected.  Pure; log_follow reads the log with it.
 *
 * A track sleeps until the place where its lines may begin, is then awake, and
 * collects every line of its id.  When the mail ends, it is told if one of the
 * hits (places that are known to be about it) is in it, and forgotten if not:
 * another mail had the same id.  After its last hit a track sleeps for good.
 */
#pragma once

#include "log_follow.h"

struct log_track;

struct log_tracks {
	struct log_track **all; /* after log_tracks_sort by their beginnings */
	size_t n, room;
	size_t next;              /* the first that has not been woken */
	size_t awake;             /* how many are */
	size_t ended;             /* of log_tracks_end */
	struct log_track **table; /* by id; a power of two */
	size_t table_size;
	struct log_later *later;
	size_t n_later, later_room;
};

void log_tracks_init(struct log_tracks *tracks, struct arena *a);

/* NULL: there is none. */
struct log_track *log_tracks_find(const struct log_tracks *tracks,
    const char *id, size_t len);

/* A place `at` in the log is about that id, whose lines may begin at `from`. */
void log_tracks_hit(struct log_tracks *tracks, struct arena *a, const char *id,
    int64_t at, int64_t from);

/* The same, for the next round: see log_tracks_turn. */
void log_tracks_later(struct log_tracks *tracks, struct arena *a,
    const char *id, int64_t at);

void log_tracks_sort(struct log_tracks *tracks);
/* Wakes those that begin there, or before. */
void log_tracks_begin(struct log_tracks *tracks, int64_t at);
/* Where to read on, `at` or behind it; -1: nothing is left to read. */
int64_t log_tracks_next(const struct log_tracks *tracks, int64_t at);
/* Are so few awake, and stay so before that place, that their ids can be
   searched for? */
bool log_tracks_few(const struct log_tracks *tracks, int64_t before,
    struct log_search *out);
/* The track that is awake and whose line this is, or NULL. */
struct log_track *log_tracks_of_line(const struct log_tracks *tracks,
    const char *line, size_t len);

bool log_track_is_awake(const struct log_track *track);
void log_track_add(struct log_track *track, struct arena *a,
    const struct log_event *event, int64_t at);
/* Has a mail ended before this line, or with it?  true: and it is told. */
bool log_track_before(struct log_tracks *tracks, struct log_track *track,
    const struct log_event *event, int64_t at, struct log_mail *out);
bool log_track_after(struct log_tracks *tracks, struct log_track *track,
    const struct log_event *event, int64_t at, struct log_mail *out);
/* At the end of the log: one after another that has not ended. */
bool log_tracks_end(struct log_tracks *tracks, struct log_mail *out);

/* The next round: forgets all tracks, and takes those for later. */
void log_tracks_turn(struct log_tracks *tracks, struct arena *a);
