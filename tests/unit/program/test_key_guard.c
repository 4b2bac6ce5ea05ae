/* SPDX-License-Identifier: MIT */
#include "program/key_guard.h"

#include "base/clock.h"
#include "dns_zone.h"
#include "signing_stage.h"

#include <pthread.h>
#include <sys/mman.h>

#define RSA_RECORD "\"v=DKIM1; k=rsa; p=\" \"" RSA_PUBLIC "\""
#define ONE_RECORD "\"v=DKIM1; k=ed25519; p=" ED25519_PUBLIC "\""

#define OLD "old._domainkey.a.example TXT " ONE_RECORD "\n"
#define NEW "new._domainkey.a.example TXT "

#define THREADS 4
#define TURNS   200

/* Two keys of one domain, the older of which is published; the newer one is
   made for the test. */
struct fixture {
	struct signing_stage *stage;
	struct signing_keys *keys;
	const char *new_record; /* of the newer key */
	struct signing_servers servers;
	atomic_bool stop;
	char log[2000];
};

static struct dns *
zone_of(struct fixture *f, const char *text)
{
	struct dns *dns;
	struct err err;

	stage_file(f->stage, "zone", text, 0600, 0);
	if (dns_open_zone(stage_path(f->stage, "zone"), &dns, &err) != RC_OK)
		fail_msg("%s", err.text);
	return dns;
}

/* What the servers say from now on; NULL: there is no second one. */
static void
serve_zones(struct fixture *f, const char *first, const char *second)
{
	signing_servers_close(&f->servers);
	f->servers.servers[f->servers.n++] = zone_of(f, first);
	if (second != NULL)
		f->servers.servers[f->servers.n++] = zone_of(f, second);
}

static void
make_new_key(struct fixture *f)
{
	struct arena *a = f->stage->arena;
	struct private_key *key;
	const char *pem;

	assert_int_equal(private_key_make(CRYPTO_ED25519, a, &pem, NULL),
	    RC_OK);
	assert_int_equal(private_key_read(pem, strlen(pem), &key, NULL), RC_OK);
	assert_int_equal(dkim_record_text(a, key, &f->new_record, NULL), RC_OK);
	private_key_free(key);
	f->new_record = arena_printf(a, OLD NEW "\"%s\"\n", f->new_record);
	stage_file(f->stage, "a.example/new.pem", pem, 0640, 2);
}

static int
set_up(void **state)
{
	static struct fixture f;
	void *stage;

	f = (struct fixture){0};
	if (stage_set_up(&stage) != 0)
		return -1;
	f.stage = stage;
	stage_folder(f.stage, "a.example");
	stage_file(f.stage, "a.example/old.pem", ed25519_pem, 0640, 1);
	make_new_key(&f);
	f.keys = stage_open(f.stage);
	*state = &f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;
	void *stage = f->stage;

	signing_servers_close(&f->servers);
	signing_keys_close(f->keys);
	return stage_tear_down(&stage);
}

/* A minute later; what is logged is in f->log. */
static void
round_of(struct fixture *f)
{
	int before = dup(STDERR_FILENO), file = memfd_create("log", 0);
	ssize_t n;

	clock_advance(SIGNING_RECORDS_AGAIN_MS);
	assert_true(dup2(file, STDERR_FILENO) >= 0);
	key_guard_round(f->keys, &f->servers, 1000, &f->stop);
	assert_true(dup2(before, STDERR_FILENO) >= 0);
	n = pread(file, f->log, sizeof(f->log) - 1, 0);
	assert_true(n >= 0);
	f->log[n] = '\0';
	close(file);
	close(before);
}

/* Those of the system too are asked one by one. */
static void
each_server_is_asked(void **state)
{
	static const char *const named[] = {"127.0.0.1:1", "[::1]:1"};
	struct dns_settings resolver = {.timeout_ms = 1000};
	struct arena *a = arena_new();
	const char *const *servers;
	struct signing_servers got;
	struct err err;
	size_t n;

	(void)state;
	assert_int_equal(dns_servers_of_file(a, NULL, &servers, &n, &err),
	    RC_OK);
	assert_int_equal(signing_servers_open(&resolver, &got, &err), RC_OK);
	assert_int_equal(got.n, n);
	signing_servers_close(&got);
	resolver.servers = named;
	resolver.n_servers = 2;
	assert_int_equal(signing_servers_open(&resolver, &got, &err), RC_OK);
	assert_int_equal(got.n, 2);
	signing_servers_close(&got);
	arena_free(a);
}

