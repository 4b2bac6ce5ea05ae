/* SPDX-License-Identifier: MIT */
#include "log_follow.h"

#include "log_track.h"

#include <stdlib.h>
#include <string.h>

/* A client may take so long for a message; what is deferred says how long ago
   it came. */
#define SESSION_SECONDS 900
#define DELAY_SLACK     5
#define ROUNDS_MAX      8 /* of mail that follows from mail */

struct follow {
	struct arena *arena, *line_arena;
	const struct log_files *log;
	const struct log_wanted *wanted;
	struct log_tracks tracks;
	struct log_mails *out;
	size_t room;
};

/* ---- mail that has been told */

static void
add_mail(struct follow *f, struct log_mail mail)
{
	struct log_mails *out = f->out;

	if (out->n == LOG_MAILS_MAX) {
		out->cut = true;
		return;
	}
	if (out->n == f->room) {
		size_t room = f->room == 0 ? 64 : 2 * f->room;
		struct log_mail *mails =
		    arena_take_array(f->arena, room, sizeof(*mails));

		if (out->n > 0)
			memcpy(mails, out->mails, out->n * sizeof(*mails));
		out->mails = mails;
		f->room = room;
	}
	out->mails[out->n++] = mail;
}

static void
add_lone_event(struct follow *f, const struct log_event *event, int64_t at)
{
	struct log_event *copy = arena_take(f->arena, sizeof(*copy));

	*copy = *event;
	add_mail(f, (struct log_mail){.events = copy, .n = 1, .at = at});
}

/* ---- the search */

static int64_t
came_at(const struct log_event *event)
{
	return event->at - (event->delay >= 0 ? event->delay + DELAY_SLACK
					      : SESSION_SECONDS);
}

/* Where the lines of a mail begin that is told of at `at`; behind that only if
   the clock was set back meanwhile. */
static int64_t
begins_at(const struct follow *f, const struct log_event *event, int64_t at)
{
	int64_t from = log_files_seek(f->log, came_at(event), false);

	if (from > at)
		from = log_files_seek(f->log, came_at(event), true);
	return from < at ? from : at;
}

static void
note_hit(struct follow *f, const struct log_event *event, int64_t at)
{
	struct log_track *track;
	const char *id = event->queue_id;

	if (id == NULL) {
		add_lone_event(f, event, at);
		return;
	}
	track = log_tracks_find(&f->tracks, id, strlen(id));
	if (track == NULL && f->tracks.n >= LOG_MAILS_MAX) {
		f->out->cut = true;
		return;
	}
	log_tracks_hit(&f->tracks, f->arena, id, at,
	    track != NULL && event->delay < 0 ? at : begins_at(f, event, at));
}

static void
search_line(struct follow *f, const struct log_block *block, const char *line,
    size_t len)
{
	struct log_event event;
	int64_t latest = block->file->latest;

	arena_reset(f->line_arena);
	if (!postfix_log_event_read(f->line_arena, line, len, latest, &event) ||
	    !log_wanted_fits(f->wanted, &event) ||
	    event.at < f->wanted->since || event.at >= f->wanted->before)
		return;
	if (event.queue_id != NULL ||
	    postfix_log_event_read(f->arena, line, len, latest, &event))
		note_hit(f, &event, block->at + (line - block->bytes));
}

static void
search_block(struct follow *f, const struct log_search *search,
    const struct log_block *block)
{
	const char *at = block->bytes, *end = block->bytes + block->len;

	while (at < end) {
		const char *found =
		    log_search_next(search, at, (size_t)(end - at));
		const char *begins, *ends;

		if (found == NULL)
			return;
		begins = memrchr(at, '\n', (size_t)(found - at));
		begins = begins == NULL ? at : begins + 1;
		ends = memchr(found, '\n', (size_t)(end - found));
		ends = ends == NULL ? end : ends;
		search_line(f, block, begins, (size_t)(ends - begins));
		at = ends < end ? ends + 1 : end;
	}
}

