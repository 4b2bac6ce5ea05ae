/* SPDX-License-Identifier: MIT */
#include "setup_answers.h"

#include "base/nearest.h"
#include "base/str.h"
#include "base/typed.h"
#include "mail/domain.h"
#include "mail/mailbox.h"

#include <string.h>

#define BLANKS      " \t\r"
#define BETWEEN     BLANKS ","
#define DOMAINS_MAX 100

static const struct {
	const char *name, *question;
} keys[SETUP_KEYS] = {
    [SETUP_DOMAIN] = {"domain", "The domain whose mail is forwarded"},
    [SETUP_HOSTNAME] = {"hostname", "The name of this mail server"},
    [SETUP_SRS_DOMAIN] = {"srs-domain",
	"The domain of rewritten senders (SRS)"},
    [SETUP_MAILBOX] = {"mailbox",
	"Your mailbox elsewhere, for mail to postmaster"},
};

const char *
setup_key_name(enum setup_key key)
{
	return keys[key].name;
}

const char *
setup_key_question(enum setup_key key)
{
	return keys[key].question;
}

/* ---- a file of answers */

struct answers_line {
	const char *file;
	int number;
};

static enum rc
answers_unknown(const struct answers_line *line, const char *word,
    struct err *err)
{
	const char *names[SETUP_KEYS], *meant;

	for (size_t i = 0; i < SETUP_KEYS; i++)
		names[i] = keys[i].name;
	meant = nearest(word, names, SETUP_KEYS);
	return meant == NULL
		   ? err_set(err, RC_PERM,
			 "%s:%d: no key \"%s\": there are domain, hostname, "
			 "srs-domain and mailbox",
			 line->file, line->number, word)
		   : err_set(err, RC_PERM,
			 "%s:%d: no key \"%s\"; did you mean \"%s\"?",
			 line->file, line->number, word, meant);
}

/* Cuts blanks off both ends, and then a pair of quotes. */
static char *
answers_trim(char *text)
{
	size_t len;

	text += strspn(text, BLANKS);
	len = strlen(text);
	while (len > 0 && strchr(BLANKS, text[len - 1]) != NULL)
		len--;
	if (len > 1 && text[0] == '"' && text[len - 1] == '"') {
		text++;
		len -= 2;
	}
	text[len] = '\0';
	return text;
}

static enum rc
answers_read_line(const struct answers_line *line, char *text,
    struct setup_answers *out, struct err *err)
{
	char *equals = strchr(text, '='), *name, *value;
	size_t key = 0;

	text += strspn(text, BLANKS);
	if (*text == '\0' || *text == '#')
		return RC_OK;
	if (equals == NULL)
		return err_set(err, RC_PERM, "%s:%d: expected key = value",
		    line->file, line->number);
	*equals = '\0';
	name = answers_trim(text);
	value = answers_trim(equals + 1);
	while (key < SETUP_KEYS && strcmp(keys[key].name, name) != 0)
		key++;
	if (key == SETUP_KEYS)
		return answers_unknown(line, name, err);
	if (value[0] == '\0')
		return err_set(err, RC_PERM, "%s:%d: %s has no value",
		    line->file, line->number, name);
	if (out->text[key] != NULL)
		return err_set(err, RC_PERM, "%s:%d: %s stands there twice",
		    line->file, line->number, name);
	out->text[key] = value;
	return RC_OK;
}

enum rc
setup_answers_read(struct arena *a, const char *name, const char *text,
    size_t len, struct setup_answers *out, struct err *err)
{
	struct answers_line line = {name, 0};
	char *at = arena_copy_bytes(a, text, len), *end;
	enum rc rc = RC_OK;

	*out = (struct setup_answers){0};
	if (memchr(text, '\0', len) != NULL)
		return err_set(err, RC_PERM, "%s: there is a NUL in it", name);
	while (rc == RC_OK && at != NULL) {
		end = strchr(at, '\n');
		if (end != NULL)
			*end++ = '\0';
		line.number++;
		rc = answers_read_line(&line, at, out, err);
		at = end;
	}
	return rc;
}

/* ---- one answer */

/* Debian's placeholder for a name that nobody has given. */
static bool
name_is_placeholder(const char *name)
{
	return str_starts(name, "localhost.") ||
	       str_ends_fold(name, ".localhost") ||
	       str_ends_fold(name, ".localdomain") ||
	       str_ends_fold(name, ".invalid");
}

bool
setup_is_server_name(struct arena *a, const char *name)
{
	/* Only one's own network knows them. */
	static const char *const ends[] = {
	    ".local", ".internal", ".lan", ".home.arpa"};
	const char *plain;

	if (name == NULL || domain_read(a, name, &plain, NULL) != RC_OK ||
	    !domain_is_host(plain) || strchr(plain, '.') == NULL ||
	    name_is_placeholder(plain))
		return false;
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		if (str_ends_fold(plain, ends[i]))
			return false;
	return true;
}

static enum rc
answer_read_name(struct arena *a, const char *text, const char **out,
    struct err *err)
{
	if (domain_read(a, typed_trim(a, text), out, err) != RC_OK)
		return RC_PERM;
	if (!domain_is_host(*out) || strchr(*out, '.') == NULL)
		return err_set(err, RC_PERM,
		    "expected a whole name in DNS, such as remotes.club");
	if (name_is_placeholder(*out))
		return err_set(err, RC_PERM,
		    "that is no name, but stands in for one: nobody outside "
		    "of this machine knows it");
	return RC_OK;
}

static bool
site_has_domain(const struct setup_site *site, const char *name)
{
	for (size_t i = 0; i < site->n_domains; i++)
		if (strcmp(site->domains[i], name) == 0)
			return true;
	return false;
}

