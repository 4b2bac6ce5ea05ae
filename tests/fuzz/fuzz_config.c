/* SPDX-License-Identifier: MIT */
/* A configuration: refused with a sentence, or every key can be read. */
#include "base/config.h"

#include <assert.h>
#include <string.h>

static const struct config_choice actions[] = {
    {"reject", 0}, {"defer", 1}, {NULL, 0}};
static const char *const checks[] = {"spf", "helo_unknown", NULL};

static const char *
wrong_listen(struct arena *a, const char *value)
{
	(void)a;
	return value[0] == '/' ? NULL : "expected a path";
}

static const struct config_key keys[] = {
    {"", "hostname", CONFIG_TEXT, .def = ""},
    {"", "domains", CONFIG_LIST, .def = "a,b"},
    {"policyd", "listen", CONFIG_LIST, "/a", .wrong = wrong_listen},
    {"policyd", "most", CONFIG_NUMBER, "5", .low = -9, .high = 9},
    {"policyd", "age", CONFIG_DURATION, "5s", .high = INT64_MAX},
    {"check", "action", CONFIG_CHOICE, "reject", .choices = actions,
	.titled = true, .titles = checks},
    {"check", "on", CONFIG_YES_NO, .def = "no"},
    {"dnsbl", "codes", CONFIG_LIST, "127.0.0.2", .titled = true},
};

static size_t
read_section(const struct config *c, const char *section)
{
	struct config_list titles = config_titles(c, section);
	size_t n = 0;

	for (size_t i = 0; i < titles.n; i++)
		if (strcmp(section, "check") != 0)
			n +=
			    config_list(c, section, titles.items[i], "codes").n;
		else if (config_flag(c, section, titles.items[i], "on"))
			n += strlen(config_text(c, section, titles.items[i],
			    "action"));
	return n;
}

static size_t
read_all(const struct config *c)
{
	struct config_list domains = config_list(c, "", NULL, "domains");
	struct config_list listen = config_list(c, "policyd", NULL, "listen");
	int64_t most = config_number(c, "policyd", NULL, "most");
	size_t n = strlen(config_text(c, "", NULL, "hostname"));

	for (size_t i = 0; i < domains.n; i++)
		n += strlen(domains.items[i]);
	for (size_t i = 0; i < listen.n; i++)
		assert(listen.items[i][0] == '/');
	assert(most >= -9 && most <= 9);
	assert(config_number(c, "policyd", NULL, "age") >= 0);
	return n + read_section(c, "check") + read_section(c, "dnsbl");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct err err = {""};
	struct config *c;
	enum rc rc = config_read(arena_copy_bytes(a, data, size), "FILE", keys,
	    sizeof(keys) / sizeof(*keys), &c, &err);

	assert(rc == RC_OK || rc == RC_PERM);
	assert((rc == RC_OK) == (c != NULL));
	assert((rc == RC_OK) == (err.text[0] == '\0'));
	assert(c == NULL || read_all(c) < 100 + 10 * size);
	config_free(c);
	arena_free(a);
	return 0;
}
