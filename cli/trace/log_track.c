/* SPDX-License-Identifier: MIT */
#include "log_track.h"

#include "base/str.h"

#include <stdlib.h>
#include <string.h>

/* A line about another mail may stand so far behind all lines of that: its
   sender and its queue write at the same time. */
#define NEAR ((int64_t)1024 * 1024)

struct log_track {
	const char *id, *lower; /* the same in lower case */
	int64_t from;
	int64_t *hits; /* in any order */
	size_t n_hits, hits_room;
	bool awake, follows;
	struct log_event *events;
	size_t n, room;
	int64_t at; /* of the first of them */
};

struct log_later {
	const char *id;
	int64_t at;
};

/* Room for one more item, in a copy that is twice as large. */
static void *
grown(struct arena *a, void *items, size_t n, size_t *room, size_t size)
{
	void *copy;

	if (n < *room)
		return items;
	*room = *room == 0 ? 8 : 2 * *room;
	copy = arena_take_array(a, *room, size);
	if (n > 0)
		memcpy(copy, items, n * size);
	return copy;
}

/* ---- the table of ids */

static size_t
id_hash(const char *id, size_t len)
{
	uint64_t hash = 14695981039346656037U;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)id[i]) * 1099511628211U;
	return (size_t)(hash ^ hash >> 32);
}

static size_t
slot_of(const struct log_tracks *tracks, const char *id, size_t len)
{
	size_t i = id_hash(id, len) & (tracks->table_size - 1);

	while (tracks->table[i] != NULL &&
	       (strncmp(tracks->table[i]->id, id, len) != 0 ||
		   tracks->table[i]->id[len] != '\0'))
		i = (i + 1) & (tracks->table_size - 1);
	return i;
}

static void
make_table(struct log_tracks *tracks, struct arena *a, size_t size)
{
	tracks->table = arena_take_array(a, size, sizeof(*tracks->table));
	tracks->table_size = size;
	for (size_t i = 0; i < tracks->n; i++) {
		struct log_track *track = tracks->all[i];

		tracks->table[slot_of(tracks, track->id, strlen(track->id))] =
		    track;
	}
}

void
log_tracks_init(struct log_tracks *tracks, struct arena *a)
{
	*tracks = (struct log_tracks){0};
	make_table(tracks, a, 64);
}

struct log_track *
log_tracks_find(const struct log_tracks *tracks, const char *id, size_t len)
{
	return tracks->table[slot_of(tracks, id, len)];
}

static struct log_track *
add_track(struct log_tracks *tracks, struct arena *a, const char *id,
    int64_t from)
{
	struct log_track *track = arena_take(a, sizeof(*track));

	track->id = arena_copy_text(a, id);
	track->lower = str_lower(a, id);
	track->from = from;
	tracks->all =
	    grown(a, tracks->all, tracks->n, &tracks->room, sizeof(track));
	tracks->all[tracks->n++] = track;
	if (2 * tracks->n > tracks->table_size)
		make_table(tracks, a, 2 * tracks->table_size);
	else
		tracks->table[slot_of(tracks, id, strlen(id))] = track;
	return track;
}

void
log_tracks_hit(struct log_tracks *tracks, struct arena *a, const char *id,
    int64_t at, int64_t from)
{
	struct log_track *track = log_tracks_find(tracks, id, strlen(id));

	if (track == NULL)
		track = add_track(tracks, a, id, from);
	track->from = from < track->from ? from : track->from;
	track->hits = grown(a, track->hits, track->n_hits, &track->hits_room,
	    sizeof(*track->hits));
	track->hits[track->n_hits++] = at;
}

void
log_tracks_later(struct log_tracks *tracks, struct arena *a, const char *id,
    int64_t at)
{
	if (log_tracks_find(tracks, id, strlen(id)) != NULL)
		return;
	tracks->later = grown(a, tracks->later, tracks->n_later,
	    &tracks->later_room, sizeof(*tracks->later));
	tracks->later[tracks->n_later++] =
	    (struct log_later){arena_copy_text(a, id), at};
}

void
log_tracks_turn(struct log_tracks *tracks, struct arena *a)
{
	struct log_tracks old = *tracks;

	log_tracks_init(tracks, a);
	for (size_t i = 0; i < old.n_later; i++) {
		int64_t at = old.later[i].at;

		log_tracks_hit(tracks, a, old.later[i].id, at,
		    at < NEAR ? 0 : at - NEAR);
		log_tracks_find(tracks, old.later[i].id,
		    strlen(old.later[i].id))
		    ->follows = true;
	}
}

/* ---- which are awake */

static int
compare_tracks(const void *left, const void *right)
{
	const struct log_track *const *a = left, *const *b = right;

	return ((*a)->from > (*b)->from) - ((*a)->from < (*b)->from);
}

void
log_tracks_sort(struct log_tracks *tracks)
{
	if (tracks->n > 0)
		qsort(tracks->all, tracks->n, sizeof(struct log_track *),
		    compare_tracks);
	tracks->next = tracks->awake = tracks->ended = 0;
}

