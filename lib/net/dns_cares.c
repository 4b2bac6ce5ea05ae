/* SPDX-License-Identifier: MIT */
/*
 * The driver that asks real resolvers.
 *
 * c-ares carries one question to one resolver: it turns to TCP when the answer
 * is truncated, and throws away packets that do not belong to the question.
 * This file decides which resolver is asked, and when: the same resolver again
 * when nothing comes back, and the next one when the one before has failed, or
 * has been silent for a while.  The first good answer counts, whichever
 * resolver and try it is from: a slow resolver has not lost a packet.
 */
#include "net/net_metrics.h"
#include "net/private/dns_driver.h"

#include "base/clock.h"
#include "base/memory.h"
#include "net/private/dns_poll.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

/* A resolver is asked at once, again after 1 share of the time that there is,
   and once more after 2 more shares.  After 1 share of silence the next
   resolver is asked too. */
#define SHARES 7
static const int64_t shares_until[DNS_TRIES_MAX] = {1, 2, 0};

/* How long a failure of a resolver is remembered (RFC 9520 3.2), and how long a
   resolver that answered while the one before it was silent is asked first. */
#define FAILURE_SECONDS 5
#define PREFER_MS       30000

/* Servers that know the same: those of all, or those of some questions. */
struct resolver {
	struct dns_channels *channels;
	atomic_uint preferred;
	_Atomic int64_t preferred_until;
};

struct cares {
	struct resolver resolvers[1 + DNS_OTHERS_MAX];
	unsigned n_resolvers;
	int64_t timeout_ms, share_ms;
	struct dns_pace pace;
};

/* What belongs to one dns_ask. */
struct round {
	struct cares *cares;
	struct arena *arena;
	const struct dns_watch *watch; /* may be NULL */
	size_t missing;
	struct asking *askings[1 + DNS_OTHERS_MAX]; /* NULL: nothing to ask */
	struct dns_poll poll;
};

/* Its questions to one resolver. */
struct asking {
	struct round *round;
	struct cares *cares;
	struct resolver *resolver;
	struct dns_channel_set *set;
	unsigned n_servers, first;
	const struct job *alone; /* which of those was asked last; or NULL */
	int64_t alone_until;
};

struct attempt {
	struct job *job;
	unsigned place; /* in job->of */
};

/* One question of a dns_ask. */
struct job {
	struct asking *asking;
	struct dns_driver_query *query;
	struct attempt attempts[DNS_SERVERS_MAX][DNS_TRIES_MAX];
	unsigned tried, failed; /* servers */
	struct {
		unsigned tries;
		bool failed;
		bool alone;      /* no other such question is asked with it */
		int64_t next_ms; /* when to ask the resolver again */
	} of[DNS_SERVERS_MAX];   /* the order in which resolvers are tried */
	int64_t first_ms;        /* when the question was first asked */
	int64_t next_ms;         /* when to ask the next resolver */
	int64_t end;             /* when to give up */
	bool timed_out;
};

static void
prefer_server(struct resolver *r, unsigned server)
{
	r->preferred = server;
	r->preferred_until = clock_ms() + PREFER_MS;
}

/* job->question->answer holds the result so far. */
static void
finish_job(struct job *job)
{
	const struct dns_watch *watch = job->asking->round->watch;

	job->query->answered = true;
	job->asking->round->missing--;
	if (watch != NULL)
		watch->answered(watch->context, job->query);
}

static unsigned
server_at(const struct asking *asking, unsigned place)
{
	return (asking->first + place) % asking->n_servers;
}

static void
settle_attempt(struct attempt *attempt, struct dns_answer answer)
{
	struct job *job = attempt->job;
	struct asking *asking = job->asking;

	if (answer.rc == RC_TEMP && job->of[attempt->place].failed)
		return;
	if (answer.rc == RC_TEMP) {
		job->of[attempt->place].failed = true;
		answer.ttl = FAILURE_SECONDS;
		job->query->answer = answer;
		if (job->tried < asking->n_servers)
			job->next_ms = INT64_MIN;
		if (++job->failed < asking->n_servers)
			return;
	} else if (attempt->place > 0 && job->failed == 0) {
		prefer_server(asking->resolver,
		    server_at(asking, attempt->place));
	}
	job->query->answer = answer;
	finish_job(job);
}

/* Bytes came that are no message.  c-ares cannot tell to which question they
   belong, and newer versions then end all questions that share the socket.
   Each of these is asked again, one after another, so that only the one whose
   answer is garbled fails. */
static bool
ask_alone(struct job *job, unsigned place)
{
	if (job->of[place].tries == DNS_TRIES_MAX)
		return false;
	job->of[place].alone = true;
	job->of[place].next_ms = INT64_MIN;
	return true;
}

