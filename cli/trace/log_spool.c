/* SPDX-License-Identifier: MIT */
#include "log_spool.h"

#include "base/clock.h"
#include "base/process.h"
#include "base/str.h"
#include "base/temporary_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TIMEOUT_MS ((int64_t)3600 * 1000)
#define LINE_BYTES ((size_t)1024) /* of what it says in the end */

/* "not see" is for root alone, or members of these groups. */
#define JOURNAL_CURE                                                           \
	"run it as root, or as a member of the group systemd-journal; if the " \
	"log is in a file, name it: --log /var/log/mail.log"

static const struct {
	const char *ending, *program;
} unpackers[] = {
    {".gz", "gzip"},
    {".xz", "xz"},
    {".zst", "zstd"},
    {".bz2", "bzip2"},
};

const char *
log_spool_unpacker(const char *path)
{
	for (size_t i = 0; i < sizeof(unpackers) / sizeof(*unpackers); i++)
		if (str_ends_fold(path, unpackers[i].ending))
			return unpackers[i].program;
	return NULL;
}

struct spool {
	int fd;
	int64_t size;
	int error; /* of writing to it */
};

static void
spool_bytes(void *context, const char *bytes, size_t len)
{
	struct spool *spool = context;

	if (spool->error != 0)
		return;
	if (temporary_file_write(spool->fd, bytes, len))
		spool->size += (int64_t)len;
	else
		spool->error = errno;
}

static enum rc
spool_output(struct arena *a, const char *const *argv, size_t n,
    struct spool *spool, struct err *err)
{
	static const char *const env[] = {"LC_ALL=C.UTF-8", NULL};
	const struct process process = {
	    .argv = argv,
	    .n_argv = n,
	    .env = env,
	    .input = "",
	    .timeout_ms = TIMEOUT_MS,
	    .line_max = LINE_BYTES,
	    .bytes = spool_bytes,
	    .context = spool,
	};
	enum rc rc;

	*spool = (struct spool){.fd = temporary_file_open()};
	if (spool->fd < 0)
		return err_set(err, RC_TEMP, "temporary file: %s",
		    strerror(errno));
	rc = process_run(a, &process, err);
	return spool->error == 0 ? rc
				 : err_set(err, RC_TEMP, "temporary file: %s",
				       strerror(spool->error));
}

enum rc
log_spool_unpack(struct arena *a, const char *path, const char *unpacker,
    int64_t latest, struct log_files *log, struct err *err)
{
	char *whole = realpath(path, NULL);
	const char *argv[] = {process_find(a, unpacker), "-dc",
	    arena_copy_text(a, whole == NULL ? path : whole)};
	struct spool spool;
	enum rc rc;

	free(whole);
	if (argv[0] == NULL)
		return err_set(err, RC_TEMP, "there is no %s to unpack it",
		    unpacker);
	rc = spool_output(a, argv, 3, &spool, err);
	if (spool.fd >= 0)
		log_files_add(log, a, path, spool.fd, spool.size, latest);
	return rc;
}

/* journalctl(1) names no time zone with seconds since 1970. */
enum rc
log_spool_journal(struct arena *a, int64_t since, int64_t before,
    struct log_files *log, struct err *err)
{
	const char *argv[] = {process_find(a, "journalctl"), "--quiet",
	    "--no-pager", "--output=short-iso-precise",
	    arena_printf(a, "--since=@%lld", (long long)since),
	    "SYSLOG_FACILITY=2", NULL};
	size_t n = 6;
	struct spool spool;
	struct err why;
	enum rc rc;

	if (before != INT64_MAX)
		argv[n++] = arena_printf(a, "--until=@%lld", (long long)before);
	if (argv[0] == NULL)
		return err_set(err, RC_TEMP,
		    "there is no log of mail that could be found, and no "
		    "journalctl; name the file: --log /var/log/mail.log");
	rc = spool_output(a, argv, n, &spool, &why);
	if (spool.fd >= 0)
		log_files_add(log, a, "the journal", spool.fd, spool.size,
		    clock_now());
	if (rc != RC_OK)
		return err_set(err, RC_TEMP, "the journal: %s; " JOURNAL_CURE,
		    why.text);
	return spool.size > 0 || geteuid() == 0
		   ? RC_OK
		   : err_set(err, RC_TEMP,
			 "the journal shows no mail; " JOURNAL_CURE);
}
