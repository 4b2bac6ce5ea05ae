/* SPDX-License-Identifier: MIT */
/*
 * auth_vectors - messages, their DNS and what is to come of them, from
 * $POSTWARD_VECTORS or ../shared/vectors; whoever has them not skips the test.
 */
#pragma once

#include "base/encode.h"
#include "base/str.h"
#include "mail/message_text.h"
#include "net/dns.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* NULL, with a word about it: they are not there. */
static inline cJSON *
vectors_open(const char *file)
{
	const char *folder = getenv("POSTWARD_VECTORS");
	static char text[4 << 20], path[4096];
	size_t len;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s",
	    folder != NULL ? folder : "../shared/vectors", file);
	f = fopen(path, "r");
	if (f == NULL) {
		fprintf(stderr, "%s is not there: skipped\n", path);
		return NULL;
	}
	len = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[len] = '\0';
	return cJSON_Parse(text);
}

static inline const char *
vector_text(const cJSON *in, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(in, name));
}

static inline void
vector_message(struct arena *a, const cJSON *in, struct message_text *out)
{
	char *bytes;
	size_t len;

	if (!encode_read_base64(a, vector_text(in, "message"), &bytes, &len))
		abort();
	message_text_split(a, bytes, len, out);
}

static inline void
vector_records(struct arena *a, const cJSON *txt, struct dns_query *query)
{
	size_t n = (size_t)cJSON_GetArraySize(txt), i = 0;
	struct dns_record *records = arena_take_array(a, n, sizeof(*records));
	const cJSON *record, *string;

	cJSON_ArrayForEach(record, txt)
	{
		struct str s;

		str_init(&s, a);
		cJSON_ArrayForEach(string, record)
		    str_add(&s, string->valuestring);
		records[i++] =
		    (struct dns_record){.text = s.text, .text_len = s.len};
	}
	query->records = records;
	query->n = n;
	query->rc = n > 0 ? RC_OK : RC_NONE;
}

/* Answers TXT questions as the case has it. */
static inline void
vector_answer(struct arena *a, const cJSON *in, struct dns_query *queries,
    size_t n)
{
	const cJSON *dns = cJSON_GetObjectItemCaseSensitive(in, "dns");

	for (size_t i = 0; i < n; i++) {
		const cJSON *entry = cJSON_GetObjectItemCaseSensitive(dns,
		    str_lower(a, queries[i].name));
		const char *word = cJSON_GetStringValue(entry);

		if (word != NULL && strcmp(word, "NXDOMAIN") != 0)
			queries[i].rc = RC_TEMP;
		else if (word == NULL && entry != NULL)
			vector_records(a,
			    cJSON_GetObjectItemCaseSensitive(entry, "TXT"),
			    &queries[i]);
		else
			queries[i].rc = RC_NONE;
	}
}

/* Is that what is expected, or defensible? */
static inline bool
vector_accepts(const cJSON *expect, const char *what, const char *got)
{
	const cJSON *also = cJSON_GetObjectItemCaseSensitive(expect, "also");
	const cJSON *word;

	if (strcmp(vector_text(expect, what), got) == 0)
		return true;
	cJSON_ArrayForEach(word,
	    also) if (strcmp(word->valuestring, got) == 0) return true;
	return false;
}
