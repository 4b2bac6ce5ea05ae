/* SPDX-License-Identifier: MIT */
#include "command.h"
#include "output.h"

#include "base/clock.h"
#include "base/str.h"
#include "mail/domain.h"
#include "net/dns.h"
#include "policy/dns_list.h"

#include <stdio.h>
#include <string.h>

enum {
	COLUMNS = 4
};

struct subject {
	const char *key; /* what stands before a list's zone */
	unsigned of;     /* the lists that know such subjects */
};

static enum rc
read_subject(struct invocation *in, const char *text, struct subject *out,
    struct err *err)
{
	struct ip ip;

	if (ip_parse(text, &ip)) {
		*out = (struct subject){
		    ip_reversed(in->arena, &ip), DNS_LIST_CLIENT};
		return RC_OK;
	}
	out->of = DNS_LIST_REVERSE_CLIENT | DNS_LIST_HELO | DNS_LIST_SENDER;
	if (domain_read(in->arena, text, &out->key, NULL) != RC_OK)
		return err_set(err, RC_PERM,
		    "%s: expected an address or a domain name", text);
	return RC_OK;
}

static const char *
text_of(struct invocation *in, const struct dns_query *txt)
{
	return txt->rc == RC_OK ? str_printable(in->arena, txt->records[0].text,
				      txt->records[0].text_len, 200)
				: NULL;
}

/* Writes one row and says whether it is a listing, none, or unknown. */
static enum rc
read_answer(struct invocation *in, const struct dns_list *list,
    const struct dns_query *queries, const char **row)
{
	const struct ip *code;
	enum dns_list_answer answer = dns_list_read(list, &queries[0], &code);

	row[0] = list->zone;
	row[2] = code == NULL ? NULL : ip_text(in->arena, code);
	switch (answer) {
	case DNS_LIST_NOT_LISTED:
		row[1] = "no";
		return RC_NONE;
	case DNS_LIST_LISTED:
		row[1] = "listed";
		row[3] = text_of(in, &queries[1]);
		return RC_OK;
	case DNS_LIST_NO_ANSWER:
		row[1] = "no answer";
		row[3] = queries[0].problem;
		return RC_TEMP;
	case DNS_LIST_NONSENSE:
		row[1] = "unusable";
		row[3] = "no listing: the list does not serve this resolver, "
			 "or no longer exists";
		return RC_TEMP;
	}
	return RC_TEMP;
}

static int
ask(struct invocation *in, struct dns *dns, const struct subject *subject)
{
	static const char *const columns[] = {"List", "Answer", "Code", "Text"};
	const struct policy_settings *policy = &in->settings->policy;
	struct dns_query *queries = arena_take_array(in->arena,
	    policy->n_lists * 2 + 1, sizeof(*queries));
	const char **cells = arena_take_array(in->arena,
	    policy->n_lists * COLUMNS + 1, sizeof(*cells));
	struct dns_list **asked = arena_take_array(in->arena,
	    policy->n_lists + 1, sizeof(struct dns_list *));
	size_t n = 0;
	bool listed = false, silent = false;

	for (size_t i = 0; i < policy->n_lists; i++) {
		const char *name;

		if ((policy->lists[i].of & subject->of) == 0)
			continue;
		name = arena_printf(in->arena, "%s.%s", subject->key,
		    policy->lists[i].zone);
		queries[n * 2] =
		    (struct dns_query){.name = name, .type = DNS_A};
		queries[n * 2 + 1] =
		    (struct dns_query){.name = name, .type = DNS_TXT};
		asked[n++] = &policy->lists[i];
	}
	dns_ask(dns, in->arena, queries, n * 2,
	    clock_ms() + policy->deadline_ms);
	for (size_t i = 0; i < n; i++) {
		enum rc rc = read_answer(in, asked[i], &queries[i * 2],
		    &cells[i * COLUMNS]);

		listed |= rc == RC_OK;
		silent |= rc == RC_TEMP;
	}
	if (n == 0)
		fprintf(stderr, "postward: no list for this is configured\n");
	output_table(in, columns, COLUMNS, cells, n);
	return listed ? EXIT_NO : silent ? EXIT_TRY_LATER : EXIT_DONE;
}

int
dnsbl_run(struct invocation *in)
{
	struct subject subject;
	struct dns *dns;
	struct err err;
	enum rc rc = read_subject(in, in->arguments[0], &subject, &err);
	int status;

	if (rc == RC_OK)
		rc = dns_open(&in->settings->resolver, &dns, &err);
	if (rc != RC_OK)
		return output_failure(in, rc, &err);
	status = ask(in, dns, &subject);
	dns_close(dns);
	return status;
}
