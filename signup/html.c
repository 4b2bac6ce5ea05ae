/* SPDX-License-Identifier: MIT */
#include "html.h"

#include "base/unicode.h"

#include <string.h>

static void
add_html_escaped(struct str *s, const char *text)
{
	static const struct {
		char c;
		const char *as;
	} escaped[] = {
	    {'&', "&amp;"},
	    {'<', "&lt;"},
	    {'>', "&gt;"},
	    {'"', "&quot;"},
	    {'\'', "&#39;"},
	};

	while (*text != '\0') {
		size_t len = strcspn(text, "&<>\"'");

		str_add_bytes(s, text, len);
		text += len;
		for (size_t i = 0; i < sizeof(escaped) / sizeof(*escaped); i++)
			if (escaped[i].c == *text) {
				str_add(s, escaped[i].as);
				text++;
				break;
			}
	}
}

/* Bytes at text that are shown as they are.  0: at a character that cannot be
   seen, size is what it takes; at the end that is 0 as well. */
static size_t
seen_length(const char *text, bool joiners, size_t *size)
{
	size_t len = 0;

	for (; (*size = str_utf8(text + len, strnlen(text + len, 4))) > 0 &&
	       text[len] != '\0';
	     len += *size) {
		uint32_t c = unicode_read(text + len, *size);

		if (!unicode_is_seen(c) &&
		    strchr("\r\n\t", text[len]) == NULL &&
		    !(joiners && unicode_kind(c) == UNICODE_JOINER))
			return len;
	}
	*size = text[len] != '\0'; /* a byte that is no UTF-8 */
	return len;
}

void
html_text(struct str *s, const char *text)
{
	size_t size, len;

	do {
		len = seen_length(text, false, &size);
		add_html_escaped(s, arena_copy_bytes(s->arena, text, len));
		text += len + size;
		if (size > 0)
			str_add(s,
			    str_printable(s->arena, text - size, size, 16));
	} while (size > 0);
}

/* What was typed and cannot be seen is not typed again by who sends the form
   once more; prose keeps what scripts and emoji are written with. */
static void
value_text(struct str *s, const char *text, bool prose)
{
	size_t size, len;

	do {
		len = seen_length(text, prose, &size);
		add_html_escaped(s, arena_copy_bytes(s->arena, text, len));
		text += len + size;
		if (size > 0 && unicode_kind(unicode_read(text - size, size)) ==
				    UNICODE_BLANK)
			str_add(s, " ");
	} while (size > 0);
}

static void
add_attribute(struct str *s, const char *name, const char *value)
{
	if (value == NULL)
		return;
	str_addf(s, " %s=\"", name);
	html_text(s, value);
	str_add(s, "\"");
}

/* <name attributes>text</name> */
static void
add_element(struct str *s, const char *name, const char *attributes,
    const char *text)
{
	str_addf(s, "<%s%s>", name, attributes);
	html_text(s, text);
	str_addf(s, "</%s>\n", name);
}

void
html_begin(struct str *s, const struct html_page *page)
{
	str_add(s, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
		   "<meta charset=\"utf-8\">\n"
		   "<meta name=\"viewport\" "
		   "content=\"width=device-width, initial-scale=1\">\n"
		   "<meta name=\"color-scheme\" content=\"light dark\">\n"
		   "<title>");
	str_add(s, page->has_error ? "Error: " : "");
	html_text(s, page->heading);
	str_add(s, " – ");
	html_text(s, page->site);
	str_addf(s,
	    "</title>\n<link rel=\"stylesheet\" href=\"%sstyle.css?%s\">\n"
	    "</head>\n<body>\n<header><p>",
	    page->root, POSTWARD_STYLE_VERSION);
	html_text(s, page->site);
	str_add(s, "</p></header>\n");
	if (page->above != NULL)
		page->above(s, page->context);
	str_add(s, "<main>\n");
	add_element(s, "h1", "", page->heading);
}

void
html_end(struct str *s)
{
	str_add(s, "</main>\n</body>\n</html>\n");
}