static const char *
signer_of(const struct fixture *f)
{
	struct signing_choice choice;

	if (signing_keys_find(f->keys, "a.example", &choice, NULL) != RC_OK)
		return NULL;
	assert_int_equal(choice.n, 1);
	return choice.keys[0].selector;
}

static void
the_new_key_signs_once_all_servers_have_it(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(signer_of(f), "old");
	serve_zones(f, OLD, f->new_record);
	round_of(f);
	assert_string_equal(f->log, "");
	assert_string_equal(signer_of(f), "old");
	serve_zones(f, f->new_record, OLD "new._domainkey.a.example TIMEOUT\n");
	round_of(f);
	assert_string_equal(f->log, "");
	assert_string_equal(signer_of(f), "old");
	serve_zones(f, f->new_record, f->new_record);
	round_of(f);
	assert_non_null(strstr(f->log,
	    "dkim: key new signs mail of a.example from now on\n"));
	assert_string_equal(signer_of(f), "new");
	/* What was seen counts, whatever comes. */
	serve_zones(f, OLD, NULL);
	round_of(f);
	assert_string_equal(f->log, "");
	assert_string_equal(signer_of(f), "new");
}

static void
it_is_asked_for_once_a_minute(void **state)
{
	struct fixture *f = *state;

	serve_zones(f, OLD, NULL);
	round_of(f);
	serve_zones(f, f->new_record, NULL);
	clock_advance(SIGNING_RECORDS_AGAIN_MS - 1);
	assert_int_equal(signing_records_next(f->keys), clock_ms() + 1);
	key_guard_round(f->keys, &f->servers, 1000, &f->stop);
	assert_string_equal(signer_of(f), "old");
	clock_advance(1);
	key_guard_round(f->keys, &f->servers, 1000, &f->stop);
	assert_string_equal(signer_of(f), "new");
	assert_int_equal(signing_records_next(f->keys), INT64_MAX);
}

static void
another_key_in_its_record_is_told_once(void **state)
{
	struct fixture *f = *state;

	serve_zones(f, OLD NEW RSA_RECORD "\n", NULL);
	round_of(f);
	assert_non_null(strstr(f->log, "warning: dkim: the record of key new "
				       "of a.example is wrong: it holds "
				       "another key"));
	round_of(f);
	assert_string_equal(f->log, "");
	assert_string_equal(signer_of(f), "old");
}

static void
silence_leaves_the_older_key(void **state)
{
	struct fixture *f = *state;

	serve_zones(f,
	    "old._domainkey.a.example TIMEOUT\n"
	    "new._domainkey.a.example TIMEOUT\n",
	    NULL);
	round_of(f);
	assert_string_equal(f->log, "");
	assert_string_equal(signer_of(f), "old");
}

static void
what_is_found_at_the_end_says_nothing(void **state)
{
	struct fixture *f = *state;

	serve_zones(f, f->new_record, NULL);
	f->stop = true;
	round_of(f);
	assert_string_equal(f->log, "");
	assert_string_equal(signer_of(f), "old");
}

/* Signs as fast as it can: with the old key, then with the new one, never with
   none and never with the old one again. */
static void *
sign_on(void *arg)
{
	const struct fixture *f = arg;
	const unsigned char digest[CRYPTO_SHA256_LEN] = {1};
	struct arena *a = arena_new();
	bool is_new = false;
	size_t wrong = 0;

	while (!atomic_load(&f->stop)) {
		struct signing_choice choice;
		const unsigned char *signature;
		size_t len;

		if (signing_keys_find(f->keys, "x.a.example", &choice, NULL) !=
			RC_OK ||
		    private_key_sign(choice.keys[0].key, a, digest, &signature,
			&len, NULL) != RC_OK ||
		    (is_new && strcmp(choice.keys[0].selector, "new") != 0))
			wrong++;
		is_new |= strcmp(choice.keys[0].selector, "new") == 0;
		arena_reset(a);
	}
	arena_free(a);
	return (void *)(uintptr_t)wrong;
}

