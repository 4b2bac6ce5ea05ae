/* SPDX-License-Identifier: MIT */
#include "policy/private/check_choice.h"

#include "base/clock.h"
#include "base/str.h"
#include "mail/domain.h"
#include "policy/list_name.h"
#include "policy/list_test.h"
#include "policy/private/known_names.h"

#include <string.h>

/* One question to one list about one name. */
struct inquiry {
	struct dns_list *list;
	struct list_subject about;
	bool first;  /* the first question of this request to the list */
	bool parent; /* the name is above that of the inquiry before */
	size_t query;
	struct inquiry *next;
};

struct inquiries {
	struct inquiry *first, **end;
};

static struct inquiries *
inquiries_new(struct check_run *run)
{
	struct inquiries *all = arena_take(run->arena, sizeof(*all));

	all->end = &all->first;
	return all;
}

/* key is what stands before the zone: a reversed address, or a name. */
static struct inquiry *
add_inquiry(struct check_run *run, struct inquiries *all, struct dns_list *list,
    const struct list_subject *about, const char *key)
{
	struct inquiry *i = arena_take(run->arena, sizeof(*i));

	i->about = *about;
	i->list = list;
	i->first = true;
	for (const struct inquiry *k = all->first; k != NULL; k = k->next)
		i->first &= k->list != list;
	i->query = queries_add(&run->queries, run->arena,
	    arena_concat(run->arena, key, ".", list->zone), DNS_A);
	run->queries.all[i->query].resolver = list->resolver;
	/* A slow list holds up nobody for longer. */
	run->queries.all[i->query].deadline =
	    run->now + run->settings->list_deadline_ms;
	*all->end = i;
	all->end = &i->next;
	return i;
}

static bool
to_be_asked(struct dns_list *list, int64_t now)
{
	return list->settings.action != ACTION_OFF &&
	       !list_health_suspended(dns_list_health(list), now);
}

static struct finding *
list_found(struct check_run *run, enum check_id id, const struct dns_list *list,
    enum finding_outcome outcome, const char *why)
{
	struct finding *f = check_found(run, id, outcome, why);

	f->list = list_name(list);
	f->settings = list->settings;
	f->settings.shadow = check_shadowed(run, id, f->settings.shadow);
	return f;
}

static struct reply
list_reply(struct arena *a, enum check_id id, const struct dns_list *list,
    const struct list_subject *about, const char *words)
{
	bool is_address = id == CHECK_DNSBL;

	return (struct reply){554, "7.1",
	    arena_printf(a, "Service unavailable; %s %s%s%s blocked using %s%s",
		about->what, is_address ? "[" : "", about->subject,
		is_address ? "]" : "", list_name(list), words)};
}

static void
list_hit(struct check_run *run, enum check_id id, const struct dns_list *list,
    const struct list_subject *about, const struct dns_list_hit *hit,
    const char *said)
{
	struct arena *a = run->arena;
	const char *words = hit->code->words;
	struct finding *f;

	words = words == NULL ? "" : arena_printf(a, " (%s)", words);
	f = list_found(run, id, list, FINDING_HIT,
	    arena_printf(a, "%s %s is listed: %s%s", about->what,
		about->subject, said, words));
	f->settings = hit->settings;
	f->settings.shadow = check_shadowed(run, id, f->settings.shadow);
	f->text_at = about->text_at;
	f->text_from = list->resolver;
	f->reply = list_reply(a, id, list, about, words);
}

/* Mostly many lists say so of one subject. */
static const char *
not_listed(struct arena *a, const struct list_subject *about)
{
	const char *words =
	    about->not_listed == NULL ? NULL : *about->not_listed;

	if (words == NULL)
		words = arena_concat(a, about->what, " ", about->subject,
		    " is not listed", about->parents ? check_list_above : "");
	if (about->not_listed != NULL)
		*about->not_listed = words;
	return words;
}

void
check_list_answered(struct check_run *run, enum check_id id,
    const struct dns_list *list, const struct list_subject *about,
    const struct dns_record *answers, size_t n)
{
	struct arena *a = run->arena;
	struct dns_list_hit *hits;
	size_t n_hits;
	const char *said;

	if (n == 0) { /* as mostly */
		list_found(run, id, list, FINDING_FINE, not_listed(a, about));
		return;
	}
	hits = arena_take_array(a, list->n_codes + 1, sizeof(*hits));
	n_hits = dns_list_hits(list, answers, n, hits);
	said = dns_list_answers_text(a, answers, n);
	for (size_t i = 0; i < n_hits; i++)
		list_hit(run, id, list, about, &hits[i], said);
	if (n_hits == 0)
		list_found(run, id, list, FINDING_FINE,
		    arena_printf(a, "%s: %s", not_listed(a, about), said));
}

