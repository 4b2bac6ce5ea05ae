/* SPDX-License-Identifier: MIT */
#include "process_age.h"

#include "base/clock.h"
#include "base/str.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* The kernel cuts names in /proc after so many bytes. */
#define NAME_MAX_SHOWN 15
#define STAT_MAX       2048

/* The fields of /proc/PID/stat, counted behind the name in parentheses. */
enum stat_field {
	STAT_PARENT = 1,
	STAT_BEGAN = 19
};

/* A small file of /proc; NULL: there is none. */
static const char *
proc_read(struct arena *a, const char *path)
{
	char text[STAT_MAX];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	return got < 0 ? NULL : arena_copy_bytes(a, text, (size_t)got);
}

/* The name, and the field of that number; NULL: no such process, or one that
   has ended and waits for its parent to hear of it. */
static const char *
stat_field(struct arena *a, long pid, enum stat_field field, const char **name)
{
	const char *text = proc_read(a, arena_printf(a, "/proc/%ld/stat", pid));
	const char *begin, *end;

	if (text == NULL)
		return NULL;
	begin = strchr(text, '(');
	end = strrchr(text, ')');
	if (begin == NULL || end == NULL)
		return NULL;
	*name = arena_copy_bytes(a, begin + 1, (size_t)(end - begin - 1));
	end++;
	if (str_starts(end, " Z"))
		return NULL;
	for (int i = 0; i < (int)field; i++) {
		end += strspn(end, " ");
		end += strcspn(end, " ");
	}
	return end + strspn(end, " ");
}

static bool
name_fits(const char *shown, const char *name)
{
	return strncmp(shown, name, NAME_MAX_SHOWN) == 0;
}

bool
process_is_called(struct arena *a, long pid, const char *name)
{
	const char *shown;

	return stat_field(a, pid, STAT_PARENT, &shown) != NULL &&
	       name_fits(shown, name);
}

/* Milliseconds since 1970 at which the machine began.  /proc/uptime may be that
   of a container, and the times of processes are not. */
static int64_t
machine_began_ms(void)
{
	struct timespec up;

	clock_gettime(CLOCK_BOOTTIME, &up);
	return clock_now_ms() - up.tv_sec * 1000 - up.tv_nsec / 1000000;
}

int64_t
process_began_ms(struct arena *a, long pid)
{
	const char *name, *ticks = stat_field(a, pid, STAT_BEGAN, &name);
	long each = sysconf(_SC_CLK_TCK);

	return ticks == NULL || each <= 0
		   ? 0
		   : machine_began_ms() +
			 strtoll(ticks, NULL, 10) * 1000 / each;
}

void
process_each(struct arena *a, const char *name,
    void (*visit)(void *context, long pid), void *context)
{
	DIR *all = opendir("/proc");
	struct dirent *entry;

	while (all != NULL && (entry = readdir(all)) != NULL) {
		long pid = strtol(entry->d_name, NULL, 10);

		if (pid > 0 && process_is_called(a, pid, name))
			visit(context, pid);
	}
	if (all != NULL)
		closedir(all);
}

struct child_wanted {
	struct arena *arena;
	long parent;
	int64_t began;
};

static void
child_visit(void *context, long pid)
{
	struct child_wanted *wanted = context;
	const char *name,
	    *parent = stat_field(wanted->arena, pid, STAT_PARENT, &name);

	if (parent != NULL && strtol(parent, NULL, 10) == wanted->parent)
		wanted->began = process_began_ms(wanted->arena, pid);
}

int64_t
process_child_began_ms(struct arena *a, long parent, const char *name)
{
	struct child_wanted wanted = {.arena = a, .parent = parent};

	process_each(a, name, child_visit, &wanted);
	return wanted.began;
}

bool
process_is_outdated(struct arena *a, long pid, const char *name)
{
	static const char gone[] = " (deleted)";
	char path[4096];
	const char *file;
	ssize_t len = readlink(arena_printf(a, "/proc/%ld/exe", pid), path,
	    sizeof(path) - 1);

	if (len < 0)
		return false;
	path[len] = '\0';
	if (len > (ssize_t)strlen(gone) &&
	    strcmp(path + len - strlen(gone), gone) == 0)
		return true;
	/* Moved away: another stands in its place. */
	file = strrchr(path, '/');
	return file != NULL && str_starts(file + 1, name) &&
	       strcmp(file + 1, name) != 0;
}

int64_t
file_changed_ms(const char *path)
{
	struct stat st;

	return stat(path, &st) != 0
		   ? 0
		   : st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
}
