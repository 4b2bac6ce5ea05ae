/* SPDX-License-Identifier: MIT */
#include "postfix_view.h"

#include "base/str.h"

#include <string.h>

#define BLANKS " \t"

/* The fields of a line of master.cf (master(5)). */
enum master_field {
	MASTER_NAME = 0,
	MASTER_TYPE = 1,
	MASTER_CHROOT = 4,
	MASTER_COMMAND = 7,
	MASTER_FIELDS
};

/* The next line, of *at, without its end; NULL: there is none. */
static char *
line_next(struct arena *a, const char **at)
{
	size_t len = strcspn(*at, "\n");
	char *line;

	if (**at == '\0')
		return NULL;
	line = arena_copy_bytes(a, *at, len);
	*at += len + ((*at)[len] == '\n');
	return line;
}

/* Splits a line of master.cf in place; false: it has fewer fields. */
static bool
master_fields(char *line, const char *fields[MASTER_FIELDS])
{
	for (size_t i = 0; i < MASTER_FIELDS; i++) {
		line += strspn(line, BLANKS);
		if (*line == '\0')
			return false;
		fields[i] = line;
		line += strcspn(line, BLANKS);
		if (*line != '\0')
			*line++ = '\0';
	}
	return true;
}

/* Of lines "smtp/inet/name = value", those of one service, as "name = value".
 */
static const char *
overrides_of(struct arena *a, const char *lines, const char *name,
    const char *type)
{
	const char *before = arena_printf(a, "%s/%s/", name, type), *line;
	struct str own;

	str_init(&own, a);
	while ((line = line_next(a, &lines)) != NULL)
		if (str_starts(line, before))
			str_addf(&own, "%s\n", line + strlen(before));
	return own.text;
}

static size_t
lines_count(const char *lines)
{
	size_t n = 1;

	for (; *lines != '\0'; lines++)
		n += *lines == '\n';
	return n;
}

struct postfix_view *
postfix_view_read(struct arena *a, const struct postfix_printed *printed)
{
	const char *master = printed->master;
	struct postfix_view *view = arena_take(a, sizeof(*view));
	struct postfix_service *services =
	    arena_take_array(a, lines_count(master), sizeof(*services));
	const char *fields[MASTER_FIELDS];
	char *line;
	size_t n = 0;

	while ((line = line_next(a, &master)) != NULL) {
		if (!master_fields(line, fields))
			continue;
		services[n++] = (struct postfix_service){
		    .name = fields[MASTER_NAME],
		    .type = fields[MASTER_TYPE],
		    .command = fields[MASTER_COMMAND],
		    .chrooted = strcmp(fields[MASTER_CHROOT], "y") == 0,
		    .overrides = overrides_of(a, printed->overrides,
			fields[MASTER_NAME], fields[MASTER_TYPE]),
		    .set_overrides = overrides_of(a, printed->set_overrides,
			fields[MASTER_NAME], fields[MASTER_TYPE]),
		};
	}
	*view = (struct postfix_view){
	    .parameters = printed->parameters,
	    .set = printed->set,
	    .services = services,
	    .n_services = n,
	    .chroots_known = n > 0,
	    .folder =
		postfix_lines_value(a, printed->parameters, "config_directory"),
	};
	return view;
}

const char *
postfix_lines_value(struct arena *a, const char *lines, const char *name)
{
	size_t len = strlen(name);

	for (const char *line = lines; *line != '\0';) {
		size_t line_len = strcspn(line, "\n");

		if (strncmp(line, name, len) == 0 &&
		    strncmp(line + len, " =", 2) == 0) {
			const char *value = line + len + 2;

			value += *value == ' ';
			return arena_copy_bytes(a, value,
			    (size_t)(line + line_len - value));
		}
		line += line_len + (line[line_len] == '\n');
	}
	return NULL;
}

const char *
postfix_value(const struct postfix_view *view, struct arena *a,
    const char *name)
{
	return postfix_lines_value(a, view->parameters, name);
}

const char *
postfix_text(const struct postfix_view *view, struct arena *a, const char *name)
{
	const char *value = postfix_value(view, a, name);

	return value == NULL ? "" : value;
}

const char *
postfix_service_value(const struct postfix_view *view, struct arena *a,
    const struct postfix_service *service, const char *name, bool *overridden)
{
	const char *own = postfix_lines_value(a, service->overrides, name);

	if (overridden != NULL)
		*overridden = own != NULL;
	return own != NULL ? own : postfix_text(view, a, name);
}

bool
postfix_is_yes(const char *value)
{
	return str_equal_fold(value, "yes") || str_equal_fold(value, "true");
}

static bool
word_is_among(const char *word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return false;
}

bool
postfix_is_chrooted(const struct postfix_view *view,
    const char *const *programs, size_t n)
{
	for (size_t i = 0; i < view->n_services; i++)
		if (view->services[i].chrooted &&
		    word_is_among(view->services[i].command, programs, n))
			return true;
	return !view->chroots_known;
}

const char *
postfix_service_port(const struct postfix_service *service)
{
	const char *colon = strrchr(service->name, ':');

	return colon == NULL ? service->name : colon + 1;
}

static bool
is_smtpd(const struct postfix_service *service)
{
	return strcmp(service->command, "smtpd") == 0 &&
	       (strcmp(service->type, "inet") == 0 ||
		   strcmp(service->type, "pass") == 0);
}

/* Mail of strangers comes to this port (RFC 5321 2.3.8), or from postscreen. */
static bool
has_port_of_mail(const struct postfix_service *service)
{
	static const char *const ports[] = {"smtp", "25"};

	return strcmp(service->type, "pass") == 0 ||
	       word_is_among(postfix_service_port(service), ports,
		   sizeof(ports) / sizeof(*ports));
}

/* By RFC 6409 and RFC 8314, and by what stands in its way. */
static bool
is_for_members(const struct postfix_view *view, struct arena *a,
    const struct postfix_service *service)
{
	static const char *const ports[] = {
	    "submission", "587", "submissions", "smtps", "465"};
	const char *clients = postfix_service_value(view, a, service,
	    "smtpd_client_restrictions", NULL);
	size_t len = strlen("reject");

	return word_is_among(postfix_service_port(service), ports,
		   sizeof(ports) / sizeof(*ports)) ||
	       (strlen(clients) >= len &&
		   strcmp(clients + strlen(clients) - len, "reject") == 0);
}

bool
postfix_serves_strangers(const struct postfix_view *view, struct arena *a,
    const struct postfix_service *service)
{
	if (!is_smtpd(service))
		return false;
	for (size_t i = 0; i < view->n_services; i++)
		if (is_smtpd(&view->services[i]) &&
		    has_port_of_mail(&view->services[i]))
			return has_port_of_mail(service);
	return !is_for_members(view, a, service);
}

bool
postfix_is_loopback(const struct postfix_service *service)
{
	static const char *const own[] = {
	    "127.", "localhost:", "[::1]:", "::1:"};

	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
		if (str_starts(service->name, own[i]))
			return true;
	return false;
}

bool
postfix_faces_network(const struct postfix_service *service)
{
	return is_smtpd(service) && !postfix_is_loopback(service);
}
