/* SPDX-License-Identifier: MIT */
#include "mail/compose.h"

#include "base/str.h"
#include "mail/address.h"
#include "mail/quoted_string.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

#define LINE_LEN_MAX   76  /* RFC 2045 6.7, RFC 2047 2 */
#define MESSAGE_ID_MAX 900 /* a field of one line */

static const char word_begin[] = "=?UTF-8?Q?";
static const char word_end[] = "?=";

static bool
is_printable_line(const char *text)
{
	for (size_t size; *text != '\0'; text += size) {
		size = str_character(text);
		if (size == 0)
			return false;
	}
	return true;
}

static bool
is_body_text(const char *body)
{
	for (size_t size; *body != '\0'; body += size) {
		size = *body == '\n' || *body == '\t' ? 1 : str_character(body);
		if (size == 0)
			return false;
	}
	return true;
}

static enum rc
check_message_fields(const struct compose_message *m, struct err *err)
{
	const struct {
		const char *name, *text;
		size_t most;
	} fields[] = {
	    {"the sender's name", m->from_name, SIZE_MAX},
	    {"the sender", m->from, ADDRESS_MAX},
	    {"the recipient", m->to, ADDRESS_MAX},
	    {"the subject", m->subject, SIZE_MAX},
	    {"the message id", m->message_id, MESSAGE_ID_MAX},
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		if (fields[i].text == NULL)
			continue;
		if (!is_printable_line(fields[i].text))
			return err_set(err, RC_PERM,
			    "%s holds what is not printable", fields[i].name);
		if (strlen(fields[i].text) > fields[i].most)
			return err_set(err, RC_PERM, "%s is too long",
			    fields[i].name);
	}
	if (m->message_id[strcspn(m->message_id, " <>")] != '\0')
		return err_set(err, RC_PERM, "the message id is none");
	if (!is_body_text(m->body))
		return err_set(err, RC_PERM,
		    "the text holds what is not printable");
	return RC_OK;
}

static void
add_hex(struct str *s, char c)
{
	str_addf(s, "=%02X", (unsigned char)c);
}

/* RFC 2047 5 (3): what may stand in a word of a phrase too. */
static bool
is_safe(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c >= '0' && c <= '9');
}

static void
add_encoded(struct str *s, const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (is_safe(text[i]))
			str_add_bytes(s, &text[i], 1);
		else if (text[i] == ' ')
			str_add(s, "_");
		else
			add_hex(s, text[i]);
	}
}

/* Encoded-words, each on a line of its own, no character divided between two.
   The blank between them is no part of the text (RFC 2047 6.2). */
static void
add_encoded_words(struct str *s, const char *text)
{
	size_t column = s->len;
	size_t size;

	/* The field's name comes before the first. */
	while (column > 0 && s->text[column - 1] != '\n')
		column--;
	str_add(s, word_begin);
	for (; *text != '\0'; text += size) {
		size_t before = s->len;

		size = str_utf8(text, strnlen(text, 4));
		add_encoded(s, text, size);
		/* With a blank before it, it has the 75 bytes that it may. */
		if (s->len + strlen(word_end) - column <= LINE_LEN_MAX)
			continue;
		s->len = before;
		s->text[before] = '\0';
		str_addf(s, "%s\r\n ", word_end);
		column = s->len - 1;
		str_add(s, word_begin);
		add_encoded(s, text, size);
	}
	str_add(s, word_end);
}

/* Can it stand as it is, folded at its blanks? */
static bool
is_plain_field(const char *text)
{
	size_t word;

	if (!str_is_ascii(text) || strstr(text, "=?") != NULL)
		return false;
	for (;; text++) {
		word = strcspn(text, " ");
		/* The first has the name of the field before it. */
		if (word == 0 || word > LINE_LEN_MAX - strlen("Subject: "))
			return false;
		text += word;
		if (*text == '\0')
			return true;
	}
}

static void
add_subject(struct str *s, const char *subject)
{
	size_t column = strlen("Subject:"), word;

	str_add(s, "Subject: ");
	if (!is_plain_field(subject)) {
		if (*subject != '\0')
			add_encoded_words(s, subject);
		str_add(s, "\r\n");
		return;
	}
	column++;
	for (; *subject != '\0'; subject += word) {
		word = strspn(subject, " ");
		word += strcspn(subject + word, " ");
		if (column + word > LINE_LEN_MAX) {
			str_add(s, "\r\n");
			column = 0;
		}
		str_add_bytes(s, subject, word);
		column += word;
	}
	str_add(s, "\r\n");
}

