/* SPDX-License-Identifier: MIT */
#include "fuzz_world.h"

#include "base/clock.h"
#include "dns_zone.h"
#include "store/account_table.h"
#include "store/forward_table.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char zone[] =
    "*.org A 192.0.2.1\n*.org AAAA 2001:db8::1\n*.org MX 1 a.org\n"
    "*.org TXT \"v=spf1 ip4:192.0.2.0/24 ~all\"\n"
    "fail.org TXT \"v=spf1 -all exp=e.org\"\n"
    "e.org TXT \"%{i} %{h} is none of %{d}\"\n"
    "remotes.club TXT \"v=spf1 mx -all\"\nnull.org MX 0 .\n"
    "slow.example TIMEOUT\nbad.example SERVFAIL\n"
    "2.2.0.192.bl.example A 127.0.0.2\n"
    "2.2.0.192.bl.example TXT \"see http://bl.example/192.0.2.2\"\n"
    "a.org.dbl.example A 127.0.0.2\n";

static const char configuration[] =
    "hostname = \"mx.remotes.club\"\ndomains = { \"remotes.club\" }\n"
    "store { url = \"sqlite:%1$s/db\" }\n"
    "srs { domain = { \"fwd.org\" } secrets-file = \"%1$s/srs\" }\n"
    "dnsbl \"bl.example\" {}\nrhsbl \"dbl.example\" { action = \"score\" }\n"
    "milter { enforce = yes\n split-mixed = yes\n hide-targets = yes }\n"
    "check \"helo_unknown\" { action = \"score\" }\n";

void
fuzz_must(bool so)
{
	if (!so)
		abort();
}

/* There is one world, so these stand in for those of lib/program, which would
   ask the DNS of this machine. */
static struct snapshot snapshot;

struct snapshot *
snapshots_acquire(struct snapshots *snapshots, struct snapshot *held)
{
	(void)snapshots;
	(void)held;
	return &snapshot;
}

void
snapshots_release(struct snapshots *snapshots, struct snapshot *held)
{
	(void)snapshots;
	(void)held;
}

static char folder[] = "/dev/shm/postward-fuzz-XXXXXX";

static const char *
write_file(struct arena *a, const char *name, const char *text)
{
	const char *path = arena_printf(a, "%s/%s", folder, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	fuzz_must(fd >= 0 &&
		  write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	return path;
}

static void
remove_folder(void)
{
	static const char *const names[] = {
	    "conf", "srs", "zone", "db", "db-wal", "db-shm"};
	struct arena *a = arena_new();

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		unlink(arena_printf(a, "%s/%s", folder, names[i]));
	rmdir(folder);
	arena_free(a);
}

static void
fill_store(struct store *store)
{
	static const struct forward ann = {.account = "ann@remotes.club",
	    .target = "ann@mail.example",
	    .state = FORWARD_ACTIVE};
	static const struct forward bob = {.account = "bob@remotes.club",
	    .target = "ann@remotes.club",
	    .state = FORWARD_ACTIVE};
	struct db *db = NULL;
	int from, to;

	fuzz_must(store_migrate(store, &from, &to, NULL) == RC_OK &&
		  store_take(store, &db, NULL) == RC_OK &&
		  account_add(db, ann.account, 1, NULL) == RC_OK &&
		  account_add(db, bob.account, 1, NULL) == RC_OK &&
		  account_add(db, "eve@remotes.club", 1, NULL) == RC_OK &&
		  forward_add(db, &ann, NULL) == RC_OK &&
		  forward_add(db, &bob, NULL) == RC_OK);
	store_give(store, db);
}

void
fuzz_world_open(void)
{
	static const struct log_settings log = {"stderr", "error", "text"};
	struct settings *settings;
	struct err err = {""};
	struct arena *a;

	if (snapshot.settings != NULL)
		return;
	a = arena_new();
	fuzz_must(mkdtemp(folder) != NULL && atexit(remove_folder) == 0);
	clock_set(1767225600, 1);
	log_open("fuzz", &log);
	write_file(a, "srs", "secret\n");
	if (settings_open_as("policyd",
		write_file(a, "conf", arena_printf(a, configuration, folder)),
		&settings, &err) != RC_OK ||
	    settings_open_store(settings, &snapshot.store, &err) != RC_OK ||
	    dns_open_zone(write_file(a, "zone", zone), &snapshot.dns, &err) !=
		RC_OK) {
		log_error("%s", err.text);
		abort();
	}
	fill_store(snapshot.store);
	snapshot.settings = settings;
	snapshot.spf = spf_new(snapshot.dns);
	snapshot.forwards =
	    forwards_cache_new(snapshot.store, &settings->forwards, 100);
	arena_free(a);
}
