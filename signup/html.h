/* SPDX-License-Identifier: MIT */
/*
 * html - pages: a frame, and forms whose fields have labels, hints and errors.
 *
 * Whatever a caller gives as text is escaped here.  Ids and names are the
 * program's own words.
 */
#pragma once

#include "base/str.h"

#include <stdbool.h>

/* Adds text with & < > " and ' escaped: fit for content and for values in
   quotes.  What cannot be seen, line ends and tabs excepted, is shown as
   str_printable does; in a field's value it is left out. */
void html_text(struct str *s, const char *text);

struct html_page {
	const char *site; /* whose page it is */
	const char *heading;
	const char *root; /* the way to the first page: "./", "../"... */
	bool has_error;   /* the title says so first */
	/* NULL, or what stands between the two, added by its own program. */
	void (*above)(struct str *s, const void *context);
	const void *context;
};

void html_begin(struct str *s, const struct html_page *page);
void html_end(struct str *s);

/* <p> text </p> */
void html_paragraph(struct str *s, const char *text);
/* <p> before <strong> text </strong> after </p> */
void html_strong(struct str *s, const char *before, const char *text,
    const char *after);
/* <p> before <a> text </a> after </p>; href below root */
struct html_link {
	const char *before, *root, *href, *text, *after;
};
void html_link(struct str *s, const struct html_link *link);

/* <h2> with an id, to which links lead. */
void html_section(struct str *s, const char *id, const char *heading);

/* What was done, told to those who cannot see it, too. */
void html_notice(struct str *s, const char *text);

/* One field of a form.  What is NULL is left out. */
struct html_field {
	const char *id, *label, *hint;
	const char *name; /* under which it is sent; NULL: id */
	const char *value, *error;
	const char *suffix;                     /* shown behind the field */
	const char *autocomplete;               /* "off" if NULL */
	const char *inputmode, *autocapitalize; /* NULL: "none" */
	unsigned rows;                          /* of a textarea; 0: one line */
	unsigned most;                          /* characters; 0: any */
	bool optional, prose;
};

void html_field(struct str *s, const struct html_field *field);

/* What is wrong, with links to the fields, and first what is wrong in
   general, or NULL; nothing if nothing is. */
void html_errors(struct str *s, const char *general,
    const struct html_field *fields, size_t n);

struct html_form {
	const char *root, *action; /* action below root */
	const char *csrf;
	const char *id; /* a hidden field of that name; or NULL */
};

void html_form_begin(struct str *s, const struct html_form *form);
void html_hidden(struct str *s, const char *name, const char *value);
/* With its button; plain: beside a more important one. */
void html_form_end(struct str *s, const char *button, bool plain);

/* A form that is nothing but a button. */
struct html_button {
	const char *root, *action, *csrf;
	const char *name, *value; /* of a hidden field; NULL: none */
	const char *text;
	const char *about; /* said after text, and not shown; or NULL */
	bool important;
};
void html_button(struct str *s, const struct html_button *button);

/* One of several. */
struct html_option {
	const char *value, *label, *hint; /* hint may be NULL */
};
struct html_choice {
	const char *name, *legend, *chosen;
	const struct html_option *options;
	size_t n;
};
void html_choice(struct str *s, const struct html_choice *choice);
