/* SPDX-License-Identifier: MIT */
/*
 * libopendkim_driver - what libopendkim says of a message: one JSON object a
 * line comes in, as dkim_driver.c reads it, and one goes out: {"result": "pass"
 * or "no", "problem"}, of the uppermost signature.
 */
#include "base/encode.h"
#include "mail/message_text.h"

#include <cjson/cJSON.h>
#include <dkim.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The library asks the C library, and so us. */
static time_t now;

time_t
time(time_t *out)
{
	if (out != NULL)
		*out = now;
	return now;
}

static const char *
opendkim_text(const cJSON *in, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItem(in, name));
}

static DKIM_CBSTAT
opendkim_key(DKIM *dkim, DKIM_SIGINFO *signature, u_char *buf, size_t room)
{
	char name[1000];
	const char *key;

	snprintf(name, sizeof(name), "%s._domainkey.%s",
	    (const char *)dkim_sig_getselector(signature),
	    (const char *)dkim_sig_getdomain(signature));
	key = opendkim_text(dkim_get_user_context(dkim), name);
	if (key == NULL)
		return DKIM_CBSTAT_NOTFOUND;
	snprintf((char *)buf, room, "%s", key);
	return DKIM_CBSTAT_CONTINUE;
}

/* As its own milter hands it over. */
static DKIM_STAT
opendkim_read(struct arena *a, DKIM *dkim, const struct message_text *m)
{
	DKIM_STAT status;

	for (size_t i = 0; i < m->n; i++) {
		const struct mail_field *f = &m->fields[i];
		char *line =
		    arena_printf(a, "%s:%.*s", f->name, (int)f->len, f->value);

		status = dkim_header(dkim, (u_char *)line, strlen(line));
		if (status != DKIM_STAT_OK)
			return status;
	}
	status = dkim_eoh(dkim);
	if (status != DKIM_STAT_OK)
		return status;
	if (m->body_len > 0)
		status = dkim_body(dkim, (u_char *)m->body, m->body_len);
	return status == DKIM_STAT_OK ? dkim_eom(dkim, NULL) : status;
}

static cJSON *
opendkim_verify(struct arena *a, DKIM_LIB *lib, const cJSON *in,
    const struct message_text *m)
{
	static const unsigned char id[] = "id";
	cJSON *out = cJSON_CreateObject();
	DKIM_SIGINFO **signatures = NULL;
	DKIM_STAT status;
	DKIM *dkim = dkim_verify(lib, id, NULL, &status);
	const char *problem;
	int n = 0;
	bool passes;

	if (dkim == NULL)
		abort();
	dkim_set_user_context(dkim, cJSON_GetObjectItem(in, "keys"));
	status = opendkim_read(a, dkim, m);
	dkim_getsiglist(dkim, &signatures, &n);
	passes =
	    status == DKIM_STAT_OK && n > 0 && DKIM_SIG_CHECK(signatures[0]);
	problem = n > 0 && dkim_sig_geterror(signatures[0]) > 0
		      ? dkim_sig_geterrorstr(dkim_sig_geterror(signatures[0]))
		      : dkim_getresultstr(status);
	cJSON_AddStringToObject(out, "result", passes ? "pass" : "no");
	cJSON_AddStringToObject(out, "problem", passes ? "" : problem);
	dkim_free(dkim);
	return out;
}

static void
opendkim_do(struct arena *a, DKIM_LIB *lib, const char *line)
{
	cJSON *in = cJSON_Parse(line), *out;
	struct message_text m;
	char *bytes, *text;
	size_t len;

	if (in == NULL ||
	    !encode_read_base64(a, opendkim_text(in, "message"), &bytes, &len))
		abort();
	now = (time_t)cJSON_GetObjectItem(in, "now")->valuedouble;
	message_text_split(a, bytes, len, &m);
	out = opendkim_verify(a, lib, in, &m);
	text = cJSON_PrintUnformatted(out);
	puts(text);
	fflush(stdout);
	free(text);
	cJSON_Delete(out);
	cJSON_Delete(in);
}

int
main(void)
{
	DKIM_LIB *lib = dkim_init(NULL, NULL);
	struct arena *a = arena_new();
	char *line = NULL;
	size_t room = 0;

	if (lib == NULL)
		abort();
	dkim_set_key_lookup(lib, opendkim_key);
	while (getline(&line, &room, stdin) > 0) {
		opendkim_do(a, lib, line);
		arena_reset(a);
	}
	dkim_close(lib);
	free(line);
	arena_free(a);
	return 0;
}
