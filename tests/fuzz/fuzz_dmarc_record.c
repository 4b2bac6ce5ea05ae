/* SPDX-License-Identifier: MIT */
/* Whatever stands in a TXT record: it has a policy or none, and what is added
   at its end changes nothing of it. */
#include "auth/dmarc_record.h"
#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void
must(bool so)
{
	if (!so)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const char more[] = ";x;psd=u;t=n;adkim=r;aspf=r;=;";
	struct arena *a = arena_new();
	char *text = arena_take(a, size + sizeof(more));
	struct dmarc_record first, second;

	memcpy(text, bytes, size);
	if (dmarc_record_read(text, size, &first)) {
		must(!first.usable || first.p != DMARC_POLICY_UNSAID);
		must(dmarc_policy_lowered(first.p) <= first.p);
		memcpy(text + size, more, sizeof(more));
		must(dmarc_record_read(text, size + sizeof(more) - 1, &second));
		must(first.usable == second.usable && first.p == second.p);
		must(first.sp == second.sp && first.np == second.np);
		must(first.psd == second.psd);
		must(first.testing == second.testing);
		must(first.dkim_strict == second.dkim_strict);
		must(first.spf_strict == second.spf_strict);
	}
	arena_free(a);
	return 0;
}
