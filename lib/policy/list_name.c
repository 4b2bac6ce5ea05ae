/* SPDX-License-Identifier: MIT */
#include "policy/list_name.h"

#include "base/str.h"

#include <string.h>

/* A shorter key is replaced only as a part of its zone: alone it would be found
   in many a word.  A key that is a guess, because zone and name differ, must be
   longer. */
#define KEY_MIN   4
#define GUESS_MIN 6

/* Keys have 20 to 40 letters and digits; names of lists have not. */
#define KEY_LIKE_MIN 16

#define LIST_NAME_MAX 100

/* Operators whose customers have a key, and how many labels are the list's own
   between the key and the operator's domain. */
static const struct key_operator {
	const char *zone;
	size_t labels;
} key_operators[] = {
    {"dq.spamhaus.net", 1},
    {"mail.abusix.zone", 1},
    {"df.uribl.com", 0},
};

static size_t
label_len(const char *label)
{
	return strcspn(label, ".");
}

static const char *
next_label(const char *label)
{
	label += label_len(label);
	return *label == '.' ? label + 1 : label;
}

static bool
seems_key(const char *label, size_t len)
{
	bool digit = false, letter = false;

	for (size_t i = 0; i < len; i++) {
		char c = str_lower_char(label[i]);

		digit |= c >= '0' && c <= '9';
		letter |= c >= 'a' && c <= 'z';
		if (c == '-' || c == '_')
			return false;
	}
	return len >= KEY_LIKE_MIN && digit && letter;
}

/* Returns where the list's own name begins in a zone of an operator known for
   keys; else the zone. */
static const char *
behind_key(const char *zone)
{
	for (size_t i = 0; i < sizeof(key_operators) / sizeof(*key_operators);
	     i++) {
		const struct key_operator *o = &key_operators[i];
		size_t len = strlen(zone), own = strlen(o->zone), labels = 0;
		const char *p = zone + len - own;

		if (len <= own || p[-1] != '.' || !str_equal_fold(p, o->zone))
			continue;
		while (p > zone && labels < o->labels)
			for (labels++, p--; p > zone && p[-1] != '.';)
				p--;
		return p;
	}
	return zone;
}

const char *
list_name_of_zone(struct arena *a, const char *zone)
{
	const char *p = behind_key(zone);
	struct str s;

	str_init(&s, a);
	for (; *p != '\0'; p = next_label(p)) {
		size_t len = label_len(p);

		if (seems_key(p, len))
			continue;
		if (s.len > 0)
			str_add(&s, ".");
		str_add_bytes(&s, p, len);
	}
	return s.len > 0 ? s.text : "list";
}

bool
list_name_zone_has_key(const char *zone)
{
	if (behind_key(zone) != zone)
		return true;
	for (const char *p = zone; *p != '\0'; p = next_label(p))
		if (seems_key(p, label_len(p)))
			return true;
	return false;
}

bool
list_name_valid(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && len <= LIST_NAME_MAX &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "0123456789-._/") == len;
}

const char *
list_name(const struct dns_list *list)
{
	return list->name != NULL ? list->name : list->zone;
}

static bool
has_fold(const char *text, const char *word, size_t len)
{
	for (; *text != '\0'; text++)
		if (strncasecmp(text, word, len) == 0)
			return true;
	return false;
}

/* True: that label of the list's zone is its key. */
static bool
is_key(const struct dns_list *list, const char *label)
{
	size_t len = label_len(label);
	bool first = label == list->zone;

	if (len < KEY_MIN)
		return false;
	if (first && list->keyed)
		return true;
	if (seems_key(label, len) || label < behind_key(list->zone))
		return !has_fold(list_name(list), label, len);
	return first && len >= GUESS_MIN &&
	       !has_fold(list_name(list), label, len);
}

/* Returns how much of the text at p must not be said, and in *instead what is
   said in its place. */
static size_t
secret_at(const struct dns_list *list, const char *p, const char **instead)
{
	size_t len = strlen(list->zone);

	*instead = list_name(list);
	if (strncasecmp(p, list->zone, len) == 0)
		return len;
	*instead = "***";
	for (const char *l = list->zone; *l != '\0'; l = next_label(l))
		if (is_key(list, l) && strncasecmp(p, l, label_len(l)) == 0)
			return label_len(l);
	return 0;
}

static const char *
scrub_one(struct arena *a, const struct dns_list *list, const char *text)
{
	struct str s;

	if (strcmp(list_name(list), list->zone) == 0)
		return text;
	str_init(&s, a);
	while (*text != '\0') {
		const char *instead;
		size_t len = secret_at(list, text, &instead);

		if (len > 0)
			str_add(&s, instead);
		else
			str_add_bytes(&s, text, len = 1);
		text += len;
	}
	return s.text;
}

const char *
list_name_scrub(struct arena *a, const struct dns_list *lists, size_t n,
    const char *text)
{
	for (size_t i = 0; i < n; i++)
		text = scrub_one(a, &lists[i], text);
	return text;
}
