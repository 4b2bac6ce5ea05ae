/* SPDX-License-Identifier: MIT */
#include "store/private/cut_off.h"

#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>

/* One thread for the process, from the first use on.  It sleeps until the time
   that was nearest when it last looked.  Most connections are disarmed long
   before, and arming one for a later time need not wake the thread. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t nearer = PTHREAD_COND_INITIALIZER;
static LIST_HEAD(, cut_off) armed = LIST_HEAD_INITIALIZER(armed);
static int64_t wakes_at;
static bool watching;

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
cut_all_that_are_over(int64_t now)
{
	struct cut_off *c, *next;

	for (c = LIST_FIRST(&armed); c != NULL; c = next) {
		next = LIST_NEXT(c, in_list);
		if (c->at > now)
			continue;
		LIST_REMOVE(c, in_list);
		c->armed = false;
		c->done = true;
		shutdown(c->fd, SHUT_RDWR);
	}
}

static int64_t
nearest_time(void)
{
	int64_t at = INT64_MAX;
	struct cut_off *c;

	LIST_FOREACH(c, &armed, in_list)
	if (c->at < at)
		at = c->at;
	return at;
}

static void *
cut_off_run(void *unused)
{
	(void)unused;
	pthread_setname_np(pthread_self(), "cut-off");
	pthread_mutex_lock(&lock);
	for (;;) {
		struct timespec t;

		cut_all_that_are_over(now_ms());
		wakes_at = nearest_time();
		if (wakes_at == INT64_MAX) {
			pthread_cond_wait(&nearer, &lock);
			continue;
		}
		t.tv_sec = wakes_at / 1000;
		t.tv_nsec = wakes_at % 1000 * 1000000;
		pthread_cond_clockwait(&nearer, &lock, CLOCK_MONOTONIC, &t);
	}
	return NULL;
}

/* The thread takes no signals, which are for threads that wait for them. */
static bool
start_watching(void)
{
	sigset_t all, before;
	pthread_t thread;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	wakes_at = INT64_MAX;
	watching = pthread_create(&thread, NULL, cut_off_run, NULL) == 0;
	if (watching)
		pthread_detach(thread);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return watching;
}

void
cut_off_arm(struct cut_off *c, int fd, int64_t ms)
{
	*c = (struct cut_off){.fd = fd, .at = now_ms() + ms};
	pthread_mutex_lock(&lock);
	/* Without a thread only the library's own time-outs limit a wait. */
	if (watching || start_watching()) {
		LIST_INSERT_HEAD(&armed, c, in_list);
		c->armed = true;
		if (c->at < wakes_at) {
			wakes_at = c->at;
			pthread_cond_signal(&nearer);
		}
	}
	pthread_mutex_unlock(&lock);
}

void
cut_off_disarm(struct cut_off *c)
{
	pthread_mutex_lock(&lock);
	if (c->armed)
		LIST_REMOVE(c, in_list);
	c->armed = false;
	pthread_mutex_unlock(&lock);
}