static enum rc
answer_take_domains(struct arena *a, const char *text, struct setup_site *site,
    struct err *err)
{
	const char **domains =
	    arena_take_array(a, DOMAINS_MAX, sizeof(*domains));

	*site = (struct setup_site){.domains = domains};
	for (const char *at = text + strspn(text, BETWEEN); *at != '\0';) {
		size_t len = strcspn(at, BETWEEN);
		const char *word = arena_copy_bytes(a, at, len), *name;
		struct err why;

		if (answer_read_name(a, word, &name, &why) != RC_OK)
			return err_set(err, RC_PERM, "%s: %s", word, why.text);
		if (site->n_domains == DOMAINS_MAX)
			return err_set(err, RC_PERM, "more than %d domains",
			    DOMAINS_MAX);
		if (!site_has_domain(site, name))
			domains[site->n_domains++] = name;
		at += len;
		at += strspn(at, BETWEEN);
	}
	return site->n_domains > 0 ? RC_OK
				   : err_set(err, RC_PERM, "expected a domain");
}

static enum rc
answer_take_hostname(struct arena *a, const char *text, struct setup_site *site,
    struct err *err)
{
	if (answer_read_name(a, text, &site->hostname, err) != RC_OK)
		return RC_PERM;
	if (site_has_domain(site, site->hostname))
		return err_set(err, RC_PERM,
		    "the server needs a name of its own, such as mx.%s: mail "
		    "to its name is delivered here, mail to %s is forwarded",
		    site->hostname, site->hostname);
	return RC_OK;
}

static enum rc
answer_take_srs_domain(struct arena *a, const char *text,
    struct setup_site *site, struct err *err)
{
	if (answer_read_name(a, text, &site->srs_domain, err) != RC_OK)
		return RC_PERM;
	if (strcmp(site->srs_domain, site->hostname) == 0)
		return err_set(err, RC_PERM,
		    "mail to the server's own name is delivered here, and "
		    "bounces would not find back");
	return RC_OK;
}

/* As for any forward; the loop is seen before there is a store. */
static enum rc
answer_take_mailbox(struct arena *a, const char *text, struct setup_site *site,
    struct err *err)
{
	struct address address;
	struct err why = {"expected an address, such as you@gmail.example"};

	if (mailbox_read(a, text, &address, &why) != RC_OK)
		return err_set(err, RC_PERM, "%s", why.text);
	if (site_has_domain(site, address.domain) ||
	    strcmp(address.domain, site->srs_domain) == 0)
		return err_set(err, RC_PERM,
		    "it must be outside of %s, or mail to postmaster would "
		    "go round in circles",
		    address.domain);
	site->mailbox = address_text(a, &address);
	return RC_OK;
}

enum rc
setup_answer_take(struct arena *a, enum setup_key key, const char *text,
    struct setup_site *site, struct err *err)
{
	switch (key) {
	case SETUP_DOMAIN:
		return answer_take_domains(a, text, site, err);
	case SETUP_HOSTNAME:
		return answer_take_hostname(a, text, site, err);
	case SETUP_SRS_DOMAIN:
		return answer_take_srs_domain(a, text, site, err);
	case SETUP_MAILBOX:
		return answer_take_mailbox(a, text, site, err);
	case SETUP_KEYS:
		break;
	}
	return err_set(err, RC_PERM, "no such question");
}

/* ---- defaults */

/* "remotes.club" for mx.remotes.club, and for itself. */
static const char *
answer_default_domain(struct arena *a, const char *machine)
{
	const char *name, *rest;

	if (!setup_is_server_name(a, machine) ||
	    domain_read(a, machine, &name, NULL) != RC_OK)
		return NULL;
	rest = strchr(name, '.') + 1;
	return strchr(rest, '.') == NULL ? name : rest;
}

const char *
setup_answer_default(struct arena *a, enum setup_key key,
    const struct setup_site *site, const char *machine)
{
	const char *name;

	switch (key) {
	case SETUP_DOMAIN:
		return answer_default_domain(a, machine);
	case SETUP_HOSTNAME:
		return setup_is_server_name(a, machine) &&
			       domain_read(a, machine, &name, NULL) == RC_OK &&
			       !site_has_domain(site, name)
			   ? name
			   : arena_printf(a, "mx.%s", site->domains[0]);
	case SETUP_SRS_DOMAIN:
		return arena_printf(a, "srs.%s", site->domains[0]);
	case SETUP_MAILBOX:
	case SETUP_KEYS:
		break;
	}
	return NULL;
}

/* ---- the files */

const char setup_main_configuration[] =
    "# /etc/postward/postward.conf - the configuration of Postward.\n"
    "#\n"
    "# Yours goes into files of its own beside those that `postward setup` "
    "writes,\n"
    "# such as conf.d/50-site.conf: of a key that several files have, the "
    "later one\n"
    "# counts, and these count before what stands here.\n"
    "#\n"
    "# All keys with their defaults: /usr/share/postward/postward.conf\n"
    "# What they mean:               postward.conf(5)\n"
    "\n"
    "include = { \"conf.d/*.conf\" }\n";

const char *
setup_configuration(struct arena *a, const struct setup_site *site)
{
	struct str text;

	str_init(&text, a);
	str_add(&text,
	    "# Written by postward setup, which writes it anew when it is run "
	    "again.  Settings of\n"
	    "# your own belong into a file beside it that comes later, such as "
	    "50-local.conf.\n");
	str_addf(&text, "hostname = \"%s\"\ndomains = {", site->hostname);
	for (size_t i = 0; i < site->n_domains; i++)
		str_addf(&text, "%s \"%s\"", i == 0 ? "" : ",",
		    site->domains[i]);
	str_addf(&text, " }\n\nsrs {\n\tdomain = { \"%s\" }\n}\n",
	    site->srs_domain);
	return text.text;
}
