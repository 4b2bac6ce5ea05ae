/* SPDX-License-Identifier: MIT */
/* A report as a page for Prometheus' node_exporter (textfile collector). */
#include "report.h"

#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a monitoring plugin would return. */
static int
state_number(enum report_state state)
{
	static const int numbers[REPORT_STATES] = {
	    [REPORT_WARNING] = EXIT_WARNING,
	    [REPORT_BROKEN] = EXIT_BROKEN,
	    [REPORT_UNKNOWN] = EXIT_UNKNOWN};

	return numbers[state];
}

/* As bad as the report's exit status would be, of these alone. */
static enum report_state
worse_of(enum report_state one, enum report_state other)
{
	static const int order[REPORT_STATES] = {
	    [REPORT_UNKNOWN] = 1, [REPORT_WARNING] = 2, [REPORT_BROKEN] = 3};

	return order[one] >= order[other] ? one : other;
}

/* Findings of one check stand together. */
static void
write_checks(FILE *to, const struct report_line *all, size_t n)
{
	for (size_t i = 0; i < n;) {
		enum report_state worst = REPORT_OK;
		size_t k = i;

		for (; k < n && strcmp(all[k].name, all[i].name) == 0; k++)
			worst = worse_of(worst, all[k].state);
		fprintf(to, "postward_check{name=\"%s\",group=\"%s\"} %d\n",
		    all[i].name, all[i].group, state_number(worst));
		i = k;
	}
}

enum rc
report_write_metrics(const struct report *r, struct arena *a, const char *path,
    struct err *err)
{
	const char *beside = arena_printf(a, "%s.new", path);
	FILE *to = fopen(beside, "we");
	size_t n;
	const struct report_line *all = report_findings(r, &n);
	bool failed;

	if (to == NULL)
		return err_set(err, RC_TEMP, "%s: %s", beside, strerror(errno));
	fprintf(to,
	    "# HELP postward_check What postward check has found: 0 well, "
	    "1 warning, 2 broken, 3 unknown.\n"
	    "# TYPE postward_check gauge\n");
	write_checks(to, all, n);
	fprintf(to,
	    "# HELP postward_check_time_seconds When that was.\n"
	    "# TYPE postward_check_time_seconds gauge\n"
	    "postward_check_time_seconds %lld\n",
	    (long long)clock_now());
	failed = fflush(to) != 0 || fchmod(fileno(to), 0644) != 0;
	failed |= fclose(to) != 0;
	if (!failed && rename(beside, path) == 0)
		return RC_OK;
	err_set(err, RC_TEMP, "%s: %s", path, strerror(errno));
	unlink(beside);
	return RC_TEMP;
}
