/* SPDX-License-Identifier: MIT */
#include "postfix_command.h"

#include "output.h"

#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

bool
postfix_command_same(const char *one, const char *other)
{
	return one == NULL || other == NULL ? one == other
					    : strcmp(one, other) == 0;
}

const char *
postfix_command_quoted(const struct invocation *in, const char *text)
{
	struct str quoted;

	str_init(&quoted, in->arena);
	str_add(&quoted, "'");
	for (const char *at = text; *at != '\0'; at++)
		if (*at == '\'')
			str_add(&quoted, "'\\''");
		else
			str_add_bytes(&quoted, at, 1);
	str_add(&quoted, "'");
	return output_shown(in->arena, quoted.text);
}

/* ---- begin and end */

/* Settings of another root are read in there. */
static enum rc
command_enter_root(struct postfix_wiring *w, struct err *err)
{
	const char *root = w->in->options[OPTION_ROOT];

	w->offline = root != NULL;
	if (root != NULL && w->in->settings == NULL &&
	    (chroot(root) != 0 || chdir("/") != 0))
		return err_set(err, RC_PERM, "--root %s: %s", root,
		    strerror(errno));
	return RC_OK;
}

/* The record tells what to undo: who removes Postward need not mend it first.
 */
static enum rc
command_read_settings(struct postfix_wiring *w, struct err *err)
{
	const char *path = w->in->options[OPTION_CONFIG];
	enum rc rc;

	if (w->in->settings != NULL)
		return RC_OK;
	rc = settings_open(path == NULL ? settings_default_path : path,
	    &w->in->settings, err);
	if (rc == RC_OK || !w->undoes)
		return rc;
	output_wrong(w->in, "%s", err->text);
	return settings_open("/dev/null", &w->in->settings, err);
}

/* It goes with us, whatever ends us. */
static enum rc
command_lock(struct postfix_wiring *w, struct err *err)
{
	w->lock = open(w->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (w->lock < 0)
		return err_set(err, RC_TEMP, "%s: %s", w->folder,
		    strerror(errno));
	if (flock(w->lock, LOCK_EX | LOCK_NB) != 0)
		return err_set(err, RC_TEMP,
		    "%s: somebody else runs postward postfix", w->folder);
	return RC_OK;
}

enum rc
postfix_command_begin(struct postfix_wiring *w, struct err *err)
{
	bool looks = w->looks || w->in->options[OPTION_DRY_RUN] != NULL;
	enum rc rc = command_enter_root(w, err);

	w->lock = -1;
	w->facts.takes_domains = w->in->options[OPTION_YES] != NULL;
	if (rc == RC_OK)
		rc = command_read_settings(w, err);
	if (rc == RC_OK)
		rc = postfix_wiring_read(w, err);
	if (rc != RC_OK || looks)
		return rc;
	if (geteuid() != 0)
		return err_set(err, RC_PERM, "only root may change Postfix");
	rc = command_lock(w, err);
	return rc == RC_OK
		   ? postfix_wiring_remove_service(w, POSTFIX_ASK_SERVICE, err)
		   : rc;
}

void
postfix_command_end(struct postfix_wiring *w)
{
	if (w->lock >= 0)
		close(w->lock);
}

enum rc
postfix_command_check(const struct postfix_wiring *w, struct err *err)
{
	const char *word = "check";

	return w->offline
		   ? RC_OK
		   : postfix_wiring_run(w, "postfix", &word, 1, NULL, err);
}

/* ---- undo */

/* What becomes of one parameter; false: it is left alone. */
static bool
undo_edit(const struct postfix_wiring *w, const struct postfix_change *c,
    struct postfix_edit *out)
{
	struct arena *a = w->in->arena;
	const char *now = postfix_wiring_raw(w, c->name), *kept;

	if (postfix_command_same(now, c->after)) {
		*out = (struct postfix_edit){c->name, c->before};
		return true;
	}
	if (now == NULL || postfix_command_same(now, c->before))
		return false;
	kept = postfix_plan_without(a, &w->facts, c->name, now);
	if (kept == NULL)
		printf("%s was changed since, and stays:\n    %s\n", c->name,
		    output_shown(a, now));
	else
		printf("%s was changed since; what leads to Postward is taken "
		       "out, the rest stays:\n    %s\n",
		    c->name, output_shown(a, kept));
	*out = (struct postfix_edit){c->name, kept};
	return kept != NULL;
}

static enum rc
undo_parameters(const struct postfix_wiring *w, const struct postfix_record *r,
    struct err *err)
{
	struct postfix_edit edits[2 * POSTFIX_CHANGES_MAX];
	enum rc rc = postfix_record_put_back(w, r, "main.cf", err);
	size_t n = 0;

	if (rc != RC_NONE)
		return rc;
	for (size_t i = 0; i < r->n; i++)
		n += undo_edit(w, &r->changes[i], &edits[n]);
	return postfix_wiring_edit(w, edits, n, err);
}

static enum rc
undo_service(const struct postfix_wiring *w, const struct postfix_record *r,
    struct err *err)
{
	enum rc rc = postfix_record_put_back(w, r, "master.cf", err);

	if (rc != RC_NONE || r->service == NULL)
		return rc == RC_NONE ? RC_OK : rc;
	return postfix_wiring_remove_service(w, r->service, err);
}

enum rc
postfix_command_undo(struct postfix_wiring *w, const struct postfix_record *r,
    struct err *err)
{
	enum rc rc = postfix_wiring_read(w, err);

	if (rc == RC_OK)
		rc = undo_parameters(w, r, err);
	if (rc == RC_OK)
		rc = undo_service(w, r, err);
	if (rc == RC_OK)
		rc = postfix_command_check(w, err);
	return rc == RC_OK ? postfix_record_remove(w, r, err) : rc;
}