void
log_tracks_begin(struct log_tracks *tracks, int64_t at)
{
	while (tracks->next < tracks->n &&
	       tracks->all[tracks->next]->from <= at) {
		tracks->all[tracks->next++]->awake = true;
		tracks->awake++;
	}
}

int64_t
log_tracks_next(const struct log_tracks *tracks, int64_t at)
{
	int64_t from;

	if (tracks->awake > 0)
		return at;
	if (tracks->next == tracks->n)
		return -1;
	from = tracks->all[tracks->next]->from;
	return from > at ? from : at;
}

bool
log_tracks_few(const struct log_tracks *tracks, int64_t before,
    struct log_search *out)
{
	*out = (struct log_search){0};
	if (tracks->awake > LOG_SEARCH_MAX ||
	    (tracks->next < tracks->n &&
		tracks->all[tracks->next]->from < before))
		return false;
	for (size_t i = 0; i < tracks->next; i++)
		if (tracks->all[i]->awake)
			log_search_add(out, tracks->all[i]->lower);
	return true;
}

/* Behind stamp, host and tag; a stamp without a year has 15 characters. */
struct log_track *
log_tracks_of_line(const struct log_tracks *tracks, const char *line,
    size_t len)
{
	const char *end = line + len, *at = line, *blank = NULL;
	struct log_track *track;

	if (tracks->awake == 0 || len < 16)
		return NULL;
	at += *line >= '0' && *line <= '9' ? 0 : 15;
	for (int i = 0; i < 4; i++) {
		at = blank == NULL ? at : blank + 1;
		blank = memchr(at, ' ', (size_t)(end - at));
		if (blank == NULL)
			return NULL;
	}
	if (blank - at < POSTFIX_ID_MIN + 1 ||
	    blank - at > POSTFIX_ID_MAX + 1 || blank[-1] != ':')
		return NULL;
	track = log_tracks_find(tracks, at, (size_t)(blank - 1 - at));
	return track != NULL && track->awake ? track : NULL;
}

/* ---- what is collected */

bool
log_track_is_awake(const struct log_track *track)
{
	return track->awake;
}

void
log_track_add(struct log_track *track, struct arena *a,
    const struct log_event *event, int64_t at)
{
	if (track->n == LOG_EVENTS_MAX) {
		track->events[track->n - 1] = *event;
		return;
	}
	if (track->n == 0)
		track->at = at;
	track->events = grown(a, track->events, track->n, &track->room,
	    sizeof(*track->events));
	track->events[track->n++] = *event;
}

/* Takes out the hits up to there; were there any? */
static bool
take_hits(struct log_track *track, int64_t to)
{
	size_t n = 0;
	bool any;

	for (size_t i = 0; i < track->n_hits; i++)
		if (track->hits[i] > to)
			track->hits[n++] = track->hits[i];
	any = n < track->n_hits;
	track->n_hits = n;
	return any;
}

static bool
end_mail(struct log_tracks *tracks, struct log_track *track, int64_t to,
    struct log_mail *out)
{
	bool told = take_hits(track, to) && track->n > 0;

	*out = (struct log_mail){.queue_id = track->id,
	    .events = track->events,
	    .n = track->n,
	    .at = track->at,
	    .follows = track->follows};
	track->events = NULL;
	track->n = track->room = 0;
	if (track->n_hits == 0 && track->awake) {
		track->awake = false;
		tracks->awake--;
	}
	return told;
}

/* An id is given again only when its mail is gone; a client that goes away in
   the middle leaves no other trace of that. */
bool
log_track_before(struct log_tracks *tracks, struct log_track *track,
    const struct log_event *event, int64_t at, struct log_mail *out)
{
	return event->kind == LOG_CAME && track->n > 0 &&
	       end_mail(tracks, track, at - 1, out);
}

/* What cleanup refuses after the message is nobody's any more. */
static bool
is_end(const struct log_event *event)
{
	return event->kind == LOG_REMOVED || event->kind == LOG_DELETED ||
	       event->kind == LOG_DISCARDED || event->kind == LOG_REQUEUED ||
	       (event->kind == LOG_REFUSED &&
		   strstr(event->program, "cleanup") != NULL &&
		   event->step != NULL && strcmp(event->step, "RCPT") != 0);
}

bool
log_track_after(struct log_tracks *tracks, struct log_track *track,
    const struct log_event *event, int64_t at, struct log_mail *out)
{
	return is_end(event) &&
	       end_mail(tracks, track, track->follows ? at + NEAR : at, out);
}

bool
log_tracks_end(struct log_tracks *tracks, struct log_mail *out)
{
	while (tracks->ended < tracks->n) {
		struct log_track *track = tracks->all[tracks->ended++];

		if (track->awake && track->n > 0 &&
		    end_mail(tracks, track, INT64_MAX / 2, out))
			return true;
	}
	return false;
}
