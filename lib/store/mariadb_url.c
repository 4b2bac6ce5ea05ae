/* SPDX-License-Identifier: MIT */
#include "store/mariadb_url.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define SHAPE "expected mariadb://user@host,host/database"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS  "0123456789"

static bool
is_of(const char *text, const char *characters)
{
	return text[0] != '\0' && text[strspn(text, characters)] == '\0';
}

static const char *
read_url_port(const char *text, unsigned *out)
{
	unsigned long port;

	if (!is_of(text, DIGITS) || strlen(text) > 5)
		return "expected a port from 1 to 65535 after the host";
	port = strtoul(text, NULL, 10);
	if (port < 1 || port > 65535)
		return "expected a port from 1 to 65535 after the host";
	*out = (unsigned)port;
	return NULL;
}

static const char *
read_url_host(char *text, struct mariadb_host *out)
{
	char *end = text;

	out->name = text;
	out->port = MARIADB_PORT;
	if (text[0] == '[') {
		out->name = text + 1;
		end = strchr(text, ']');
		if (end == NULL)
			return "expected ] after an IPv6 address";
		*end++ = '\0';
		if (!is_of(out->name, DIGITS "abcdefABCDEF:.") ||
		    strchr(out->name, ':') == NULL)
			return "expected an IPv6 address in brackets";
	} else {
		end += strcspn(text, ":");
	}
	if (*end == ':') {
		*end++ = '\0';
		return read_url_port(end, &out->port);
	}
	if (*end != '\0')
		return "expected a port after ]";
	return NULL;
}

static const char *
read_hosts(char *text, struct mariadb_url *out)
{
	char *host;

	while ((host = strsep(&text, ",")) != NULL) {
		struct mariadb_host *next = &out->hosts[out->n_hosts];
		const char *wrong;

		if (out->n_hosts == MARIADB_HOSTS_MAX)
			return "expected at most 16 hosts";
		wrong = read_url_host(host, next);
		if (wrong != NULL)
			return wrong;
		if (!is_of(next->name, LETTERS DIGITS "-._:"))
			return SHAPE;
		out->n_hosts++;
	}
	return NULL;
}

static const char *
read_tls(const char *value, struct mariadb_url *out)
{
	static const char *const words[] = {
	    [MARIADB_TLS_OFF] = "off",
	    [MARIADB_TLS_REQUIRE] = "require",
	    [MARIADB_TLS_VERIFY] = "verify",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcmp(value, words[i]) == 0) {
			out->tls = (enum mariadb_tls)i;
			return NULL;
		}
	return "expected tls=off, tls=require or tls=verify";
}

static const char *
read_option(char *option, struct mariadb_url *out)
{
	const char *name = strsep(&option, "=");
	const char *value = option;

	if (value != NULL && strcmp(name, "tls") == 0)
		return read_tls(value, out);
	if (value != NULL && value[0] == '/' && strcmp(name, "ca") == 0) {
		out->ca = value;
		return NULL;
	}
	if (value != NULL && value[0] == '/' && strcmp(name, "socket") == 0) {
		out->socket = value;
		return NULL;
	}
	return "expected socket=/path, tls=WORD or ca=/path after the ?";
}

static const char *
read_url_options(char *text, struct mariadb_url *out)
{
	const char *wrong = NULL;
	char *option;

	while (wrong == NULL && (option = strsep(&text, "&")) != NULL)
		wrong = read_option(option, out);
	if (wrong == NULL && out->ca != NULL && out->tls != MARIADB_TLS_VERIFY)
		return "expected tls=verify beside ca=";
	return wrong;
}

/* There is one way to the socket, whatever the host is called. */
static const char *
choose_socket(const char *hosts, struct mariadb_url *out)
{
	if (hosts[0] != '\0' && strcmp(hosts, "localhost") != 0)
		return "expected no host but localhost beside socket=";
	if (out->tls != MARIADB_TLS_OFF)
		return "expected no tls= beside socket=";
	out->hosts[0] = (struct mariadb_host){0};
	out->n_hosts = 1;
	return NULL;
}

const char *
mariadb_url_read(struct arena *a, const char *text, struct mariadb_url *out)
{
	char *options = arena_copy_text(a, text);
	char *place = strsep(&options, "?");
	char *hosts = strsep(&place, "/");
	char *user = strsep(&hosts, "@");
	const char *wrong = NULL;

	*out = (struct mariadb_url){.user = user, .database = place};
	if (strchr(user, ':') != NULL)
		return "expected the password in the password-file, not in "
		       "the URL";
	if (place == NULL || hosts == NULL || user[0] == '\0')
		return SHAPE;
	if (!is_of(place, LETTERS DIGITS "_-") || strlen(place) > 64)
		return "expected a database of letters, digits, _ and -";
	if (options != NULL)
		wrong = read_url_options(options, out);
	if (wrong != NULL)
		return wrong;
	return out->socket != NULL ? choose_socket(hosts, out)
				   : read_hosts(hosts, out);
}