/* "Name: mailbox"; a long one gets a line of its own. */
static void
add_mailbox(struct str *s, const char *field, const char *name,
    const char *address)
{
	size_t start = s->len, line;

	str_addf(s, "%s: ", field);
	if (name == NULL || *name == '\0') {
		if (s->len - start + strlen(address) > LINE_LEN_MAX)
			str_add(s, "\r\n ");
		str_addf(s, "%s\r\n", address);
		return;
	}
	/* Half of it might be backslashes. */
	if (str_is_ascii(name) &&
	    2 * strlen(name) + 2 <= LINE_LEN_MAX - strlen("From: "))
		str_add(s, quoted_string(s->arena, name));
	else
		add_encoded_words(s, name);
	for (line = s->len; line > start && s->text[line - 1] != '\n';)
		line--;
	if (s->len - line + strlen(address) + strlen(" <>") > LINE_LEN_MAX)
		str_add(s, "\r\n");
	str_addf(s, " <%s>\r\n", address);
}

/* RFC 5322 3.3, whatever the locale */
static enum rc
add_date(struct str *s, int64_t date, struct err *err)
{
	static const char days[][4] = {
	    "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May",
	    "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t seconds = (time_t)date;
	struct tm t;

	if (gmtime_r(&seconds, &t) == NULL || t.tm_year < 0 ||
	    t.tm_year > 9999 - 1900)
		return err_set(err, RC_PERM, "the date is none");
	str_addf(s, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n",
	    days[t.tm_wday], t.tm_mday, months[t.tm_mon], t.tm_year + 1900,
	    t.tm_hour, t.tm_min, t.tm_sec);
	return RC_OK;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
is_7bit(const char *body)
{
	if (!str_is_ascii(body))
		return false;
	while (*body != '\0') {
		size_t line = strcspn(body, "\n");

		if (line > LINE_LEN_MAX ||
		    (line > 0 && is_blank(body[line - 1])))
			return false;
		body += line;
		body += *body != '\0';
	}
	return true;
}

/* One line as quoted-printable (RFC 2045 6.7).  No character is divided by a
   soft line break, and a dot begins no line: not every relay doubles it. */
static void
add_quoted_printable(struct str *s, const char *line, size_t len)
{
	size_t column = 0, size;

	for (size_t i = 0; i < len; i += size) {
		char c = line[i];
		bool last, plain;
		size_t width;

		size = str_utf8(line + i, len - i);
		last = i + size == len;
		for (int again = 0; again < 2; again++) {
			plain = size == 1 && c != '=' &&
				!(is_blank(c) && last) &&
				!(c == '.' && column == 0);
			width = plain ? 1 : 3 * size;
			if (column + width <= LINE_LEN_MAX - (last ? 0 : 1))
				break;
			str_add(s, "=\r\n");
			column = 0;
		}
		column += width;
		if (plain)
			str_add_bytes(s, &c, 1);
		for (size_t k = 0; !plain && k < size; k++)
			add_hex(s, line[i + k]);
	}
}

static void
add_body(struct str *s, const char *body, bool is_plain_text)
{
	while (*body != '\0') {
		size_t line = strcspn(body, "\n");

		if (is_plain_text)
			str_add_bytes(s, body, line);
		else
			add_quoted_printable(s, body, line);
		str_add(s, "\r\n");
		body += line;
		body += *body != '\0';
	}
}

enum rc
compose(struct arena *a, const struct compose_message *message,
    const char **out, size_t *len, struct err *err)
{
	bool is_plain_text = is_7bit(message->body);
	struct str s;
	enum rc rc = check_message_fields(message, err);

	if (rc != RC_OK)
		return rc;
	str_init(&s, a);
	add_mailbox(&s, "From", message->from_name, message->from);
	add_mailbox(&s, "To", NULL, message->to);
	add_subject(&s, message->subject);
	rc = add_date(&s, message->date, err);
	if (rc != RC_OK)
		return rc;
	str_addf(&s, "Message-ID: <%s>\r\n", message->message_id);
	str_add(&s, "Auto-Submitted: auto-generated\r\n" /* RFC 3834 5 */
		    "X-Auto-Response-Suppress: All\r\n"
		    "MIME-Version: 1.0\r\n"
		    "Content-Type: text/plain; charset=utf-8\r\n");
	str_addf(&s, "Content-Transfer-Encoding: %s\r\n\r\n",
	    is_plain_text ? "7bit" : "quoted-printable");
	add_body(&s, message->body, is_plain_text);
	*out = s.text;
	*len = s.len;
	return RC_OK;
}