static void
on_answer(void *context, int status, int timeouts, unsigned char *message,
    int len)
{
	struct attempt *attempt = context;
	const struct dns_driver_query *query = attempt->job->query;
	struct arena *a = attempt->job->asking->round->arena;

	(void)timeouts;
	if (status == ARES_EBADRESP && !query->answered &&
	    ask_alone(attempt->job, attempt->place))
		return;
	/* Silence ends with the question's time, not with c-ares's time-out. */
	if (query->answered || status == ARES_ECANCELLED ||
	    status == ARES_ETIMEOUT)
		return;
	if (message == NULL)
		settle_attempt(attempt, dns_channels_failure(a, status));
	else
		settle_attempt(attempt, dns_answer_read(a, message, (size_t)len,
					    query->name, query->type));
}

/* Asks the resolver at that place of the order, for the first time or again. */
static void
ask_at(struct job *job, unsigned place, int64_t now)
{
	struct asking *asking = job->asking;
	unsigned try = job->of[place].tries++;
	struct attempt *attempt = &job->attempts[place][try];
	ares_channel channel;

	*attempt = (struct attempt){job, place};
	job->of[place].next_ms =
	    job->of[place].tries < DNS_TRIES_MAX
		? now + shares_until[try] * asking->cares->share_ms
		: INT64_MAX;
	channel = dns_channels_to(asking->resolver->channels, asking->set,
	    server_at(asking, place), try);
	if (channel == NULL || !dns_channels_send(channel, job->query->name,
				   job->query->type, on_answer, attempt))
		settle_attempt(attempt,
		    dns_answer_failed("no channel from c-ares"));
}

static void
ask_next(struct job *job, int64_t now)
{
	struct asking *asking = job->asking;

	if (job->tried == 0)
		job->first_ms = now;
	job->next_ms = job->tried + 1 < asking->n_servers
			   ? now + asking->cares->share_ms
			   : INT64_MAX;
	ask_at(job, job->tried++, now);
}

static bool
is_job_ours(const struct job *job)
{
	return !job->query->answered && !job->query->in_flight;
}

/* False: another question is being asked that must be alone. */
static bool
take_turn(struct job *job, unsigned place, int64_t now)
{
	struct asking *asking = job->asking;

	if (!job->of[place].alone)
		return true;
	if (asking->alone != NULL && asking->alone != job &&
	    !asking->alone->query->answered && now < asking->alone_until) {
		job->of[place].next_ms = asking->alone_until;
		return false;
	}
	asking->alone = job;
	asking->alone_until = now + asking->cares->share_ms;
	job->of[place].alone = false;
	return true;
}

/* Asks silent resolvers again; returns when there is more to do. */
static int64_t
ask_again(struct job *job, int64_t now)
{
	int64_t next = INT64_MAX;

	for (unsigned i = 0; i < job->tried && is_job_ours(job); i++) {
		if (!job->of[i].failed &&
		    (job->of[i].next_ms <= now || job->of[i].alone) &&
		    take_turn(job, i, now))
			ask_at(job, i, now);
		if (!job->of[i].failed && job->of[i].next_ms < next)
			next = job->of[i].next_ms;
	}
	return next;
}

static int64_t
ask_due_of(struct job *job, int64_t now)
{
	int64_t next = ask_again(job, now);

	/* If a resolver fails at once, the next one is asked at once. */
	while (is_job_ours(job) && job->next_ms <= now) {
		ask_next(job, now);
		next = ask_again(job, now);
	}
	return job->next_ms < next ? job->next_ms : next;
}

static int64_t
ask_due(struct job *jobs, size_t n, int64_t now)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < n; i++) {
		int64_t more = INT64_MAX;

		if (is_job_ours(&jobs[i]))
			more = ask_due_of(&jobs[i], now);
		if (is_job_ours(&jobs[i]) && more < next)
			next = more;
	}
	return next;
}

/* Waits until something comes in, a question must be asked again, or ms are
   over.  True: something has changed in another thread. */
static bool
wait_for_answers(struct round *round, int64_t ms)
{
	const struct cares *c = round->cares;

	round->poll.pace = &round->cares->pace;
	dns_poll_begin(&round->poll, round->arena,
	    round->watch == NULL ? -1 : round->watch->wake, ms);
	for (unsigned k = 0; k < c->n_resolvers; k++) {
		const struct asking *asking = round->askings[k];
		unsigned n = asking == NULL ? 0 : asking->n_servers;

		for (unsigned i = 0; i < DNS_TRIES_MAX * n; i++)
			dns_poll_add(&round->poll,
			    asking->set
				->to[i % DNS_TRIES_MAX][i / DNS_TRIES_MAX]);
	}
	return dns_poll_wait(&round->poll);
}

/* Marks a question that was not asked for the full time that a question may
   take, because the caller had less time or another thread asked first: DNS has
   not failed. */
static void
give_up(struct job *job, int64_t start)
{
	struct asking *asking = job->asking;
	struct dns_driver_query *query = job->query;
	bool whole = !query->in_flight &&
		     job->end - job->first_ms >= asking->cares->timeout_ms;

	query->answer = dns_answer_failed("no time left to ask");
	if (job->end > start)
		query->answer.problem = arena_printf(asking->round->arena,
		    "no answer in %lld ms", (long long)(job->end - start));
	query->answer.ttl = whole ? FAILURE_SECONDS : 0;
	query->answer.given_up = !whole;
	job->timed_out = true;
	finish_job(job);
}

