/* SPDX-License-Identifier: MIT */
#include "outbox/template.h"

#include "base/file.h"
#include "base/str.h"
#include "outbox/private/template_built_in.h"

#include <stdbool.h>
#include <string.h>

static const char subject_field[] = "Subject:";

const char *const template_names[] = {"verify", "welcome", "refused", "confirm",
    "member-code", "member-leave", "member-digest", "target-probe",
    "target-paused", "targets-digest", NULL};

/* What may stand in "{{...}}", and in which template; NULL: in each. */
static const struct {
	const char *template, *name;
} placeholders[] = {
    {NULL, "title"},
    {NULL, "domain"},
    {NULL, "url"},
    {NULL, "from"},
    {"verify", "code"},
    {"verify", "request"},
    {"welcome", "userid"},
    {"welcome", "address"},
    {"welcome", "mailbox"},
    {"refused", "address"},
    {"refused", "reason"},
    {"confirm", "code"},
    {"confirm", "account"},
    {"confirm", "target"},
    {"member-code", "code"},
    {"member-code", "account"},
    {"member-leave", "code"},
    {"member-leave", "account"},
    {"member-digest", "account"},
    {"member-digest", "mail1"},
    {"member-digest", "mail2"},
    {"member-digest", "mail3"},
    {"member-digest", "mail4"},
    {"member-digest", "mail5"},
    {"member-digest", "mail6"},
    {"member-digest", "mail7"},
    {"member-digest", "mail8"},
    {"member-digest", "mail9"},
    {"member-digest", "mail10"},
    {"member-digest", "more"},
    {"target-probe", "account"},
    {"target-probe", "target"},
    {"target-probe", "code"},
    {"target-paused", "account"},
    {"target-paused", "target"},
    {"target-paused", "reason"},
    {"targets-digest", "number"},
    {"targets-digest", "total"},
    {"targets-digest", "list"},
};

struct file {
	const char *name; /* its name for the administrator */
	const char *text;
	size_t len;
};

static enum rc
template_wrong(const struct file *file, const char *where, const char *what,
    struct err *err)
{
	size_t line = 1;

	for (const char *p = file->text; p < where; p++)
		line += *p == '\n';
	return err_set(err, RC_PERM, "%s:%zu: %s", file->name, line, what);
}

/* Returns the bytes of the character at p if mail may hold it; else 0. */
static size_t
character_size(const char *p, size_t left)
{
	size_t size = str_utf8(p, left);
	unsigned char c = (unsigned char)p[0];

	if (c == '\n' || c == '\t')
		return 1;
	if (size == 1 && (c < 0x20 || c == 0x7f))
		return 0;
	if (size == 2 && c == 0xc2 && (unsigned char)p[1] < 0xa0) /* C1 */
		return 0;
	return size;
}

static enum rc
check_characters(const struct file *file, struct err *err)
{
	const char *end = file->text + file->len;

	for (const char *p = file->text; p < end;) {
		size_t size = character_size(p, (size_t)(end - p));

		if (size == 0)
			return template_wrong(file, p,
			    str_utf8(p, (size_t)(end - p)) == 0
				? "this is not UTF-8"
				: "a control character",
			    err);
		p += size;
	}
	return RC_OK;
}

static bool
is_placeholder(const char *template, const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(placeholders) / sizeof(*placeholders);
	     i++)
		if ((placeholders[i].template == NULL ||
			strcmp(placeholders[i].template, template) == 0) &&
		    strlen(placeholders[i].name) == len &&
		    memcmp(placeholders[i].name, name, len) == 0)
			return true;
	return false;
}

static enum rc
check_placeholders(struct arena *a, const struct file *file,
    const char *template, struct err *err)
{
	const char *p = file->text, *what;
	size_t len;

	while ((p = strstr(p, "{{")) != NULL) {
		len = strcspn(p + 2, "{}\n");
		if (strncmp(p + 2 + len, "}}", 2) != 0)
			return template_wrong(file, p, "\"{{\" without \"}}\"",
			    err);
		if (!is_placeholder(template, p + 2, len)) {
			what = arena_printf(a, "there is no {{%s}} in %s.txt",
			    str_printable(a, p + 2, len, 40), template);
			return template_wrong(file, p, what, err);
		}
		p += 2 + len + 2;
	}
	return RC_OK;
}

static size_t
blank_size(const char *p)
{
	return strspn(p, " \t");
}

/* Checks that the text has a subject, an empty line, and something below. */
static enum rc
divide_template(struct arena *a, const struct file *file,
    struct template_text *out, struct err *err)
{
	const char *p = file->text, *end;

	if (!str_starts_fold(p, subject_field))
		return template_wrong(file, p,
		    "expected \"Subject: ...\" first", err);
	p += strlen(subject_field);
	p += blank_size(p);
	end = p + strcspn(p, "\n");
	while (end > p && blank_size(end - 1) > 0)
		end--;
	if (end == p)
		return template_wrong(file, p, "the subject is empty", err);
	if (memchr(p, '\t', (size_t)(end - p)) != NULL)
		return template_wrong(file, p, "a tab in the subject", err);
	out->subject = arena_copy_bytes(a, p, (size_t)(end - p));
	p = end + strcspn(end, "\n");
	p += *p == '\n';
	if (p[blank_size(p)] != '\n')
		return template_wrong(file, p, "expected an empty line", err);
	out->body = arena_copy_text(a, p + blank_size(p) + 1);
	if (out->body[strspn(out->body, " \t\n")] == '\0')
		return template_wrong(file, p, "expected a text after that",
		    err);
	return RC_OK;
}