void
html_section(struct str *s, const char *id, const char *heading)
{
	add_element(s, "h2", arena_printf(s->arena, " id=\"%s\"", id), heading);
}

void
html_notice(struct str *s, const char *text)
{
	add_element(s, "p", " class=\"notice\" role=\"status\"", text);
}

void
html_paragraph(struct str *s, const char *text)
{
	add_element(s, "p", "", text);
}

void
html_strong(struct str *s, const char *before, const char *text,
    const char *after)
{
	str_add(s, "<p>");
	html_text(s, before);
	str_add(s, "<strong>");
	html_text(s, text);
	str_add(s, "</strong>");
	html_text(s, after);
	str_add(s, "</p>\n");
}

void
html_link(struct str *s, const struct html_link *link)
{
	bool alone = *link->before == '\0' && *link->after == '\0';

	str_add(s, alone ? "<p class=\"alone\">" : "<p>");
	html_text(s, link->before);
	str_addf(s, "<a href=\"%s%s\">", link->root, link->href);
	html_text(s, link->text);
	str_add(s, "</a>");
	html_text(s, link->after);
	str_add(s, "</p>\n");
}

static void
described_by(struct str *s, const struct html_field *f)
{
	if (f->hint != NULL || f->error != NULL)
		str_addf(s, " aria-describedby=\"%s%s%s%s%s\"",
		    f->hint != NULL ? f->id : "",
		    f->hint != NULL ? "-hint" : "",
		    f->hint != NULL && f->error != NULL ? " " : "",
		    f->error != NULL ? f->id : "",
		    f->error != NULL ? "-error" : "");
	if (f->error != NULL)
		str_add(s, " aria-invalid=\"true\"");
	if (!f->optional)
		str_add(s, " aria-required=\"true\"");
}

static void
add_control(struct str *s, const struct html_field *f)
{
	bool area = f->rows > 0;

	if (area)
		str_addf(s, "<textarea rows=\"%u\"", f->rows);
	else
		str_add(s, "<input type=\"text\"");
	add_attribute(s, "id", f->id);
	add_attribute(s, "name", f->name != NULL ? f->name : f->id);
	add_attribute(s, "autocomplete",
	    f->autocomplete != NULL ? f->autocomplete : "off");
	add_attribute(s, "inputmode", f->inputmode);
	if (f->most > 0)
		str_addf(s, " maxlength=\"%u\"", f->most);
	if (!f->prose) {
		add_attribute(s, "autocapitalize",
		    f->autocapitalize != NULL ? f->autocapitalize : "none");
		str_add(s, " autocorrect=\"off\" spellcheck=\"false\"");
	}
	described_by(s, f);
	if (!area && f->value != NULL) {
		str_add(s, " value=\"");
		value_text(s, f->value, f->prose);
		str_add(s, "\"");
	}
	str_add(s, ">");
	if (area) {
		/* The first line break is not part of the text (HTML
		   13.1.2.5). */
		str_add(s, "\n");
		value_text(s, f->value != NULL ? f->value : "", f->prose);
		str_add(s, "</textarea>");
	}
}

void
html_field(struct str *s, const struct html_field *f)
{
	str_addf(s, "<div class=\"field%s\">\n<label for=\"%s\">",
	    f->error != NULL ? " wrong" : "", f->id);
	html_text(s, f->label);
	if (f->optional)
		str_add(s, " <span class=\"optional\">(optional)</span>");
	str_add(s, "</label>\n");
	if (f->hint != NULL)
		add_element(s, "p",
		    arena_printf(s->arena, " class=\"hint\" id=\"%s-hint\"",
			f->id),
		    f->hint);
	if (f->error != NULL)
		add_element(s, "p",
		    arena_printf(s->arena, " class=\"error\" id=\"%s-error\"",
			f->id),
		    f->error);
	if (f->suffix != NULL)
		str_add(s, "<div class=\"row\">");
	add_control(s, f);
	if (f->suffix != NULL)
		add_element(s, "span", " class=\"suffix\"", f->suffix);
	str_add(s, f->suffix != NULL ? "</div>\n</div>\n" : "\n</div>\n");
}

