/* SPDX-License-Identifier: MIT */
#include "form.h"

#include "base/str.h"

#include <string.h>

/* -1: no digit. */
static int
form_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = str_lower_char(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* NULL: it cannot be read. */
static const char *
decode_percent(struct arena *a, const char *text, size_t len)
{
	char *out = arena_take(a, len + 1);
	size_t n = 0, step;

	for (size_t i = 0; i < len; i++) {
		if (text[i] != '%') {
			out[n++] = text[i];
			if (text[i] == '+')
				out[n - 1] = ' ';
			continue;
		}
		if (len - i < 3 || form_hex_digit(text[i + 1]) < 0 ||
		    form_hex_digit(text[i + 2]) < 0)
			return NULL;
		out[n++] = (char)(form_hex_digit(text[i + 1]) * 16 +
				  form_hex_digit(text[i + 2]));
		i += 2;
	}
	for (size_t i = 0; i < n; i += step) {
		step = str_utf8(out + i, n - i);
		if (step == 0 || out[i] == '\0')
			return NULL;
	}
	return out;
}

static enum rc
add_form_field(struct arena *a, const char *pair, size_t len, struct form *form,
    struct err *err)
{
	const char *equals = memchr(pair, '=', len);
	size_t name_len = equals != NULL ? (size_t)(equals - pair) : len;
	struct form_field field = {
	    .name = decode_percent(a, pair, name_len),
	    .value = equals != NULL
			 ? decode_percent(a, equals + 1, len - name_len - 1)
			 : "",
	};

	if (field.name == NULL || field.value == NULL)
		return err_set(err, RC_PERM, "a field is no UTF-8 text");
	for (size_t i = 0; i < form->n; i++)
		if (strcmp(form->fields[i].name, field.name) == 0)
			return err_set(err, RC_PERM, "a field is there twice");
	if (form->n == FORM_FIELDS_MAX)
		return err_set(err, RC_PERM, "too many fields");
	form->fields[form->n++] = field;
	return RC_OK;
}

enum rc
form_read(struct arena *a, const char *body, size_t len, struct form *out,
    struct err *err)
{
	const char *end = body + len;

	out->n = 0;
	while (body < end) {
		const char *stop = memchr(body, '&', (size_t)(end - body));
		enum rc rc = RC_OK;

		if (stop == NULL)
			stop = end;
		if (stop > body)
			rc = add_form_field(a, body, (size_t)(stop - body), out,
			    err);
		if (rc != RC_OK)
			return rc;
		body = stop + 1;
	}
	return RC_OK;
}

const char *
form_text(const struct form *form, const char *name)
{
	for (size_t i = 0; i < form->n; i++)
		if (strcmp(form->fields[i].name, name) == 0)
			return form->fields[i].value;
	return "";
}

const char *
form_word(struct arena *a, const struct form *form, const char *name)
{
	const char *text = form_text(form, name);
	size_t len;

	text += strspn(text, " \t");
	len = strlen(text);
	while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
		len--;
	return arena_copy_bytes(a, text, len);
}