/* Drops the CR that some editors put at the end of a line. */
static void
remove_cr(struct file *file, char *text)
{
	size_t len = 0;

	for (size_t i = 0; i < file->len; i++)
		if (text[i] != '\r' || i + 1 == file->len ||
		    text[i + 1] != '\n')
			text[len++] = text[i];
	text[len] = '\0';
	file->text = text;
	file->len = len;
}

static enum rc
parse_template(struct arena *a, struct file *file, const char *template,
    struct template_text *out, struct err *err)
{
	enum rc rc;

	remove_cr(file, arena_copy_bytes(a, file->text, file->len));
	rc = check_characters(file, err);
	if (rc == RC_OK)
		rc = check_placeholders(a, file, template, err);
	if (rc == RC_OK)
		rc = divide_template(a, file, out, err);
	return rc;
}

/* RC_NONE: there is no such file. */
static enum rc
read_template_file(struct arena *a, struct file *file, struct err *err)
{
	char *text;
	enum rc rc = file_read(a, file->name, TEMPLATE_MAX, &text, &file->len,
	    NULL, err);

	file->text = text;
	if (rc == RC_OK && file->len > TEMPLATE_MAX)
		return template_wrong(file, text + TEMPLATE_MAX,
		    "the file is longer than 64 KiB", err);
	return rc;
}

static enum rc
read_built_in(struct arena *a, struct file *file, const char *name,
    struct err *err)
{
	for (const char *const *p = template_built_in; *p != NULL; p += 2) {
		if (strcmp(p[0], name) != 0)
			continue;
		file->name = arena_printf(a, "built-in %s.txt", name);
		file->text = p[1];
		file->len = strlen(p[1]);
		return RC_OK;
	}
	return err_set(err, RC_PERM, "there is no template \"%s\"", name);
}

static bool
is_known(const char *name)
{
	for (const char *const *p = template_names; *p != NULL; p++)
		if (strcmp(*p, name) == 0)
			return true;
	return false;
}

enum rc
template_read(struct arena *a, const char *folder, const char *name,
    struct template_text *out, struct err *err)
{
	struct file file = {.name = arena_printf(a, "%s/%s.txt", folder, name)};
	enum rc rc = RC_NONE;

	if (is_known(name))
		rc = read_template_file(a, &file, err);
	if (rc == RC_NONE)
		rc = read_built_in(a, &file, name, err);
	if (rc == RC_OK)
		rc = parse_template(a, &file, name, out, err);
	return rc;
}

static const char *
placeholder_value(const char *const *values, const char *name, size_t len)
{
	for (; *values != NULL; values += 2)
		if (strlen(values[0]) == len &&
		    memcmp(values[0], name, len) == 0)
			return values[1];
	return NULL;
}

/* A list has a line for each of its parts, as far in as the first. */
static void
add_list(struct str *s, const char *value)
{
	const char *line = strrchr(s->text, '\n'), *end;
	size_t in;

	line = line == NULL ? s->text : line + 1;
	in = strspn(line, " \t");
	line = arena_copy_bytes(s->arena, line, in);
	for (;; value = end + 1) {
		end = value + strcspn(value, "\n");
		str_add(s, str_printable(s->arena, value, (size_t)(end - value),
			       TEMPLATE_MAX));
		if (*end == '\0')
			return;
		str_addf(s, "\n%s", line);
	}
}

/* Fills in the first len bytes of text.  RC_NONE: one of the values is
   empty. */
static enum rc
fill_placeholders(struct str *s, const char *text, size_t len,
    const char *const *values, struct err *err)
{
	const char *end = text + len, *value;
	bool is_empty = false;
	size_t name;

	while (text < end) {
		const char *mark = memmem(text, (size_t)(end - text), "{{", 2);

		if (mark == NULL)
			break;
		name = strcspn(mark + 2, "}");
		value = placeholder_value(values, mark + 2, name);
		if (value == NULL)
			return err_set(err, RC_PERM,
			    "there is no value for {{%.*s}}", (int)name,
			    mark + 2);
		is_empty = is_empty || *value == '\0';
		str_add_bytes(s, text, (size_t)(mark - text));
		if (name == strlen("list") && str_starts(mark + 2, "list"))
			add_list(s, value);
		else
			str_add(s, str_printable(s->arena, value, strlen(value),
				       TEMPLATE_MAX));
		text = mark + 2 + name + 2;
	}
	str_add_bytes(s, text, (size_t)(end - text));
	return is_empty ? RC_NONE : RC_OK;
}

/* Returns the bytes of the paragraph at p, with the empty lines that follow
   it. */
static size_t
paragraph_size(const char *p)
{
	const char *start = p;

	while (*p != '\0' && p[blank_size(p)] != '\n') {
		p += strcspn(p, "\n");
		p += *p == '\n';
	}
	while (*p != '\0' && p[blank_size(p)] == '\n')
		p += blank_size(p) + 1;
	return (size_t)(p - start);
}

enum rc
template_fill(struct arena *a, const struct template_text *template,
    const char *const *values, struct template_text *out, struct err *err)
{
	struct str subject, body;
	size_t len;
	enum rc rc;

	str_init(&subject, a);
	str_init(&body, a);
	rc = fill_placeholders(&subject, template->subject,
	    strlen(template->subject), values, err);
	for (const char *p = template->body; *p != '\0' && rc != RC_PERM;
	     p += len) {
		size_t before = body.len;

		len = paragraph_size(p);
		rc = fill_placeholders(&body, p, len, values, err);
		if (rc != RC_NONE)
			continue;
		body.len = before;
		body.text[before] = '\0';
	}
	if (rc == RC_PERM)
		return rc;
	/* The paragraph that was left out may have been the last. */
	while (body.len > 1 && strcmp(body.text + body.len - 2, "\n\n") == 0)
		body.text[--body.len] = '\0';
	out->subject = subject.text;
	out->body = body.text;
	return RC_OK;
}
