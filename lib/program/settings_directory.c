/* SPDX-License-Identifier: MIT */
/* The section ldap: what is asked of the directory, and where it is. */
#include "program/private/settings_parts.h"
#include "program/private/settings_wrong.h"

#include <string.h>

static const char system_ca[] = "/etc/ssl/certs/ca-certificates.crt";

const char *
settings_wrong_ldap_url(struct arena *a, const char *value)
{
	struct directory_server unused;
	struct err err;

	return directory_url_read(a, value, &unused, &err) == RC_OK
		   ? NULL
		   : arena_copy_text(a, err.text);
}

const char *
settings_wrong_ldap_base(struct arena *a, const char *value)
{
	(void)a;
	return directory_base_wrong(value);
}

const char *
settings_wrong_ldap_filter(struct arena *a, const char *value)
{
	(void)a;
	return directory_filter_wrong(value);
}

/* RFC 4512 2.5: a name, or numbers with dots; options may follow. */
const char *
settings_wrong_ldap_attribute(struct arena *a, const char *value)
{
	(void)a;
	return value[0] != '\0' &&
		       value[strspn(value, "abcdefghijklmnopqrstuvwxyz"
					   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					   "0123456789.;-")] == '\0'
		   ? NULL
		   : "expected an attribute, such as \"mailRoutingAddress\"";
}

const char *
settings_wrong_ldap_state(struct arena *a, const char *value)
{
	return value[0] == '\0' ? NULL
				: settings_wrong_ldap_attribute(a, value);
}

/* What keeps the directory from being asked, as "key: why"; NULL: nothing. */
static const char *
directory_wrong(const struct directory_settings *d, const char **key)
{
	const struct {
		const char *key;
		bool wrong;
		const char *why;
	} rows[] = {
	    {"url", d->n_urls == 0, "needed where sources names ldap"},
	    {"url", d->n_urls > DIRECTORY_SERVERS_MAX,
		"expected no more than 16"},
	    {"attributes", d->n_attributes == 0, "expected at least one"},
	    {"password-file", d->bind[0] != '\0' && d->password_file[0] == '\0',
		"needed where bind is set"},
	    {"bind", d->bind[0] == '\0' && d->password_file[0] != '\0',
		"needed where password-file is set"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		*key = rows[i].key;
		if (rows[i].wrong)
			return rows[i].why;
	}
	return NULL;
}

static bool
directory_is_source(const struct forwards_settings *f)
{
	for (size_t i = 0; i < f->n_sources; i++)
		if (f->sources[i] == FORWARDS_LDAP)
			return true;
	return false;
}

enum rc
settings_read_directory(struct settings *s, struct err *err)
{
	const char *why, *key;

	if (!directory_is_source(&s->forwards))
		return RC_OK;
	if (!directory_is_built)
		return err_set(err, RC_PERM,
		    "%s: sources: this Postward was built without libldap and "
		    "can ask no directory",
		    settings_where(s, "", "sources"));
	/* No default of the key: it is not this site's own (store backup). */
	if (s->directory.ca[0] == '\0')
		s->directory.ca = system_ca;
	why = directory_wrong(&s->directory, &key);
	if (why != NULL)
		return err_set(err, RC_PERM, "%s: ldap.%s: %s",
		    settings_where(s, "ldap", key), key, why);
	s->forwards.directory = directory_open(&s->directory);
	return RC_OK;
}