static void
keys_change_under_load(void **state)
{
	struct fixture *f = *state;
	pthread_t threads[THREADS];
	atomic_bool never = false;

	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, sign_on, f),
		    0);
	for (int turn = 0; turn < TURNS; turn++) {
		serve_zones(f, turn < TURNS / 2 ? OLD : f->new_record, NULL);
		clock_advance(SIGNING_RECORDS_AGAIN_MS);
		key_guard_round(f->keys, &f->servers, 1000, &never);
	}
	assert_string_equal(signer_of(f), "new");
	atomic_store(&f->stop, true);
	for (size_t i = 0; i < THREADS; i++) {
		void *wrong;

		pthread_join(threads[i], &wrong);
		assert_null(wrong);
	}
}

/* With a resolver where nobody is. */
static struct settings *
settings_of(struct fixture *f)
{
	struct settings *settings;
	struct err err;

	stage_file(f->stage, "postward.conf",
	    arena_printf(f->stage->arena,
		"hostname = \"mx.remotes.club\"\n"
		"resolver { servers = { \"127.0.0.1:1\" } timeout = \"100ms\" "
		"}\n"
		"store { url = \"sqlite:/nonexistent/db\" }\n"
		"dkim { keys = \"%s\" }\n",
		f->stage->folder),
	    0600, 0);
	if (settings_open_as("milter", stage_path(f->stage, "postward.conf"),
		&settings, &err) != RC_OK)
		fail_msg("%s", err.text);
	return settings;
}

static struct signing_file *
newest_of(const struct snapshot *snapshot)
{
	return signing_keys_domain(snapshot->signing_keys, "a.example")->files;
}

static void
wait_for_question(struct signing_file *file)
{
	while (atomic_load(&file->ask_ms) == 0)
		usleep(1000);
}

/* The clock is the real one still: this is the first test. */
static void
a_reload_keeps_what_was_seen_and_asks_again(void **state)
{
	struct fixture *f = *state;
	struct snapshots *snapshots;
	struct snapshot *snapshot, *next;
	struct key_guard *guard;
	struct err err;

	assert_int_equal(snapshots_open(settings_of(f), &snapshots, &err),
	    RC_OK);
	snapshot = snapshots_acquire(snapshots, NULL);
	assert_int_equal(key_guard_open(snapshots, &guard, &err), RC_OK);
	wait_for_question(newest_of(snapshot));
	atomic_store(&newest_of(snapshot)->record, DKIM_RECORD_SEEN);
	stage_file(f->stage, "a.example/third.pem", rsa_pem, 0640, 3);
	assert_int_equal(snapshots_prepare(snapshots, settings_of(f), &next,
			     &err),
	    RC_OK);
	snapshots_publish(snapshots, next);
	snapshots_release(snapshots, snapshot);
	key_guard_look(guard);
	snapshot = snapshots_acquire(snapshots, NULL);
	assert_string_equal(newest_of(snapshot)->selector, "third");
	wait_for_question(newest_of(snapshot));
	assert_int_equal(newest_of(snapshot)[1].record, DKIM_RECORD_SEEN);
	snapshots_release(snapshots, snapshot);
	assert_true(key_guard_close(guard));
	assert_true(key_guard_close(NULL));
	snapshots_close(snapshots);
}

#define GUARDED(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static int
stop_clock(void **state)
{
	clock_set(1000000, 1000000);
	return set_up(state);
}

#define TIMED(test) cmocka_unit_test_setup_teardown(test, stop_clock, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_server_is_asked),
	    GUARDED(a_reload_keeps_what_was_seen_and_asks_again),
	    TIMED(the_new_key_signs_once_all_servers_have_it),
	    TIMED(it_is_asked_for_once_a_minute),
	    TIMED(another_key_in_its_record_is_told_once),
	    TIMED(silence_leaves_the_older_key),
	    TIMED(what_is_found_at_the_end_says_nothing),
	    TIMED(keys_change_under_load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
