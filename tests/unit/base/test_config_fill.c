/* SPDX-License-Identifier: MIT */
#include "base/config.h"

#include "check.h"

enum colour {
	COLOUR_RED = 3,
	COLOUR_BLUE = 5,
};

struct paint {
	const char *name;
	int warmth;
	int64_t dries_ms;
	unsigned coats;
	size_t litres;
	bool glossy;
	enum colour colour;
	const char *const *rooms;
	size_t n_rooms;
	const char *left; /* no key goes here */
};

static const struct config_choice colours[] = {
    {"red", COLOUR_RED}, {"blue", COLOUR_BLUE}, {NULL, 0}};
static const struct config_choice finishes[] = {
    {"matt", false}, {"glossy", true}, {NULL, 0}};

#define TO(member) CONFIG_INTO(struct paint, member)

static const struct config_key keys[] = {
    {"", "name", CONFIG_TEXT, .def = "nameless", TO(name)},
    {"", "hidden", CONFIG_TEXT, .def = "x"},
    {"paint", "warmth", CONFIG_NUMBER, "-2", .low = -9, .high = 9, TO(warmth)},
    {"paint", "dries", CONFIG_DURATION, "21d", .high = 21LL * 86400000,
	TO(dries_ms)},
    {"paint", "coats", CONFIG_NUMBER, "2", .high = 9, TO(coats)},
    {"paint", "litres", CONFIG_NUMBER, "1", .high = 9, TO(litres)},
    {"paint", "glossy", CONFIG_YES_NO, "yes", TO(glossy)},
    {"paint", "colour", CONFIG_CHOICE, "blue", .choices = colours, TO(colour)},
    {"paint", "rooms", CONFIG_LIST, "hall,cellar",
	CONFIG_INTO_ITEMS(struct paint, rooms, n_rooms)},
    {"wall", "finish", CONFIG_CHOICE, .choices = finishes, TO(glossy),
	.titled = true},
    {"wall", "coats", CONFIG_NUMBER, .high = 9, TO(coats)},
};

static struct config *
config_of(const char *text)
{
	struct config *c;
	struct err err;

	if (config_read(text, "FILE", keys, COUNT(keys), &c, &err) != RC_OK)
		fail_msg("%s: %s", text, err.text);
	return c;
}

static void
defaults_go_where_their_keys_go(void **state)
{
	struct config *c = config_of("");
	struct paint paint = {.left = "alone"};

	(void)state;
	config_fill(c, &paint);
	assert_string_equal(paint.name, "nameless");
	assert_int_equal(paint.warmth, -2);
	assert_int_equal(paint.dries_ms, 21LL * 86400000);
	assert_int_equal(paint.coats, 2);
	assert_int_equal(paint.litres, 1);
	assert_true(paint.glossy);
	assert_int_equal(paint.colour, COLOUR_BLUE);
	assert_int_equal(paint.n_rooms, 2);
	assert_string_equal(paint.rooms[1], "cellar");
	assert_string_equal(paint.left, "alone");
	config_free(c);
}

static void
what_the_file_says_goes_there_instead(void **state)
{
	struct config *c = config_of("name = lime\n"
				     "paint { warmth = 7 dries = 2s coats = 0 "
				     "litres = 9 glossy = no colour = red "
				     "rooms = {} }\n");
	struct paint paint = {0};

	(void)state;
	config_fill(c, &paint);
	assert_string_equal(paint.name, "lime");
	assert_int_equal(paint.warmth, 7);
	assert_int_equal(paint.dries_ms, 2000);
	assert_int_equal(paint.coats, 0);
	assert_int_equal(paint.litres, 9);
	assert_false(paint.glossy);
	assert_int_equal(paint.colour, COLOUR_RED);
	assert_int_equal(paint.n_rooms, 0);
	config_free(c);
}

static void
a_section_changes_only_what_it_says(void **state)
{
	struct config *c = config_of("wall \"north\" { finish = glossy }\n"
				     "wall \"south\" { coats = 3 }\n"
				     "wall \"west\" {}\n");
	static const struct {
		const char *title;
		bool glossy;
		unsigned coats;
	} cases[] = {
	    {"north", true, 8},
	    {"south", false, 3},
	    {"west", false, 8},
	    {"east", false, 8},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct paint paint = {.coats = 8};

		config_fill_given(c, "wall", cases[i].title, &paint);
		CHECK(paint.glossy == cases[i].glossy, cases[i].title);
		CHECK(paint.coats == cases[i].coats, cases[i].title);
	}
	config_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(defaults_go_where_their_keys_go),
	    cmocka_unit_test(what_the_file_says_goes_there_instead),
	    cmocka_unit_test(a_section_changes_only_what_it_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
