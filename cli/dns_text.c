/* SPDX-License-Identifier: MIT */
#include "dns_text.h"

#include "auth/tag_list.h"
#include "base/str.h"

#include <string.h>

#define ID_MAX        32 /* RFC 8461 3.1 */
#define RECEIVERS_MAX 16

static bool
dns_text_begins(const char *text, size_t len, const char *version, char end)
{
	size_t n = strlen(version);
	size_t at = n;

	if (len < n || !str_starts_fold(text, version))
		return false;
	while (end == ';' && at < len && (text[at] == ' ' || text[at] == '\t'))
		at++;
	return at == len || text[at] == end;
}

bool
dns_text_is_spf(const char *text, size_t len)
{
	return dns_text_begins(text, len, "v=spf1", ' ');
}

bool
dns_text_is_tls_report(const char *text, size_t len)
{
	return dns_text_begins(text, len, "v=TLSRPTv1", ';');
}

bool
dns_text_is_mta_sts(const char *text, size_t len)
{
	return dns_text_begins(text, len, "v=STSv1", ';');
}

/* The parts of a tag's value that commas separate, one after another. */
static bool
dns_text_next(const struct tag *tag, size_t *at, const char **part, size_t *len)
{
	const char *end;

	if (*at > tag->len)
		return false;
	*part = tag->value + *at;
	end = memchr(*part, ',', tag->len - *at);
	*len = end == NULL ? tag->len - *at : (size_t)(end - *part);
	*at += *len + 1;
	while (*len > 0 && **part == ' ') {
		++*part;
		--*len;
	}
	while (*len > 0 && (*part)[*len - 1] == ' ')
		--*len;
	return true;
}

static bool
dns_text_is_uri(struct arena *a, const char *part, size_t len)
{
	const char *text = arena_copy_bytes(a, part, len);
	const char *at = strchr(text, '@');

	if (str_starts_fold(text, "mailto:"))
		return at != NULL && at > text + strlen("mailto:") &&
		       at[1] != '\0' && strpbrk(text, " !") == NULL;
	return str_starts_fold(text, "https://") &&
	       text[strlen("https://")] != '\0';
}

const char *
dns_text_tls_report_wrong(struct arena *a, const char *text, size_t len)
{
	struct tag_list list;
	const struct tag *rua;
	struct err err;
	const char *part;
	size_t at = 0, part_len;

	if (tag_list_read(a, text, len, &list, &err) != RC_OK)
		return arena_copy_text(a, err.text);
	if (list.n == 0 || strcmp(list.tags[0].name, "v") != 0 ||
	    !tag_is(&list.tags[0], "TLSRPTv1"))
		return "does not begin with v=TLSRPTv1";
	rua = tag_list_find(&list, "rua");
	if (rua == NULL)
		return "says nowhere (rua) to send reports";
	while (dns_text_next(rua, &at, &part, &part_len))
		if (!dns_text_is_uri(a, part, part_len))
			return arena_printf(a,
			    "its rua has %s, which is neither mailto: nor "
			    "https:",
			    str_printable(a, part, part_len, 80));
	return NULL;
}

static bool
dns_text_is_id(const struct tag *tag)
{
	if (tag == NULL || tag->len == 0 || tag->len > ID_MAX)
		return false;
	for (size_t i = 0; i < tag->len; i++) {
		char c = str_lower_char(tag->value[i]);

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9'))
			return false;
	}
	return true;
}

const char *
dns_text_mta_sts_wrong(struct arena *a, const char *text, size_t len)
{
	struct tag_list list;
	struct err err;

	if (tag_list_read(a, text, len, &list, &err) != RC_OK)
		return arena_copy_text(a, err.text);
	if (list.n == 0 || strcmp(list.tags[0].name, "v") != 0 ||
	    !tag_is(&list.tags[0], "STSv1"))
		return "does not begin with v=STSv1";
	if (!dns_text_is_id(tag_list_find(&list, "id")))
		return "its id is not 1 to 32 letters and digits";
	return NULL;
}

static const char *
dns_text_receiver(struct arena *a, const char *part, size_t len)
{
	char *text = str_lower(a, arena_copy_bytes(a, part, len));
	char *at = strchr(text, '@');

	if (!str_starts(text, "mailto:") || at == NULL)
		return NULL;
	at[1 + strcspn(at + 1, "!?")] = '\0';
	return at[1] == '\0' ? NULL : at + 1;
}

const char *const *
dns_text_dmarc_receivers(struct arena *a, const char *text, size_t len,
    size_t *n)
{
	static const char *const names[] = {"rua", "ruf"};
	const char **all = arena_take_array(a, RECEIVERS_MAX, sizeof(*all));
	struct tag_list list;

	*n = 0;
	if (tag_list_read(a, text, len, &list, NULL) != RC_OK)
		return all;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const struct tag *tag = tag_list_find(&list, names[i]);
		const char *part, *receiver;
		size_t at = 0, part_len;

		while (tag != NULL && *n < RECEIVERS_MAX &&
		       dns_text_next(tag, &at, &part, &part_len)) {
			receiver = dns_text_receiver(a, part, part_len);
			if (receiver != NULL)
				all[(*n)++] = receiver;
		}
	}
	return all;
}