static void
suspend_list(struct check_run *run, struct dns_list *list,
    enum list_fault fault, const char *answer)
{
	if (!list_health_change(dns_list_health(list), LIST_BY_REQUEST, fault,
		clock_ms()))
		return;
	if (run->notes == NULL)
		run->notes = arena_take_array(run->arena,
		    run->settings->n_lists, sizeof(*run->notes));
	if (run->n_notes < run->settings->n_lists)
		run->notes[run->n_notes++] =
		    list_test_line(run->arena, list, fault, answer);
}

/* Notes what the answer tells about the list itself. */
static void
watch_list_health(struct check_run *run, const struct inquiry *inquiry,
    const struct dns_query *q, enum dns_list_answer answer,
    const struct ip *code)
{
	struct dns_list *list = inquiry->list;
	struct list_health *health = dns_list_health(list);

	if (q->cached)
		return;
	if (answer != DNS_LIST_NO_ANSWER)
		list_health_answered(health);
	/* If the request had no time left, the silence was not the list's
	   fault; and several questions at once are silent together. */
	else if (q->deadline <= run->deadline && inquiry->first &&
		 list_health_silent(health))
		suspend_list(run, list, LIST_SILENT, q->problem);
	if (answer == DNS_LIST_NONSENSE)
		suspend_list(run, list, dns_list_fault_of(list, code),
		    arena_printf(run->arena, "%s is %s", q->name,
			ip_text(run->arena, code)));
}

/* What a list does not say of a name above is no news of its own. */
static bool
is_told(const struct inquiry *i, const struct dns_query *q)
{
	return !i->parent || q->rc != RC_NONE;
}

/* True: no name above it is asked about any more. */
static bool
judge_one(struct check_run *run, enum check_id id,
    const struct inquiry *inquiry)
{
	const struct dns_query *q = &run->queries.all[inquiry->query];
	const struct ip *code;
	enum dns_list_answer answer = dns_list_read(inquiry->list, q, &code);
	struct list_subject about = inquiry->about;

	watch_list_health(run, inquiry, q, answer, code);
	switch (answer) {
	case DNS_LIST_NO_ANSWER:
		list_found(run, id, inquiry->list, FINDING_TEMP, q->problem);
		return true;
	case DNS_LIST_NONSENSE:
		list_found(run, id, inquiry->list, FINDING_SKIPPED,
		    arena_printf(run->arena, "%s is no listing: suspended",
			ip_text(run->arena, code)));
		return true;
	case DNS_LIST_NOT_LISTED:
	case DNS_LIST_LISTED:
		break;
	}
	about.text_at = q->name;
	if (is_told(inquiry, q))
		check_list_answered(run, id, inquiry->list, &about, q->records,
		    q->rc == RC_OK ? q->n : 0);
	return answer == DNS_LIST_LISTED;
}

static void
judge_lists(struct check_run *run, enum check_id id)
{
	const struct inquiries *all = run->asked[id];
	bool settled = false;

	/* Of a name and those above it the nearest that is listed counts. */
	for (const struct inquiry *i = all->first; i != NULL; i = i->next)
		if (!i->parent || !settled)
			settled = judge_one(run, id, i);
}

static bool
check_dnsbl_applies(const struct check_run *run)
{
	return run->facts->client.version != 0;
}

static void
check_dnsbl_ask(struct check_run *run)
{
	const struct ip *client = &run->facts->client;
	struct inquiries *all = inquiries_new(run);
	const struct list_subject about = {
	    .what = "client",
	    .subject = ip_text(run->arena, client),
	    .not_listed = arena_take(run->arena, sizeof(char *)),
	};
	const char *reversed = ip_reversed(run->arena, client);

	run->asked[CHECK_DNSBL] = all;
	for (size_t i = 0; i < run->settings->n_lists; i++) {
		struct dns_list *list = &run->settings->lists[i];

		if ((list->of & DNS_LIST_CLIENT) != 0 &&
		    to_be_asked(list, run->now))
			add_inquiry(run, all, list, &about, reversed);
	}
}

static void
check_dnsbl_judge(struct check_run *run)
{
	judge_lists(run, CHECK_DNSBL);
}

static bool
check_rhsbl_applies(const struct check_run *run)
{
	const struct facts *facts = run->facts;

	return facts->reverse_domain != NULL || facts->helo_domain != NULL ||
	       facts->from.domain != NULL;
}

/* True: a list may know the name.  Lists of domains know neither addresses nor
   our own names, and a bare label is no domain. */
static bool
worth_asking(const struct check_run *run, const char *name)
{
	return name != NULL && strchr(name, '.') != NULL &&
	       domain_is_host(name) &&
	       !known_names_ours(run->names, run->settings->forwards, name);
}

