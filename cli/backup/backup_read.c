/* SPDX-License-Identifier: MIT */
#include "backup_read.h"

#include "backup_write.h"
#include "base/str.h"
#include "store/db.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define CHUNK    ((size_t)64 * 1024)
#define SUMS_MAX ((uint64_t)16 * 1024 * 1024)

static enum rc
not_whole(struct err *err)
{
	return err_set(err, RC_PERM, "no backup, or not all of one");
}

/* The SHA-256 of what stands at the place where it is. */
static enum rc
sum_of_member(FILE *from, struct backup_member *m, struct err *err)
{
	struct digest *digest = digest_new();
	uint64_t left = m->head.size;
	char buffer[CHUNK];
	enum rc rc;

	while (left > 0) {
		size_t want = left < CHUNK ? (size_t)left : CHUNK;
		size_t n = fread(buffer, 1, want, from);

		if (n == 0)
			break;
		digest_add(digest, buffer, n);
		left -= n;
	}
	rc = left > 0 ? not_whole(err) : digest_end(digest, m->sum);
	digest_free(digest);
	return rc;
}

/* Is it what the last member says of that file? */
static bool
is_sum_listed(struct arena *a, const char *sums,
    const struct backup_member *member)
{
	struct str line;

	str_init(&line, a);
	str_add(&line, "\n");
	for (size_t i = 0; i < sizeof(member->sum); i++)
		str_addf(&line, "%02x", member->sum[i]);
	str_addf(&line, "  %s\n", member->head.name);
	return strstr(sums, line.text) != NULL;
}

static enum rc
check_sums(struct arena *a, FILE *from, const struct ustar *head,
    const struct backup_content *content, struct err *err)
{
	size_t lines = 0, files = 0;
	char *sums;

	if (head->size > SUMS_MAX)
		return not_whole(err);
	sums = arena_take(a, (size_t)head->size + 2);
	sums[0] = '\n';
	if (fread(sums + 1, 1, (size_t)head->size, from) != head->size)
		return not_whole(err);
	for (size_t i = 0; i < content->n; i++) {
		const struct backup_member *m = &content->members[i];

		files += !m->head.folder;
		if (!m->head.folder && !is_sum_listed(a, sums, m))
			return err_set(err, RC_PERM,
			    "%s in it is not what was written", m->head.name);
	}
	for (const char *p = sums + 1; *p != '\0'; p++)
		lines += *p == '\n';
	return lines == files ? RC_OK : not_whole(err);
}

static enum rc
read_member(struct arena *a, FILE *from, const struct ustar *head,
    struct backup_content *out, struct err *err)
{
	struct backup_member *m;
	uint64_t whole =
	    (head->size + USTAR_BLOCK - 1) / USTAR_BLOCK * USTAR_BLOCK;
	enum rc rc;

	out->members = db_more(a, out->members, out->n, sizeof(*m));
	m = &out->members[out->n++];
	m->head = *head;
	m->at = ftell(from);
	rc = m->at < 0 ? not_whole(err) : sum_of_member(from, m, err);
	if (rc == RC_OK && fseek(from, m->at + (long)whole, SEEK_SET) != 0)
		rc = not_whole(err);
	return rc;
}

enum rc
backup_read(struct arena *a, FILE *from, struct backup_content *out,
    struct err *err)
{
	unsigned char block[USTAR_BLOCK];
	enum rc rc = RC_OK;
	struct ustar head;

	*out = (struct backup_content){0};
	while (rc == RC_OK) {
		if (fread(block, 1, sizeof(block), from) != sizeof(block) ||
		    ustar_read(a, block, &head) != USTAR_MEMBER)
			return not_whole(err);
		if (!head.folder && strcmp(head.name, BACKUP_SUMS) == 0)
			return check_sums(a, from, &head, out, err);
		rc = read_member(a, from, &head, out, err);
	}
	return rc;
}

enum rc
backup_extract(FILE *from, const struct backup_member *member, int to,
    struct err *err)
{
	uint64_t left = member->head.size;
	char buffer[CHUNK];

	if (fseek(from, member->at, SEEK_SET) != 0)
		return not_whole(err);
	while (left > 0) {
		size_t want = left < CHUNK ? (size_t)left : CHUNK;
		size_t n = fread(buffer, 1, want, from);

		if (n == 0)
			return not_whole(err);
		if (write(to, buffer, n) != (ssize_t)n)
			return err_set(err, RC_TEMP, "%s", strerror(errno));
		left -= n;
	}
	return RC_OK;
}
