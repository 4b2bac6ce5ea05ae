/* SPDX-License-Identifier: MIT */
#include "postfix_service.h"

#include "postfix_list.h"
#include "site_uses.h"

#include "base/str.h"

#include <string.h>

/* Of these, one that is chrooted has the queue as its root. */
static const char *const asking[] = {"smtpd", "cleanup", "trivial-rewrite"};

struct config_list
postfix_our_listen(const struct settings *s, enum postfix_ours program)
{
	const struct config_list milter = {.items = &s->milter.listen, .n = 1};

	switch (program) {
	case POSTFIX_OUR_POLICYD:
		return s->policyd.listen;
	case POSTFIX_OUR_FORWARDER:
		return s->forwarder.listen;
	case POSTFIX_OUR_MILTER:
		break;
	}
	return milter;
}

const char *
postfix_our_place(const struct probe_run *run, enum postfix_ours program)
{
	struct config_list listen = postfix_our_listen(run->settings, program);
	const char *queue =
	    postfix_text(run->postfix, run->arena, "queue_directory");
	size_t len = strlen(queue);

	for (size_t i = 0; i < listen.n && len > 0; i++) {
		const char *item = listen.items[i];
		const char *path = item + strlen("unix:");

		if (str_starts(item, "unix:") && str_starts(path, queue) &&
		    path[len] == '/')
			return arena_printf(run->arena, "unix:%s",
			    path + len + 1);
	}
	return listen.items[0];
}

enum postfix_found
postfix_entry_is_ours(const void *context, enum postfix_ours program,
    const char *entry)
{
	static const char *const names[] = {[POSTFIX_OUR_POLICYD] = "policyd",
	    [POSTFIX_OUR_MILTER] = "milter",
	    [POSTFIX_OUR_FORWARDER] = "forwarder"};
	const struct probe_run *run = context;
	const struct config_list listen =
	    postfix_our_listen(run->settings, program);
	const struct postfix_entries wanted = {
	    .listen = listen.items,
	    .n_listen = listen.n,
	    .program = names[program],
	    .queue = postfix_value(run->postfix, run->arena, "queue_directory"),
	    .chrooted = postfix_is_chrooted(run->postfix, asking,
		sizeof(asking) / sizeof(*asking)),
	    .right = "",
	};
	const char *mended;

	return postfix_entries_look(run->arena, entry, &wanted, &mended);
}

const char *
postfix_entry_option(struct arena *a, const char *entry, const char *name)
{
	char *inside = arena_copy_text(a, entry);
	size_t len = strlen(inside);
	struct postfix_list words;

	if (inside[0] != '{' || inside[len - 1] != '}')
		return NULL;
	inside[len - 1] = '\0';
	words = postfix_list_read(a, inside + 1);
	for (size_t i = 1; i < words.n; i++) {
		char *word = arena_copy_text(a, words.words[i]);
		char *equals;

		if (word[0] == '{') {
			word[strlen(word) - 1] = '\0';
			word += 1 + strspn(word + 1, " \t");
		}
		equals = strchr(word, '=');
		if (equals == NULL)
			continue;
		*equals = '\0';
		word[strcspn(word, " \t")] = '\0';
		if (strcmp(word, name) == 0)
			return equals + 1 + strspn(equals + 1, " \t");
	}
	return NULL;
}

const char *
postfix_our_recipient(const struct probe_run *run)
{
	const struct forwards_settings *f = &run->settings->forwards;

	return arena_printf(run->arena, "postmaster@%s",
	    f->n_domains == 0 ? run->settings->hostname : f->domains[0]);
}

bool
postfix_wants_policyd(const struct probe_run *run)
{
	return site_uses_policyd(run->settings);
}

const char *
postfix_set_value(const struct probe_run *run,
    const struct postfix_service *service, const char *parameter)
{
	const char *own = service == NULL
			      ? NULL
			      : postfix_lines_value(run->arena,
				    service->set_overrides, parameter);
	const char *value = own != NULL ? own
					: postfix_lines_value(run->arena,
					      run->postfix->set, parameter);

	return value == NULL ? "" : value;
}

/* postconf -P takes no blanks: what they part, a comma parts as well. */
static const char *
value_without_blanks(struct arena *a, const char *value)
{
	char *text = arena_copy_text(a, value), *to = text;

	for (const char *at = text; *at != '\0';) {
		size_t blanks = strspn(at, " \t,");

		if (blanks == 0) {
			*to++ = *at++;
			continue;
		}
		at += blanks;
		if (to > text && to[-1] != '{' && *at != '}' && *at != '\0')
			*to++ = ',';
	}
	*to = '\0';
	return text;
}

void
postfix_cure_value(const struct probe_run *run,
    const struct postfix_service *service, const char *parameter,
    const char *value)
{
	struct arena *a = run->arena;

	if (service != NULL &&
	    postfix_lines_value(a, service->set_overrides, parameter) != NULL)
		probe_cure_option(run,
		    arena_printf(a, "%s/%s/%s=%s", service->name, service->type,
			parameter, value_without_blanks(a, value)));
	else
		probe_cure_parameter(run,
		    arena_printf(a, "%s = %s", parameter, value));
}

/* The name in "$name", "${name}" or "$(name)"; "" for anything else. */
static const char *
variable_name(struct arena *a, const char *word)
{
	size_t len = strlen(word);

	if (word[0] != '$' || len < 2)
		return "";
	if ((word[1] == '{' && word[len - 1] == '}') ||
	    (word[1] == '(' && word[len - 1] == ')'))
		return arena_copy_bytes(a, word + 2, len - 3);
	return word + 1;
}

/* Adds a word of main.cf, but not the entry, also where it is behind a name. */
static void
words_add_without(const struct probe_run *run, struct str *kept,
    const char *word, const char *entry)
{
	const char *name = variable_name(run->arena, word);
	struct postfix_list meant = postfix_list_read(run->arena,
	    postfix_text(run->postfix, run->arena, name));

	if (strcmp(word, entry) == 0)
		return;
	if (!postfix_list_has(&meant, entry)) {
		str_addf(kept, "%s%s", kept->len == 0 ? "" : ", ", word);
		return;
	}
	for (size_t i = 0; i < meant.n; i++)
		if (!str_equal_fold(meant.words[i], entry))
			str_addf(kept, "%s%s", kept->len == 0 ? "" : ", ",
			    meant.words[i]);
}

void
postfix_cure_without(const struct probe_run *run,
    const struct postfix_service *service, const char *parameter,
    const char *entry, const char *instead)
{
	struct postfix_list words = postfix_list_read(run->arena,
	    postfix_set_value(run, service, parameter));
	struct str kept;

	str_init(&kept, run->arena);
	for (size_t i = 0; i < words.n; i++)
		words_add_without(run, &kept, words.words[i], entry);
	postfix_cure_value(run, service, parameter,
	    kept.len == 0 && instead != NULL ? instead : kept.text);
}
