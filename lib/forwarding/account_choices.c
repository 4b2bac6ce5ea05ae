/* SPDX-License-Identifier: MIT */
#include "forwarding/account_choices.h"

#include "base/str.h"

#include <string.h>

const char *
account_choice_name(enum account_choice choice)
{
	switch (choice) {
	case CHOICE_DEFAULT:
		return "default";
	case CHOICE_ON:
		return "on";
	case CHOICE_OFF:
		return "off";
	}
	return "?";
}

const char *
account_choices_text(struct arena *a, const struct account_check *choices,
    size_t n)
{
	struct str all;

	if (n == 0)
		return NULL;
	str_init(&all, a);
	for (size_t i = 0; i < n; i++)
		str_addf(&all, "%s%c%s", i == 0 ? "" : " ",
		    choices[i].on ? '+' : '-', choices[i].check);
	return all.text;
}

enum account_choice
account_choices_find(const char *choices, const char *check)
{
	size_t len, of_check = strlen(check);

	for (; choices != NULL && *choices != '\0';
	     choices += len + (choices[len] == ' ')) {
		len = strcspn(choices, " ");
		if (len == of_check + 1 &&
		    memcmp(choices + 1, check, of_check) == 0)
			return choices[0] == '+' ? CHOICE_ON : CHOICE_OFF;
	}
	return CHOICE_DEFAULT;
}

const char *
account_choices_common(struct arena *a, const char *x, const char *y)
{
	const char *all = NULL;
	size_t len;

	for (; x != NULL && *x != '\0'; x += len + (x[len] == ' ')) {
		const char *one;

		len = strcspn(x, " ");
		one = arena_copy_bytes(a, x, len);
		if (len < 2 || account_choices_find(y, one + 1) !=
				   account_choices_find(one, one + 1))
			continue;
		all = arena_printf(a, "%s%s%s", all == NULL ? "" : all,
		    all == NULL ? "" : " ", one);
	}
	return all;
}

struct choices_load {
	struct arena *arena;
	const char *account, *choices;
};

static enum rc
load_choices_tx(struct db *db, void *context, struct err *err)
{
	struct choices_load *load = context;
	struct account_check *all;
	size_t n;
	enum rc rc =
	    account_check_list(db, load->arena, load->account, &all, &n, err);

	if (rc == RC_OK)
		load->choices = account_choices_text(load->arena, all, n);
	return rc;
}

enum rc
account_choices_load(struct store *store, struct arena *a, const char *account,
    const char **out, struct err *err)
{
	struct choices_load load = {.arena = a, .account = account};
	enum rc rc = store_do(store, load_choices_tx, &load, err);

	*out = load.choices;
	return rc;
}
