/* SPDX-License-Identifier: MIT */
#include "backup_write.h"

#include "auth/crypto.h"
#include "base/str.h"
#include "ustar.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define CHUNK ((size_t)64 * 1024)

struct backup {
	FILE *to;
	struct arena *arena;
	struct digest *digest;
	struct str sums, folders; /* lines: of files; of folders that are in */
};

struct backup *
backup_begin(FILE *to)
{
	struct arena *a = arena_new();
	struct backup *b = arena_take(a, sizeof(*b));

	b->to = to;
	b->arena = a;
	b->digest = digest_new();
	str_init(&b->sums, a);
	str_init(&b->folders, a);
	return b;
}

static enum rc
write_backup_head(struct backup *b, const char *name, const struct stat *st,
    struct err *err)
{
	const struct passwd *user = getpwuid(st->st_uid);
	const struct group *group = getgrgid(st->st_gid);
	const struct ustar member = {
	    .name = name,
	    .folder = S_ISDIR(st->st_mode),
	    .mode = st->st_mode & 07777,
	    .uid = st->st_uid,
	    .gid = st->st_gid,
	    .user = user == NULL ? "" : user->pw_name,
	    .group = group == NULL ? "" : group->gr_name,
	    .size = S_ISDIR(st->st_mode) ? 0 : (uint64_t)st->st_size,
	    .changed = st->st_mtim.tv_sec,
	};
	unsigned char block[USTAR_BLOCK];

	if (!ustar_write(&member, block))
		return err_set(err, RC_PERM,
		    "/%s: its name, or it, is too long for an archive", name);
	fwrite(block, 1, sizeof(block), b->to);
	return RC_OK;
}

static void
pad_backup(struct backup *b, uint64_t size)
{
	static const char nothing[USTAR_BLOCK];

	fwrite(nothing, 1, (USTAR_BLOCK - size % USTAR_BLOCK) % USTAR_BLOCK,
	    b->to);
}

/* A folder once, before what is in it, and those above before it. */
static enum rc
add_backup_folders(struct backup *b, const char *path, struct err *err)
{
	char *p = arena_copy_text(b->arena, path);
	enum rc rc = RC_OK;

	for (char *slash = strchr(p, '/'); slash != NULL && rc == RC_OK;
	     slash = strchr(slash + 1, '/')) {
		struct stat st;
		const char *line;

		*slash = '\0';
		line = arena_printf(b->arena, "\n%s\n", p);
		if (strstr(b->folders.text, line) == NULL &&
		    stat(arena_printf(b->arena, "/%s", p), &st) == 0) {
			str_add(&b->folders, line);
			rc = write_backup_head(b, p, &st, err);
		}
		*slash = '/';
	}
	return rc;
}

static enum rc
copy_into_backup(struct backup *b, FILE *from, const char *path, uint64_t size,
    struct err *err)
{
	char buffer[CHUNK];
	uint64_t left = size;

	while (left > 0) {
		size_t want = left < CHUNK ? (size_t)left : CHUNK;
		size_t n = fread(buffer, 1, want, from);

		if (n == 0)
			return err_set(err, RC_TEMP, "%s: %s", path,
			    ferror(from) ? strerror(errno)
					 : "it became shorter while it was "
					   "read: try again");
		digest_add(b->digest, buffer, n);
		fwrite(buffer, 1, n, b->to);
		left -= n;
	}
	pad_backup(b, size);
	return RC_OK;
}

static enum rc
note_backup_sum(struct backup *b, const char *name, struct err *err)
{
	unsigned char sum[CRYPTO_SHA256_LEN];

	if (digest_end(b->digest, sum) != RC_OK)
		return err_set(err, RC_TEMP, "SHA-256: OpenSSL cannot");
	for (size_t i = 0; i < sizeof(sum); i++)
		str_addf(&b->sums, "%02x", sum[i]);
	str_addf(&b->sums, "  %s\n", name);
	return RC_OK;
}

static enum rc
add_backup_file(struct backup *b, const char *name, FILE *from,
    const char *path, struct err *err)
{
	struct stat st, content;
	enum rc rc;

	if (fstat(fileno(from), &content) != 0 ||
	    stat(arena_printf(b->arena, "/%s", name), &st) != 0)
		return err_set(err, RC_TEMP, "%s: %s", path, strerror(errno));
	if (!S_ISREG(content.st_mode))
		return err_set(err, RC_PERM, "%s: not a file", path);
	st.st_size = content.st_size;
	rc = write_backup_head(b, name, &st, err);
	if (rc == RC_OK)
		rc = copy_into_backup(b, from, path, (uint64_t)st.st_size, err);
	return rc == RC_OK ? note_backup_sum(b, name, err) : rc;
}

enum rc
backup_add_open(struct backup *b, const char *as, FILE *from, struct err *err)
{
	const char *name = as + strspn(as, "/");
	enum rc rc = add_backup_folders(b, name, err);

	return rc == RC_OK ? add_backup_file(b, name, from, as, err) : rc;
}

enum rc
backup_add(struct backup *b, const char *as, const char *from, struct err *err)
{
	FILE *file = fopen(from, "re");
	enum rc rc;

	if (file == NULL)
		return err_set(err, errno == ENOENT ? RC_NONE : RC_TEMP,
		    "%s: %s", from, strerror(errno));
	rc = backup_add_open(b, as, file, err);
	fclose(file);
	return rc;
}

enum rc
backup_end(struct backup *b, struct err *err)
{
	static const char nothing[2 * USTAR_BLOCK];
	struct stat st = {
	    .st_mode = S_IFREG | 0600,
	    .st_size = (off_t)b->sums.len,
	    .st_mtim.tv_sec = time(NULL),
	};
	enum rc rc = write_backup_head(b, BACKUP_SUMS, &st, err);

	fwrite(b->sums.text, 1, b->sums.len, b->to);
	pad_backup(b, b->sums.len);
	fwrite(nothing, 1, sizeof(nothing), b->to);
	if (rc == RC_OK && (fflush(b->to) != 0 || ferror(b->to)))
		rc = err_set(err, RC_TEMP, "it cannot be written: %s",
		    strerror(errno));
	digest_free(b->digest);
	arena_free(b->arena);
	return rc;
}