static void
search_log(struct follow *f)
{
	struct log_search search;
	struct log_reader reader;
	struct log_block block;
	const struct log_file *wrong;
	int64_t end = f->wanted->before == INT64_MAX
			  ? log_files_end(f->log)
			  : log_files_seek(f->log,
				f->wanted->before + 2 * LOG_DISORDER, false) +
				(int64_t)LOG_BLOCK;

	log_wanted_search(f->wanted, f->arena, &search);
	if (search.n == 0)
		return;
	log_reader_init(&reader, f->arena, f->log,
	    log_files_seek(f->log, f->wanted->since, true));
	for (bool more = true; more && reader.at < end && !f->out->cut;) {
		more = log_reader_next(&reader, &block, &wrong);
		if (wrong != NULL)
			f->out->wrong = wrong->name;
		if (more)
			search_block(f, &search, &block);
	}
}

/* ---- the lines of each id */

static void
follow_line(struct follow *f, struct log_track *track,
    const struct log_block *block, const char *line, size_t len, int64_t at)
{
	struct log_event event;
	struct log_mail mail;

	if (!postfix_log_event_read(f->arena, line, len, block->file->latest,
		&event))
		return;
	if (log_track_before(&f->tracks, track, &event, at, &mail))
		add_mail(f, mail);
	if (!log_track_is_awake(track))
		return;
	log_track_add(track, f->arena, &event, at);
	if (event.other != NULL && event.kind != LOG_CAME)
		log_tracks_later(&f->tracks, f->arena, event.other, at);
	if (log_track_after(&f->tracks, track, &event, at, &mail))
		add_mail(f, mail);
}

static void
follow_block(struct follow *f, struct log_block block)
{
	const struct log_block whole = block;
	const char *line;
	size_t len;
	int64_t at;

	while (log_block_line(&block, &line, &len, &at)) {
		struct log_track *track;

		log_tracks_begin(&f->tracks, at);
		track = log_tracks_of_line(&f->tracks, line, len);
		if (track != NULL)
			follow_line(f, track, &whole, line, len, at);
	}
}

/* A mail that waits for days is looked for in all that was logged since. */
static bool
may_tell(const struct follow *f, const struct log_block *block)
{
	struct log_search search;

	return !log_tracks_few(&f->tracks, block->at + (int64_t)block->len,
		   &search) ||
	       log_search_next(&search, block->bytes, block->len) != NULL;
}

/* All ids in one go, in the order in which they begin. */
static void
follow_tracks(struct follow *f, char *buffer)
{
	struct log_reader reader = {f->log, 0, buffer};
	struct log_block block;
	const struct log_file *wrong;
	struct log_mail mail;
	int64_t next;

	log_tracks_sort(&f->tracks);
	while ((next = log_tracks_next(&f->tracks, reader.at)) >= 0) {
		reader.at = next;
		if (!log_reader_next(&reader, &block, &wrong))
			break;
		if (may_tell(f, &block))
			follow_block(f, block);
	}
	while (log_tracks_end(&f->tracks, &mail))
		add_mail(f, mail);
}

static int
compare_mails(const void *left, const void *right)
{
	const struct log_mail *a = left, *b = right;

	return (a->at > b->at) - (a->at < b->at);
}

void
log_follow(struct arena *a, const struct log_files *log,
    const struct log_wanted *wanted, const struct log_known *known,
    size_t n_known, struct log_mails *out)
{
	struct follow f = {.arena = a,
	    .line_arena = arena_new(),
	    .log = log,
	    .wanted = wanted,
	    .out = out};
	char *buffer = arena_take(a, LOG_BLOCK);

	*out = (struct log_mails){0};
	log_tracks_init(&f.tracks, a);
	for (size_t i = 0; i < n_known; i++) {
		int64_t at =
		    log_files_seek(log, known[i].time - SESSION_SECONDS, false);

		if (at < log_files_end(log))
			log_tracks_hit(&f.tracks, a, known[i].queue_id,
			    log_files_seek(log, known[i].time, false), at);
	}
	search_log(&f);
	for (int i = 0; i < ROUNDS_MAX && f.tracks.n > 0; i++) {
		follow_tracks(&f, buffer);
		log_tracks_turn(&f.tracks, a);
	}
	arena_free(f.line_arena);
	if (out->n > 0)
		qsort(out->mails, out->n, sizeof(*out->mails), compare_mails);
}