/* Ends questions whose time is over; returns when there is more to do. */
static int64_t
give_up_due(struct job *jobs, size_t n, int64_t start, int64_t now)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < n; i++) {
		if (!jobs[i].query->answered && jobs[i].end <= now)
			give_up(&jobs[i], start);
		if (!jobs[i].query->answered && jobs[i].end < next)
			next = jobs[i].end;
	}
	return next;
}

/* Questions that another thread asks are counted there. */
static void
count_job(const struct job *job)
{
	size_t cell = NET_DNS_FAILED;

	if (job->tried == 0)
		return;
	if (job->timed_out)
		cell = NET_DNS_TIMEOUT;
	else if (job->query->answer.rc == RC_OK)
		cell = NET_DNS_ANSWERED;
	else if (job->query->answer.rc == RC_NONE)
		cell = NET_DNS_NOTHING;
	metric_add(&net_dns_queries, cell, 1);
}

static size_t
count_missing(const struct dns_driver_query *queries, size_t n)
{
	size_t missing = 0;

	for (size_t i = 0; i < n; i++)
		missing += !queries[i].answered;
	return missing;
}

/* A resolver that is not there is the first one. */
static struct asking *
asking_of(struct round *round, unsigned number, int64_t now)
{
	struct cares *c = round->cares;
	unsigned k = number < c->n_resolvers ? number : 0;
	struct resolver *r = &c->resolvers[k];
	struct asking *asking = round->askings[k];

	if (asking != NULL)
		return asking;
	asking = arena_take(round->arena, sizeof(*asking));
	*asking = (struct asking){.round = round,
	    .cares = c,
	    .resolver = r,
	    .set = dns_channels_take(r->channels),
	    .n_servers = dns_channels_count(r->channels),
	    .first = now < r->preferred_until ? r->preferred : 0};
	return round->askings[k] = asking;
}

static struct job *
jobs_new(struct round *round, struct dns_driver_query *queries, size_t n,
    int64_t start)
{
	struct job *jobs = arena_take_array(round->arena, n, sizeof(*jobs));
	int64_t end = start + round->cares->timeout_ms;

	for (size_t i = 0; i < n; i++)
		jobs[i] = (struct job){
		    .asking = asking_of(round, queries[i].resolver, start),
		    .query = &queries[i],
		    .first_ms = start,
		    .next_ms = start,
		    .end =
			queries[i].deadline < end ? queries[i].deadline : end};
	return jobs;
}

static void
round_end(struct round *round)
{
	for (unsigned k = 0; k < round->cares->n_resolvers; k++)
		if (round->askings[k] != NULL)
			dns_channels_give_back(round->cares->resolvers[k]
						   .channels,
			    round->askings[k]->set);
}

static void
cares_ask(void *state, struct arena *a, struct dns_driver_query *queries,
    size_t n, const struct dns_watch *watch)
{
	int64_t start = clock_ms(), now = start;
	struct round round = {.cares = state,
	    .arena = a,
	    .watch = watch,
	    .missing = count_missing(queries, n)};
	struct job *jobs = jobs_new(&round, queries, n, start);

	for (;; now = clock_ms()) {
		int64_t over = give_up_due(jobs, n, start, now);
		int64_t next = ask_due(jobs, n, now);

		if (round.missing == 0)
			break;
		if (wait_for_answers(&round,
			(next < over ? next : over) - now)) {
			watch->look(watch->context);
			round.missing = count_missing(queries, n);
		}
	}
	for (size_t i = 0; i < n; i++)
		count_job(&jobs[i]);
	dns_poll_end(&round.poll);
	round_end(&round);
}

static void
cares_close(void *state)
{
	struct cares *c = state;

	for (unsigned k = 0; k < c->n_resolvers; k++)
		dns_channels_close(c->resolvers[k].channels);
	free(c);
}

/* NULL: those of all. */
static enum rc
resolver_open(struct cares *c, const struct dns_settings *settings,
    const struct dns_servers *servers, struct err *err)
{
	struct dns_settings one = *settings;
	enum rc rc;

	if (servers != NULL) {
		one.servers = servers->items;
		one.n_servers = servers->n;
	}
	rc = dns_channels_open(&one, &c->resolvers[c->n_resolvers].channels,
	    err);
	if (rc == RC_OK)
		c->n_resolvers++;
	return rc;
}

enum rc
dns_cares_open(const struct dns_settings *settings, struct dns_driver *out,
    struct err *err)
{
	struct cares *c = memory_zeroed(1, sizeof(*c));
	enum rc rc;

	assert(settings->n_others <= DNS_OTHERS_MAX);
	c->timeout_ms = settings->timeout_ms;
	c->share_ms = c->timeout_ms < SHARES ? 1 : c->timeout_ms / SHARES;
	rc = resolver_open(c, settings, NULL, err);
	for (size_t i = 0; rc == RC_OK && i < settings->n_others; i++)
		rc = resolver_open(c, settings, &settings->others[i], err);
	if (rc != RC_OK) {
		cares_close(c);
		return rc;
	}
	*out = (struct dns_driver){
	    .state = c, .ask = cares_ask, .close = cares_close};
	return RC_OK;
}
