/* SPDX-License-Identifier: MIT */
#include "program/private/settings_wrong.h"

#include "base/ip.h"
#include "base/str.h"
#include "mail/address.h"
#include "mail/domain.h"
#include "net/dns.h"
#include "net/listen.h"
#include "policy/list_name.h"
#include "program/private/settings_parts.h"

#include <string.h>

const char *
settings_wrong_domain(struct arena *a, const char *value)
{
	const char *domain;

	return domain_read(a, value, &domain, NULL) == RC_OK
		   ? NULL
		   : "expected a domain name";
}

const char *
settings_wrong_hostname(struct arena *a, const char *value)
{
	return value[0] == '\0' ? NULL : settings_wrong_domain(a, value);
}

const char *
settings_wrong_listen(struct arena *a, const char *value)
{
	(void)a;
	return listen_wrong(value);
}

const char *
settings_wrong_milter_listen(struct arena *a, const char *value)
{
	(void)a;
	return str_starts(value, "systemd:")
		   ? "expected unix:/PATH or inet:ADDRESS:PORT; libmilter "
		     "takes no socket from systemd"
		   : listen_wrong(value);
}

const char *
settings_wrong_store(struct arena *a, const char *value)
{
	(void)a;
	return store_url_wrong(value);
}

const char *
settings_wrong_file(struct arena *a, const char *value)
{
	(void)a;
	return value[0] == '/' ? NULL : "expected \"/path/to/file\"";
}

const char *
settings_wrong_list_name(struct arena *a, const char *value)
{
	(void)a;
	return value[0] == '\0' || list_name_valid(value)
		   ? NULL
		   : "expected a word of letters, digits and -._/, such as "
		     "\"zen.spamhaus.org\"";
}

const char *
settings_wrong_server(struct arena *a, const char *value)
{
	(void)a;
	return dns_server_valid(value)
		   ? NULL
		   : "expected an address with or without a port, such as "
		     "\"127.0.0.1:53\" or \"[::1]:53\"";
}

/* RFC 5322 2.2: a name is printable ASCII without a colon. */
const char *
settings_wrong_spam_field(struct arena *a, const char *value)
{
	size_t name = strcspn(value, ":");

	(void)a;
	for (size_t i = 0; i < name; i++)
		if (value[i] <= ' ' || value[i] > '~')
			name = 0;
	return name > 0 && value[name] == ':'
		   ? NULL
		   : "expected \"NAME: VALUE\", such as \"X-Spam: Yes\"";
}

const char *
settings_wrong_codes(struct arena *a, const char *value)
{
	struct list_code code;

	return list_code_read(a, value, &code);
}

const char *
settings_wrong_network(struct arena *a, const char *value)
{
	struct ip_net net;

	(void)a;
	return ip_net_parse(value, &net) ? NULL
					 : "expected an address or a network, "
					   "such as \"192.0.2.0/24\", "
					   "with no bits set past its length";
}

const char *
settings_wrong_sender(struct arena *a, const char *value)
{
	struct address address;

	if (strchr(value, '@') == NULL)
		return settings_wrong_domain(a, value);
	return address_read(a, value, &address, NULL) == RC_OK
		   ? NULL
		   : "expected a domain or an address";
}

const char *
settings_wrong_bounce_sender(struct arena *a, const char *value)
{
	struct address address;

	if (strchr(value, '@') == NULL)
		value = arena_printf(a, "%s@example.org", value);
	return address_read(a, value, &address, NULL) == RC_OK
		   ? NULL
		   : "expected an address, or what stands before its \"@\"";
}

const char *
settings_wrong_spf_action(struct arena *a, const char *value)
{
	struct check_settings settings;

	(void)a;
	return settings_spf_action(value, &settings)
		   ? NULL
		   : "expected accept, reject, defer or a number of points "
		     "from "
		     "-1000 to 1000";
}

const char *
settings_wrong_name_part(struct arena *a, const char *value)
{
	static const char *const names[] = {"reverse-client", "helo", "sender"};

	(void)a;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(value, names[i]) == 0)
			return NULL;
	return "expected \"reverse-client\", \"helo\" or \"sender\"";
}

const char *
settings_wrong_delimiter(struct arena *a, const char *value)
{
	(void)a;
	if (value[0] == '\0' ||
	    (value[1] == '\0' && strchr("@.\"<> ", value[0]) == NULL))
		return NULL;
	return "expected one character, such as \"+\", or \"\" for none";
}

const char *
settings_wrong_mailbox(struct arena *a, const char *value)
{
	struct address address;

	if (value[0] == '\0' ||
	    (address_read(a, value, &address, NULL) == RC_OK &&
		address.domain[0] != '\0'))
		return NULL;
	return "expected an address, such as \"postmaster@remotes.club\"";
}

/* The value is the address and port of a browser's URL, without a scheme. */
const char *
settings_wrong_web_listen(struct arena *a, const char *value)
{
	const char *wrong = listen_wrong(settings_web_listen(a, value));

	return wrong == NULL ? NULL
			     : "expected ADDRESS:PORT, such as "
			       "\"127.0.0.1:8080\", unix:/PATH or systemd:NAME";
}

const char *
settings_web_listen(struct arena *a, const char *value)
{
	static const char *const schemes[] = {"unix:", "inet:", "systemd:"};

	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++)
		if (str_starts(value, schemes[i]))
			return value;
	return arena_printf(a, "inet:%s", value);
}

const char *
settings_wrong_metrics(struct arena *a, const char *value)
{
	static const char *const expected =
	    "expected \"\" or ADDRESS:PORT of this machine alone, such as "
	    "\"127.0.0.1:9797\"";

	if (value[0] == '\0')
		return NULL;
	if (!str_starts(value, "127.") && !str_starts(value, "[::1]:"))
		return expected;
	return listen_wrong(arena_printf(a, "inet:%s", value)) == NULL
		   ? NULL
		   : expected;
}

static bool
is_url(const char *value, const char *const *schemes, size_t n)
{
	for (const char *p = value; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~' || strchr("\"<>\\^`{|}", *p) != NULL)
			return false;
	for (size_t i = 0; i < n; i++)
		if (str_starts(value, schemes[i]))
			return value[strlen(schemes[i])] != '\0';
	return false;
}

const char *
settings_wrong_url(struct arena *a, const char *value)
{
	static const char *const schemes[] = {"https://", "http://"};

	(void)a;
	return value[0] == '\0' || is_url(value, schemes, 2)
		   ? NULL
		   : "expected \"https://...\", or \"\"";
}

const char *
settings_wrong_smtp(struct arena *a, const char *value)
{
	static const char *const schemes[] = {"smtp://", "smtps://"};

	(void)a;
	return is_url(value, schemes, 2)
		   ? NULL
		   : "expected \"smtp://HOST:PORT\" or \"smtps://HOST:PORT\"";
}
