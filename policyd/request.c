/* SPDX-License-Identifier: MIT */
#include "request.h"

#include "base/str.h"

#include <string.h>

/* How much of a senseless line is shown in the log. */
#define SHOWN 60

static enum rc
refuse_line(struct err *err, const char *what, const char *line, size_t len)
{
	struct arena *a = arena_new();
	enum rc rc = err_set(err, RC_PERM, "%s: \"%s\"", what,
	    str_printable(a, line, len, SHOWN));

	arena_free(a);
	return rc;
}

/* nul: the first NUL after the line's beginning, or NULL. */
static enum rc
line_check(const char *line, size_t len, const char *nul, struct err *err)
{
	if (len > REQUEST_LINE_MAX)
		return refuse_line(err, "line too long", line, len);
	/* Any other byte may be part of a stranger's name or address, which
	   Postfix passes on: it is judged with that. */
	if (nul != NULL && nul < line + len)
		return refuse_line(err, "NUL in a line", line, len);
	if (len > 0 && memchr(line, '=', len) == NULL)
		return refuse_line(err, "line without \"=\"", line, len);
	return RC_OK;
}

size_t
request_whole(const char *bytes, size_t len, enum rc *rc, struct err *err)
{
	const char *end = bytes + len, *nul = memchr(bytes, '\0', len);

	for (const char *line = bytes; line < end;) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));

		if (newline == NULL) {
			if ((size_t)(end - line) > REQUEST_LINE_MAX)
				*rc = refuse_line(err, "line too long", line,
				    (size_t)(end - line));
			return 0;
		}
		*rc = line_check(line, (size_t)(newline - line), nul, err);
		if (*rc != RC_OK)
			return 0;
		if (newline == line)
			return (size_t)(newline + 1 - bytes);
		line = newline + 1;
	}
	return 0;
}

/* Postfix says "" or "unknown" for what it does not know. */
static const char *
known_value(const char *value)
{
	return value[0] == '\0' || strcmp(value, "unknown") == 0 ? NULL : value;
}

enum attribute {
	CLIENT_ADDRESS,
	CLIENT_NAME,
	HELO_NAME,
	INSTANCE,
	PROTOCOL_STATE,
	QUEUE_ID,
	RECIPIENT,
	REQUEST,
	REVERSE_CLIENT_NAME,
	SASL_USERNAME,
	SENDER,
	SERVER_ADDRESS,
	ATTRIBUTES,
};

#define NAME(text)                                                             \
	{                                                                      \
		text, sizeof(text) - 1                                         \
	}

/* With their lengths, as each line of a request is compared with all. */
static const struct {
	const char *text;
	size_t len;
} names[ATTRIBUTES] = {
    [CLIENT_ADDRESS] = NAME("client_address"),
    [CLIENT_NAME] = NAME("client_name"),
    [HELO_NAME] = NAME("helo_name"),
    [INSTANCE] = NAME("instance"),
    [PROTOCOL_STATE] = NAME("protocol_state"),
    [QUEUE_ID] = NAME("queue_id"),
    [RECIPIENT] = NAME("recipient"),
    [REQUEST] = NAME("request"),
    [REVERSE_CLIENT_NAME] = NAME("reverse_client_name"),
    [SASL_USERNAME] = NAME("sasl_username"),
    [SENDER] = NAME("sender"),
    [SERVER_ADDRESS] = NAME("server_address"),
};

/* The values of the attributes we know, "" where they were not sent. */
static void
collect_attributes(struct arena *a, const char *bytes, size_t len,
    const char *values[ATTRIBUTES])
{
	const char *end = bytes + len - 1; /* the empty line */

	for (size_t i = 0; i < ATTRIBUTES; i++)
		values[i] = "";
	for (const char *line = bytes, *newline; line < end;
	     line = newline + 1) {
		const char *equals;
		size_t name_len;

		newline = memchr(line, '\n', (size_t)(end - line));
		equals = memchr(line, '=', (size_t)(newline - line));
		name_len = (size_t)(equals - line);
		for (size_t i = 0; i < ATTRIBUTES; i++)
			if (names[i].len == name_len &&
			    names[i].text[0] == *line &&
			    memcmp(names[i].text, line, name_len) == 0)
				values[i] = arena_copy_bytes(a, equals + 1,
				    (size_t)(newline - equals - 1));
	}
}

enum rc
request_read(struct arena *a, const char *bytes, size_t len, struct facts *out,
    struct err *err)
{
	const char *values[ATTRIBUTES];
	const char *state;

	collect_attributes(a, bytes, len, values);
	*out = (struct facts){0};
	state = values[PROTOCOL_STATE];
	if (strcmp(values[REQUEST], "smtpd_access_policy") != 0)
		return refuse_line(err, "no policy request", values[REQUEST],
		    strlen(values[REQUEST]));
	if (!smtp_state_read(state, &out->state))
		return refuse_line(err, "unknown protocol_state", state,
		    strlen(state));
	ip_parse(values[CLIENT_ADDRESS], &out->client);
	ip_parse(values[SERVER_ADDRESS], &out->server);
	out->client_name = known_value(values[CLIENT_NAME]);
	out->reverse_name = known_value(values[REVERSE_CLIENT_NAME]);
	out->helo = values[HELO_NAME][0] == '\0' ? NULL : values[HELO_NAME];
	out->sasl_user = known_value(values[SASL_USERNAME]);
	out->instance = known_value(values[INSTANCE]);
	out->queue_id = known_value(values[QUEUE_ID]);
	if (out->state != SMTP_CONNECT && out->state != SMTP_HELO &&
	    out->state != SMTP_ETRN)
		out->sender = values[SENDER];
	if (values[RECIPIENT][0] != '\0')
		out->recipient = values[RECIPIENT];
	return RC_OK;
}
