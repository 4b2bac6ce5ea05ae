/* SPDX-License-Identifier: MIT */
/* What `postward setup` does.  Each step looks first whether it is done, and
   leaves all or nothing: broken off anywhere, the next run does the rest. */
#include "setup.h"

#include "dkim.h"
#include "output.h"
#include "store_secrets.h"

#include "base/file.h"
#include "base/str.h"
#include "forwarding/forwards.h"
#include "store/account_table.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONFIGURATION_MAX 65536

/* ---- the configuration */

/* The owner and mode of postward.conf, which may be closed to others. */
static struct file_owner
setup_owner_like(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return (struct file_owner){geteuid(), getegid(), 0644};
	return (struct file_owner){st.st_uid, st.st_gid, st.st_mode & 0777};
}

/* *old: what stands in the file; NULL: there is none. */
static enum rc
setup_read_present(struct setup *s, const char *path, const char **old,
    struct err *err)
{
	char *text;
	size_t len;
	enum rc rc = file_read(s->in->arena, path, CONFIGURATION_MAX, &text,
	    &len, NULL, err);

	*old = rc == RC_OK ? text : NULL;
	return rc == RC_NONE ? RC_OK : rc;
}

static enum rc
setup_write(struct setup *s, const char *path, const char *text,
    struct err *err)
{
	struct file_owner owner = setup_owner_like(s->config);

	return file_write(s->in->arena, path, text, strlen(text), &owner, err);
}

static bool
setup_is_list(struct config_list list, const char *const *items, size_t n)
{
	for (size_t i = 0; i < n && i < list.n; i++)
		if (strcmp(list.items[i], items[i]) != 0)
			return false;
	return list.n == n;
}

/* Do all files together say what was answered?  NULL, or the key that says
   something else. */
static const char *
setup_key_overruled(const struct setup *s, const struct settings *read)
{
	const struct config_list domains = {
	    read->forwards.domains, read->forwards.n_domains};
	const struct config_list srs =
	    config_list(read->config, "srs", NULL, "domain");

	if (strcmp(read->hostname, s->site.hostname) != 0)
		return "hostname";
	if (!setup_is_list(domains, s->site.domains, s->site.n_domains))
		return "domains";
	return srs.n > 0 && strcmp(srs.items[0], s->site.srs_domain) == 0
		   ? NULL
		   : "srs.domain";
}

/* Reads all files of the configuration as the programs will. */
static enum rc
setup_read_back(struct setup *s, struct err *err)
{
	struct settings *read = NULL;
	const char *key;
	enum rc rc = settings_open(s->config, &read, err);

	if (rc != RC_OK)
		return rc;
	key = setup_key_overruled(s, read);
	if (key != NULL) {
		settings_free(read);
		return err_set(err, RC_PERM,
		    "%s is set to something else: either in a file that comes "
		    "after %s, or %s has no line include = { \"conf.d/*.conf\" "
		    "}",
		    key, s->file, s->config);
	}
	settings_free(s->in->settings);
	s->in->settings = read;
	return RC_OK;
}

static enum rc
setup_make_folder(const char *path, struct err *err)
{
	if (mkdir(path, 0755) != 0)
		return errno == EEXIST ? RC_OK
				       : err_set(err, RC_TEMP, "%s: %s", path,
					     strerror(errno));
	return chmod(path, 0755) == 0
		   ? RC_OK
		   : err_set(err, RC_TEMP, "%s: %s", path, strerror(errno));
}

/* What was written makes no sense with the rest: the file is as it was. */
static void
setup_put_back(struct setup *s, const char *old)
{
	struct err err;

	if (old == NULL)
		unlink(s->file);
	else if (setup_write(s, s->file, old, &err) != RC_OK)
		output_wrong(s->in, "%s", err.text);
}

static enum rc
setup_write_main(struct setup *s, struct err *err)
{
	enum rc rc;

	if (access(s->config, F_OK) == 0)
		return RC_OK;
	rc = setup_write(s, s->config, setup_main_configuration, err);
	if (rc == RC_OK)
		printf("%s: written\n", output_shown(s->in->arena, s->config));
	return rc;
}

static enum rc
setup_configure(struct setup *s, struct err *err)
{
	const char *text = setup_configuration(s->in->arena, &s->site), *old;
	enum rc rc = setup_make_folder(s->folder, err);

	if (rc == RC_OK)
		rc = setup_read_present(s, s->file, &old, err);
	if (rc == RC_OK)
		rc = setup_write_main(s, err);
	s->changed = rc == RC_OK && (old == NULL || strcmp(old, text) != 0);
	if (s->changed)
		rc = setup_write(s, s->file, text, err);
	if (rc != RC_OK)
		return rc;
	rc = setup_read_back(s, err);
	if (rc != RC_OK && s->changed)
		setup_put_back(s, old);
	else if (s->changed)
		printf("%s: written\n", output_shown(s->in->arena, s->file));
	return rc;
}

/* ---- store and keys */