/* The kinds of names that a list of domains may be asked about. */
static const struct {
	enum dns_list_of of;
	const char *what;
} name_kinds[] = {
    {DNS_LIST_REVERSE_CLIENT, "reverse client name"},
    {DNS_LIST_HELO, "HELO name"},
    {DNS_LIST_SENDER, "sender domain"},
};

#define NAME_KINDS (sizeof(name_kinds) / sizeof(*name_kinds))

/* The name of that kind; NULL: there is none worth asking about. */
static const char *
name_of_kind(const struct check_run *run, size_t kind)
{
	const struct facts *facts = run->facts;
	const char *const names[NAME_KINDS] = {
	    facts->reverse_domain, facts->helo_domain, facts->from.domain};

	return worth_asking(run, names[kind]) ? names[kind] : NULL;
}

const char check_list_above[] = ", or those above are";

/* The domain above the name that is asked about next: of at most
   PARENT_LABELS, and never one label alone.  NULL: there is none. */
#define PARENT_LABELS 4

static const char *
parent_of(const struct check_run *run, const char *name)
{
	const char *parent = strchr(name, '.');
	size_t labels = 0;

	for (const char *p = parent; p != NULL; p = strchr(p + 1, '.'))
		labels++;
	for (; labels > PARENT_LABELS; labels--)
		parent = strchr(parent + 1, '.');
	return labels >= 2 && worth_asking(run, parent + 1) ? parent + 1 : NULL;
}

static void
add_inquiries(struct check_run *run, struct inquiries *all,
    struct dns_list *list, struct list_subject about)
{
	const char *parent =
	    list->parents ? parent_of(run, about.subject) : NULL;

	about.parents = parent != NULL;
	if (about.parents)
		about.not_listed = NULL; /* in other words */
	add_inquiry(run, all, list, &about, about.subject);
	if (!about.parents)
		return;
	about.parents = false;
	for (; parent != NULL; parent = parent_of(run, parent)) {
		about.subject = parent;
		add_inquiry(run, all, list, &about, parent)->parent = true;
	}
}

bool
check_list_has_parents(const struct check_run *run, const char *name)
{
	return parent_of(run, name) != NULL;
}

static void
check_rhsbl_ask(struct check_run *run)
{
	struct inquiries *all = inquiries_new(run);

	run->asked[CHECK_RHSBL] = all;
	for (size_t k = 0; k < NAME_KINDS; k++) {
		const struct list_subject about = {
		    .what = name_kinds[k].what,
		    .subject = name_of_kind(run, k),
		    .not_listed = arena_take(run->arena, sizeof(char *)),
		};

		for (size_t i = 0;
		     i < run->settings->n_lists && about.subject != NULL; i++) {
			struct dns_list *list = &run->settings->lists[i];

			if ((list->of & name_kinds[k].of) != 0 &&
			    to_be_asked(list, run->now))
				add_inquiries(run, all, list, about);
		}
	}
}

bool
check_list_asks(const struct check_run *run, const struct dns_list *list,
    enum check_id id)
{
	if (list->settings.action == ACTION_OFF)
		return false;
	if (id == CHECK_DNSBL)
		return (list->of & DNS_LIST_CLIENT) != 0;
	for (size_t k = 0; k < NAME_KINDS; k++)
		if ((list->of & name_kinds[k].of) != 0 &&
		    name_of_kind(run, k) != NULL)
			return true;
	return false;
}

bool
check_list_takes(const struct check_run *run, const struct dns_list *list,
    const char *why)
{
	for (size_t k = 0; k < NAME_KINDS; k++) {
		const char *name = name_of_kind(run, k);
		size_t len = strlen(name_kinds[k].what);

		if (!str_starts(why, name_kinds[k].what))
			continue;
		return (list->of & name_kinds[k].of) != 0 &&
		       (list->parents || name == NULL || why[len] == '\0' ||
			   str_starts(why + len + 1, name));
	}
	return true;
}

static void
check_rhsbl_judge(struct check_run *run)
{
	judge_lists(run, CHECK_RHSBL);
}

const struct check check_dnsbl = {
    .stage = CHECK_AT_CONNECT,
    .def = CHECK_REJECTS,
    .exempts_roles = true,
    .applies = check_dnsbl_applies,
    .ask = check_dnsbl_ask,
    .judge = check_dnsbl_judge,
};

const struct check check_rhsbl = {
    .stage = CHECK_AT_CONNECT,
    .def = CHECK_REJECTS,
    .exempts_roles = true,
    .applies = check_rhsbl_applies,
    .ask = check_rhsbl_ask,
    .judge = check_rhsbl_judge,
};
