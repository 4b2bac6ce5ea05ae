/* SPDX-License-Identifier: MIT */
/* What DNS lists have said, by the codes and lists of another configuration. */
#include "policy/private/rejudging.h"

#include "policy/list_name.h"

#include <string.h>

static const char listed[] = " is listed: ", not_listed[] = " is not listed";

/* What the finding is about, at its beginning: its length.  0: a list that did
   not answer, or words that we do not know. */
static size_t
subject_len(const struct finding *f)
{
	const char *why = f->why == NULL ? "" : f->why;
	const char *end = strstr(why, listed);

	if (end == NULL)
		end = strstr(why, not_listed);
	return end == NULL ? 0 : (size_t)(end - why);
}

/* The answers that the finding tells: "...: 127.0.0.4, 127.0.0.10 (words)". */
static size_t
answers_told(struct arena *a, const char *told,
    struct dns_record out[static DNS_LIST_SHOWN_MAX])
{
	size_t n = 0, len;

	told = strchr(told, ':');
	for (; told != NULL && n < DNS_LIST_SHOWN_MAX; told += len) {
		told += strspn(told, ":, ");
		len = strcspn(told, ", ");
		if (!ip_parse(arena_copy_bytes(a, told, len), &out[n].ip) ||
		    out[n].ip.version != 4)
			break;
		n++;
	}
	return n;
}

/* Some finding before this one is about the same. */
static bool
was_subject_before(const struct rejudging *r, size_t i)
{
	const struct finding *f = &r->recorded->findings[i];
	size_t len = subject_len(f);

	for (size_t k = 0; k < i && len > 0; k++) {
		const struct finding *before = &r->recorded->findings[k];

		if (r->ids[k] == r->ids[i] && before->list != NULL &&
		    strcmp(before->list, f->list) == 0 &&
		    subject_len(before) == len &&
		    strncmp(before->why, f->why, len) == 0)
			return true;
	}
	return false;
}

/* The reply that was given holds the list's own words; ours has none. */
static void
keep_reply(struct rejudging *r, size_t before, const struct finding *f)
{
	if (r->run.n_findings == before + 1 && f->outcome == FINDING_HIT &&
	    r->run.findings[before].outcome == FINDING_HIT)
		r->run.findings[before].reply = f->reply;
}

static void
list_finding_again(struct rejudging *r, const struct dns_list *list,
    enum check_id id, const struct finding *f)
{
	struct arena *a = r->run.arena;
	struct dns_record answers[DNS_LIST_SHOWN_MAX] = {0};
	size_t len = subject_len(f), before = r->run.n_findings, n, blank;
	struct finding *again;
	char *about;

	n = len == 0 ? 0 : answers_told(a, f->why + len, answers);
	if (len == 0 || (n == 0 && f->outcome == FINDING_HIT)) {
		again = rejudging_found(r, id, f);
		again->settings = list->settings;
		again->settings.shadow =
		    check_shadowed(&r->run, id, list->settings.shadow);
		return;
	}
	about = arena_copy_bytes(a, f->why, len);
	blank =
	    (size_t)(strrchr(about, ' ') == NULL ? 0
						 : strrchr(about, ' ') - about);
	about[blank] = '\0';
	check_list_answered(&r->run, id, list,
	    &(struct list_subject){.what = about, .subject = about + blank + 1},
	    answers, n);
	keep_reply(r, before, f);
}

/* Nobody asked then about the domains above, of which the list may have one. */
static bool
lacks_parents(const struct rejudging *r, const struct dns_list *list,
    const struct finding *f)
{
	size_t len = subject_len(f);
	const char *about = arena_copy_bytes(r->run.arena, f->why, len);
	const char *blank = strrchr(about, ' ');

	return list->parents && f->outcome == FINDING_FINE && blank != NULL &&
	       strstr(f->why + len, check_list_above) == NULL &&
	       check_list_has_parents(&r->run, blank + 1);
}

static void
list_again(struct rejudging *r, const struct dns_list *list, enum check_id id)
{
	const struct decision *d = r->recorded;
	const char *name = list_name(list);
	bool found = false, lacks = false;

	for (size_t i = 0; i < d->n_findings; i++) {
		const struct finding *f = &d->findings[i];

		if (r->ids[i] != id || f->list == NULL ||
		    strcmp(f->list, name) != 0 || !rejudging_was_asked(f))
			continue;
		found = true;
		if (was_subject_before(r, i) ||
		    (f->outcome == FINDING_HIT && id == CHECK_RHSBL &&
			f->why != NULL &&
			!check_list_takes(&r->run, list, f->why)))
			continue;
		list_finding_again(r, list, id, f);
		lacks |= lacks_parents(r, list, f);
	}
	if (lacks || (!found && check_list_asks(&r->run, list, id)))
		rejudging_add_unknown(r,
		    arena_printf(r->run.arena, "%s %s", check_name(id), name));
}

void
rejudging_lists(struct rejudging *r, enum check_id id)
{
	const struct policy_settings *s = r->run.settings;

	for (size_t i = 0; i < s->n_lists; i++) {
		const struct dns_list *list = &s->lists[i];
		bool is_of_clients = (list->of & DNS_LIST_CLIENT) != 0;

		if (is_of_clients == (id == CHECK_DNSBL) &&
		    list->settings.action != ACTION_OFF)
			list_again(r, list, id);
	}
}