/* It has told what is wrong. */
static enum rc
setup_make_store(struct setup *s, struct err *err)
{
	enum rc rc;

	if (store_make(s->in) != EXIT_DONE)
		return err_set(err, RC_TEMP,
		    "the store is not there yet: "
		    "mend that, and run postward "
		    "setup again");
	/* The secrets were made meanwhile. */
	rc = setup_read_back(s, err);
	return rc;
}

static enum rc
setup_make_key(struct setup *s, const char *domain, struct err *err)
{
	enum rc rc = dkim_key_ensure(s->in, domain, err);

	if (rc == RC_OK) {
		s->changed = true; /* the milter reads it at a reload */
		printf("%s: a key for signatures (DKIM) made\n", domain);
	}
	return rc == RC_NONE ? RC_OK : rc;
}

static enum rc
setup_make_keys(struct setup *s, struct err *err)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < s->site.n_domains; i++)
		rc = setup_make_key(s, s->site.domains[i], err);
	return rc == RC_OK ? setup_make_key(s, s->site.srs_domain, err) : rc;
}

/* ---- who answers for the domain (RFC 5321 4.5.1, RFC 2142) */

struct setup_role {
	struct arena *arena;
	const char *account, *target;
	int64_t now;
	bool made, had; /* the account; a forward that is in use */
};

static enum rc
setup_role_account(struct db *db, void *context, struct err *err)
{
	struct setup_role *role = context;
	struct forward *forwards;
	struct account account;
	size_t n;
	enum rc rc =
	    account_find(db, role->arena, role->account, &account, err);

	role->made = rc == RC_NONE;
	role->had = false;
	if (rc == RC_NONE)
		return account_add(db, role->account, role->now, err);
	if (rc == RC_OK)
		rc = forward_list(db, role->arena, role->account, &forwards, &n,
		    err);
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		role->had |= forwards[i].state == FORWARD_ACTIVE &&
			     str_equal_fold(forwards[i].target, role->target);
	return rc;
}

/* What else the account forwards to stays: somebody meant it. */
static enum rc
setup_make_role(struct setup *s, struct store *store, const char *local,
    const char *target, struct err *err)
{
	struct arena *a = s->in->arena;
	struct setup_role role = {.arena = a, .target = target};
	enum rc rc = store_now(store, &role.now, err);

	role.account = arena_printf(a, "%s@%s", local, s->site.domains[0]);
	if (rc == RC_OK)
		rc = store_change(store, setup_role_account, &role, err);
	if (rc != RC_OK || role.had)
		return rc;
	rc = forwards_add(store, &s->in->settings->forwards, a, role.account,
	    target, role.now, err);
	if (rc == RC_OK)
		printf("%s: forwards to %s\n", role.account,
		    output_shown(a, target));
	return rc;
}

static enum rc
setup_make_roles(struct setup *s, struct err *err)
{
	struct arena *a = s->in->arena;
	struct store *store;
	enum rc rc = settings_open_store(s->in->settings, &store, err);

	if (rc != RC_OK)
		return rc;
	rc = setup_make_role(s, store, "postmaster", s->site.mailbox, err);
	if (rc == RC_OK)
		rc = setup_make_role(s, store, "abuse",
		    arena_printf(a, "postmaster@%s", s->site.domains[0]), err);
	store_close(store);
	return rc;
}

/* ---- all of it */

static enum rc
setup_prepare(struct setup *s, struct err *err)
{
	return setup_units_prepare(s, err);
}

static enum rc (*const steps[])(struct setup *s, struct err *err) = {
    setup_prepare,
    setup_configure,
    setup_make_store,
    setup_make_keys,
    setup_make_roles,
    setup_prepare, /* what was made by root belongs to the programs */
    setup_units_start,
};

enum rc
setup_do(struct setup *s, struct err *err)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < sizeof(steps) / sizeof(*steps);
	     i++) {
		rc = steps[i](s, err);
		fflush(stdout);
	}
	return rc;
}

static void
setup_show_file(const struct setup *s, const char *path, const char *text)
{
	printf("write %s:\n\n", output_shown(s->in->arena, path));
	for (const char *at = text; *at != '\0';) {
		size_t len = strcspn(at, "\n");

		printf("    %.*s\n", (int)len, at);
		at += len + (at[len] == '\n');
	}
	printf("\n");
}

void
setup_show(const struct setup *s)
{
	const char *domain = s->site.domains[0];
	const char *mailbox = output_shown(s->in->arena, s->site.mailbox);

	printf("This is what will be done, where it is not done yet:\n\n");
	if (access(s->config, F_OK) != 0)
		setup_show_file(s, s->config, setup_main_configuration);
	setup_show_file(s, s->file,
	    setup_configuration(s->in->arena, &s->site));
	printf("postward store init\n");
	for (size_t i = 0; i < s->site.n_domains; i++)
		printf("postward dkim key add %s\n", s->site.domains[i]);
	printf("postward dkim key add %s\n", s->site.srs_domain);
	printf("postward account add postmaster@%s\n"
	       "postward forward add --confirmed postmaster@%s %s\n"
	       "postward account add abuse@%s\n"
	       "postward forward add --confirmed abuse@%s postmaster@%s\n",
	    domain, domain, mailbox, domain, domain, domain);
	setup_units_show(s);
	printf("\n");
}