void
html_errors(struct str *s, const char *general, const struct html_field *fields,
    size_t n)
{
	size_t wrong = 0;

	for (size_t i = 0; i < n; i++)
		wrong += fields[i].error != NULL;
	if (general == NULL && wrong == 0)
		return;
	str_add(s, "<div class=\"errors\" role=\"alert\" "
		   "aria-labelledby=\"errors\">\n"
		   "<h2 id=\"errors\">That did not work yet</h2>\n");
	if (general != NULL)
		html_paragraph(s, general);
	if (wrong > 0)
		str_add(s, "<ul>\n");
	for (size_t i = 0; i < n; i++) {
		if (fields[i].error == NULL)
			continue;
		str_addf(s, "<li><a href=\"#%s\">", fields[i].id);
		html_text(s, fields[i].error);
		str_add(s, "</a></li>\n");
	}
	str_add(s, wrong > 0 ? "</ul>\n</div>\n" : "</div>\n");
}

void
html_hidden(struct str *s, const char *name, const char *value)
{
	str_add(s, "<input type=\"hidden\"");
	add_attribute(s, "name", name);
	add_attribute(s, "value", value);
	str_add(s, ">\n");
}

void
html_form_begin(struct str *s, const struct html_form *form)
{
	/* novalidate: our own words are beside the field, in every browser. */
	str_addf(s,
	    "<form method=\"post\" action=\"%s%s\" accept-charset=\"utf-8\" "
	    "novalidate>\n",
	    form->root, form->action);
	html_hidden(s, "csrf", form->csrf);
	if (form->id != NULL)
		html_hidden(s, "id", form->id);
}

void
html_form_end(struct str *s, const char *button, bool plain)
{
	add_element(s, "button",
	    plain ? " type=\"submit\" class=\"plain\"" : " type=\"submit\"",
	    button);
	str_add(s, "</form>\n");
}

void
html_button(struct str *s, const struct html_button *button)
{
	const struct html_form form = {
	    .root = button->root,
	    .action = button->action,
	    .csrf = button->csrf,
	};

	html_form_begin(s, &form);
	if (button->name != NULL)
		html_hidden(s, button->name, button->value);
	str_addf(s, "<button type=\"submit\"%s>",
	    button->important ? "" : " class=\"plain\"");
	html_text(s, button->text);
	if (button->about != NULL) {
		str_add(s, "<span class=\"unseen\"> ");
		html_text(s, button->about);
		str_add(s, "</span>");
	}
	str_add(s, "</button>\n</form>\n");
}

static void
add_option(struct str *s, const struct html_choice *choice,
    const struct html_option *option)
{
	const char *id =
	    arena_printf(s->arena, "%s-%s", choice->name, option->value);
	bool chosen = strcmp(option->value, choice->chosen) == 0;

	str_addf(s,
	    "<div class=\"option\">\n<input type=\"radio\" id=\"%s\" "
	    "name=\"%s\" value=\"%s\"%s%s%s%s>\n<label for=\"%s\">",
	    id, choice->name, option->value, chosen ? " checked" : "",
	    option->hint != NULL ? " aria-describedby=\"" : "",
	    option->hint != NULL ? id : "",
	    option->hint != NULL ? "-hint\"" : "", id);
	html_text(s, option->label);
	str_add(s, "</label>\n");
	if (option->hint != NULL)
		add_element(s, "p",
		    arena_printf(s->arena, " class=\"hint\" id=\"%s-hint\"",
			id),
		    option->hint);
	str_add(s, "</div>\n");
}

void
html_choice(struct str *s, const struct html_choice *choice)
{
	str_add(s, "<fieldset>\n");
	add_element(s, "legend", "", choice->legend);
	for (size_t i = 0; i < choice->n; i++)
		add_option(s, choice, &choice->options[i]);
	str_add(s, "</fieldset>\n");
}
