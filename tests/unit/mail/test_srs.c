/* SPDX-License-Identifier: MIT */
#include "mail/srs.h"

#include "base/str.h"
#include "check.h"

#define DAY 86400

/* 2026-01-01, "7G", when most rows were made with Mail::SRS 0.31. */
static const int64_t new_year = 1767225600;

static const char *const domains[] = {"srs.fwd.example", "old.fwd.example"};

static struct srs
srs_with(const char *const *secrets, size_t n)
{
	return (struct srs){
	    domains, COUNT(domains), {NULL, NULL}, NULL, secrets, n, 21, 4, 4};
}

static struct srs
usual(void)
{
	static const char *const secrets[] = {"secret"};

	return srs_with(secrets, 1);
}

static struct address
read(struct arena *a, const char *text)
{
	struct address address;

	CHECK(address_read(a, text, &address, NULL) == RC_OK, text);
	return address;
}

/* NULL: it stays as it is. */
static const char *
forward(const struct srs *srs, struct arena *a, const char *sender, int64_t now,
    const char **token)
{
	struct address from = read(a, sender), as;
	enum rc rc = srs_forward(srs, a, &from, now, &as, token);

	CHECK(rc == RC_OK || rc == RC_NONE, sender);
	return rc == RC_OK ? address_text(a, &as) : NULL;
}

static struct srs_reversed
reverse(const struct srs *srs, struct arena *a, const char *text, int64_t now)
{
	struct address address = read(a, text);

	return srs_reverse(srs, a, &address, now);
}

static void
rewrites_senders(void **state)
{
	static const struct {
		const char *name, *sender;
		int64_t now;
		const char *want;
	} rows[] = {
	    {"plain", "alice@example.com", new_year,
		"SRS0=691N=7G=example.com=alice@srs.fwd.example"},
	    {"brackets", "<alice@example.com>", new_year,
		"SRS0=691N=7G=example.com=alice@srs.fwd.example"},
	    {"extension", "user+tag@example.org", new_year,
		"SRS0=wnkK=7G=example.org=user+tag@srs.fwd.example"},
	    {"last second of the day", "alice@example.com", new_year + DAY - 1,
		"SRS0=691N=7G=example.com=alice@srs.fwd.example"},
	    {"first day", "alice@example.com", 0,
		"SRS0=B2Hg=AA=example.com=alice@srs.fwd.example"},
	    {"second day", "alice@example.com", DAY,
		"SRS0=GWnL=AB=example.com=alice@srs.fwd.example"},
	    {"days come round", "alice@example.com", (int64_t)1024 * DAY,
		"SRS0=B2Hg=AA=example.com=alice@srs.fwd.example"},
	    {"no year 2038", "alice@example.com", 2147483648,
		"SRS0=nxnY=IX=example.com=alice@srs.fwd.example"},
	    {"base64url", "u8@example.com", new_year,
		"SRS0=AKX-=7G=example.com=u8@srs.fwd.example"},
	    {"srs0 is a name", "srs0@example.com", new_year,
		"SRS0=lAIO=7G=example.com=srs0@srs.fwd.example"},
	    {"the domain of SRS", "alice@srs.fwd.example", new_year, NULL},
	    {"our own SRS address",
		"SRS0=691N=7G=example.com=alice@srs.fwd.example", new_year,
		NULL},
	    {"postmaster", "postmaster", new_year, NULL},
	};
	struct arena *a = arena_new();
	struct srs srs = usual();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *token = "";

		CHECK_STR(forward(&srs, a, rows[i].sender, rows[i].now, &token),
		    rows[i].want, rows[i].name);
		CHECK_STR(token, NULL, rows[i].name);
	}
	arena_free(a);
}

/* The hop's own separator is kept; ours is always '='. */
static void
a_chain_does_not_grow(void **state)
{
	static const struct {
		const char *name, *sender, *want;
	} rows[] = {
	    {"SRS0 of another", "SRS0=SJjd=7G=example.com=alice@hop1.example",
		"SRS1=RWJo=hop1.example==SJjd=7G=example.com=alice"},
	    {"in lower case", "srs0=sjjd=7g=example.com=alice@hop1.example",
		"SRS1=RWJo=hop1.example==sjjd=7g=example.com=alice"},
	    {"with +", "SRS0+SJjd=7G=example.com=alice@hop1.example",
		"SRS1=IXjl=hop1.example=+SJjd=7G=example.com=alice"},
	    {"with -", "SRS0-SJjd=7G=example.com=alice@hop1.example",
		"SRS1=0wfG=hop1.example=-SJjd=7G=example.com=alice"},
	    {"whatever is in it", "SRS0=foo@hop1.example",
		"SRS1=yBTC=hop1.example==foo"},
	    {"SRS1 of another",
		"SRS1=xxxx=hop1.example==SJjd=7G=example.com=alice@hop9.org",
		"SRS1=RWJo=hop1.example==SJjd=7G=example.com=alice"},
	    {"SRS1 with -",
		"SRS1-xxxx=hop1.example==SJjd=7G=example.com=alice@hop9.org",
		"SRS1=RWJo=hop1.example==SJjd=7G=example.com=alice"},
	    {"SRS1 of SRS0+",
		"srs1+xxxx=hop1.example=+SJjd=7G=example.com=alice@hop9.org",
		"SRS1=IXjl=hop1.example=+SJjd=7G=example.com=alice"},
	};
	static const char *const secrets[] = {"hop2secret"};
	struct arena *a = arena_new();
	struct srs srs = srs_with(secrets, 1);

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *token;

		CHECK_STR(forward(&srs, a, rows[i].sender, new_year, &token),
		    arena_printf(a, "%s@srs.fwd.example", rows[i].want),
		    rows[i].name);
	}
	arena_free(a);
}

/* They are ordinary senders: each comes back as it was. */
static void
what_only_looks_like_srs_is_ordinary(void **state)
{
	static const char *const senders[] = {"srs0@h.org", "SRS1@h.org",
	    "SRS1=foo@h.org", "SRS1=a=b.org@h.org", "SRS1=a=b.org=@h.org",
	    "SRS1=a=b.org==@h.org", "SRS1=a=b.org=x=y@h.org",
	    "SRS1=a=-b-==x@h.org", "SRS1===x@h.org", "SRS0=@h.org",
	    "SRS0_a=b=c.org=d@h.org", "SRS2=a=b=c.org=d@h.org"};
	struct arena *a = arena_new();
	struct srs srs = usual();

	(void)state;
	for (size_t i = 0; i < COUNT(senders); i++) {
		const char *token;
		const char *as = forward(&srs, a, senders[i], new_year, &token);
		struct srs_reversed r = reverse(&srs, a, as, new_year);

		CHECK(strncmp(as, "SRS0=", 5) == 0, as);
		CHECK(r.answer == SRS_REVERSED, as);
		CHECK_STR(address_text(a, &r.sender), senders[i], as);
	}
	arena_free(a);
}

static void
finds_the_way_back(void **state)
{
	static const struct {
		const char *address, *want;
	} rows[] = {
	    {"SRS0=691N=7G=example.com=alice@srs.fwd.example",
		"alice@example.com"},
	    {"SRS0=691N=7G=example.com=alice@old.fwd.example",
		"alice@example.com"},
	    {"srs0=691n=7g=example.com=alice@SRS.fwd.example",
		"alice@example.com"},
	    {"SRS0=691N=7G=EXAMPLE.COM=ALICE@SRS.FWD.EXAMPLE",
		"ALICE@example.com"},
	    {"SRS0+691N=7G=example.com=alice@srs.fwd.example",
		"alice@example.com"},
	    {"SRS0-691N=7G=example.com=alice@srs.fwd.example",
		"alice@example.com"},
	    {"SRS0=691NyB=7G=example.com=alice@srs.fwd.example",
		"alice@example.com"},
	    {"SRS0=691NyBXpjpKnnd1VBn39=7G=example.com=alice@srs.fwd.example",
		"alice@example.com"},
	    {"SRS0=691NyBXpjpKnnd1VBn39yk-C0xk=7G=example.com=alice@srs.fwd."
	     "example",
		"alice@example.com"},
	    /* Which came back to us by another host. */
	    {"SRS1=ua2s=srs.fwd.example==691N=7G=example.com=alice@srs.fwd."
	     "example",
		"alice@example.com"},
	    {"SRS0=BQ+D=7G=example.com=u1@srs.fwd.example", "u1@example.com"},
	    {"SRS0=BQ-D=7G=example.com=u1@srs.fwd.example", "u1@example.com"},
	    {"SRS0=j/pP=7G=example.com=u20@srs.fwd.example", "u20@example.com"},
	    {"SRS0=j_pP=7G=example.com=u20@srs.fwd.example", "u20@example.com"},
	};
	struct arena *a = arena_new();
	struct srs srs = usual();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct srs_reversed r =
		    reverse(&srs, a, rows[i].address, new_year);

		CHECK(r.answer == SRS_REVERSED, rows[i].address);
		CHECK_STR(address_text(a, &r.sender), rows[i].want,
		    rows[i].address);
	}
	arena_free(a);
}

static void
leads_back_to_the_first_hop(void **state)
{
	static const struct {
		const char *secret, *address, *want;
	} rows[] = {
	    {"hop2secret", "SRS1=RWJo=hop1.example==SJjd=7G=example.com=alice",
		"SRS0=SJjd=7G=example.com=alice@hop1.example"},
	    {"hop3secret", "SRS1+RouK=hop1.example=+SJjd=7G=example.com=alice",
		"SRS0+SJjd=7G=example.com=alice@hop1.example"},
	    {"hop3secret", "SRS1-eFjM=hop1.example=-SJjd=7G=example.com=alice",
		"SRS0-SJjd=7G=example.com=alice@hop1.example"},
	    {"hop3secret", "srs1-efjm=hop1.example=-sjjd=7g=example.com=alice",
		"SRS0-sjjd=7g=example.com=alice@hop1.example"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct srs srs = srs_with(&rows[i].secret, 1);
		const char *address =
		    arena_printf(a, "%s@srs.fwd.example", rows[i].address);
		/* SRS1 does not grow old. */
		struct srs_reversed r =
		    reverse(&srs, a, address, new_year + (int64_t)500 * DAY);

		CHECK(r.answer == SRS_REVERSED, address);
		CHECK_STR(address_text(a, &r.sender), rows[i].want, address);
	}
	arena_free(a);
}

static void
says_why_there_is_no_way_back(void **state)
{
	static const struct {
		const char *address;
		enum srs_answer want;
	} rows[] = {
	    {"alice@srs.fwd.example", SRS_ORDINARY},
	    {"srs0@srs.fwd.example", SRS_ORDINARY},
	    {"SRS1@srs.fwd.example", SRS_ORDINARY},
	    {"SRS0_691N=7G=example.com=alice@srs.fwd.example", SRS_ORDINARY},
	    {"SRS0=691N=7G=example.com=alice@elsewhere.org", SRS_ELSEWHERE},
	    {"SRS0=691N=7G=example.com=alice@sub.srs.fwd.example",
		SRS_ELSEWHERE},
	    {"SRS0=691N=7G=example.com=alice@remotes.club", SRS_ELSEWHERE},
	    {"SRS0=@srs.fwd.example", SRS_MALFORMED},
	    {"SRS0=abcd=GM@srs.fwd.example", SRS_MALFORMED},
	    {"SRS0=691N=7G=example.com=@srs.fwd.example", SRS_MALFORMED},
	    {"SRS0=691N=7G==alice@srs.fwd.example", SRS_MALFORMED},
	    {"SRS0=691N==example.com=alice@srs.fwd.example", SRS_MALFORMED},
	    {"SRS0==7G=example.com=alice@srs.fwd.example", SRS_MALFORMED},
	    {"SRS1=RWJo=hop1.example@srs.fwd.example", SRS_MALFORMED},
	    {"SRS1=UZWL==@srs.fwd.example", SRS_MALFORMED},
	    {"SRS1=RWJo=-hop1-==x@srs.fwd.example", SRS_MALFORMED},
	    {"SRS1=RWJo=hop1.example=x=y@srs.fwd.example", SRS_MALFORMED},
	    {"SRS0=691N=7G=example.com=mallory@srs.fwd.example",
		SRS_HASH_INVALID},
	    {"SRS0=691N=ZZ=example.com=alice@srs.fwd.example",
		SRS_HASH_INVALID},
	    {"SRS0=AAAA=7G=example.com=alice@srs.fwd.example",
		SRS_HASH_INVALID},
	    {"SRS0=691=7G=example.com=alice@srs.fwd.example", SRS_HASH_INVALID},
	    {"SRS0=691NyBXX=7G=example.com=alice@srs.fwd.example",
		SRS_HASH_INVALID},
	    {"SRS0=691NyBXpjpKnnd1VBn39xxxxxxxxxxxxxxxx=7G=example.com="
	     "alice@srs.fwd.example",
		SRS_HASH_INVALID},
	    {"SRS1=Zx54=old.fwd.example==691N=7G=example.com=mallory@srs.fwd."
	     "example",
		SRS_HASH_INVALID},
	    /* Signed by us, and nevertheless nonsense. */
	    {"SRS0=j3eZ=7GA=example.com=alice@srs.fwd.example", SRS_EXPIRED},
	    {"SRS0=DdE7=7=example.com=alice@srs.fwd.example", SRS_EXPIRED},
	    {"SRS0=zcpw=8!=example.com=alice@srs.fwd.example", SRS_EXPIRED},
	    {"SRS0=l4yz=7G=1=0123@srs.fwd.example", SRS_MALFORMED},
	    {"SRS0=ByLx=7G=-x-=alice@srs.fwd.example", SRS_MALFORMED},
	    {"SRS1=AAAA=hop1.example==SJjd=7G=x.org=a@srs.fwd.example",
		SRS_HASH_INVALID},
	};
	struct arena *a = arena_new();
	struct srs srs = usual();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK(reverse(&srs, a, rows[i].address, new_year).answer ==
			  rows[i].want,
		    rows[i].address);
	arena_free(a);
}

static void
grows_old(void **state)
{
	static const struct {
		const char *name;
		int64_t now;
		enum srs_answer want;
	} rows[] = {
	    {"two days early", -2 * DAY, SRS_EXPIRED},
	    {"tomorrow's", -1 * DAY, SRS_REVERSED},
	    {"last second of the day before", -1, SRS_REVERSED},
	    {"same day", 0, SRS_REVERSED},
	    {"last second", 22 * DAY - 1, SRS_REVERSED},
	    {"the day after", 22 * DAY, SRS_EXPIRED},
	    {"500 days", (int64_t)500 * DAY, SRS_EXPIRED},
	    {"days come round", (int64_t)1024 * DAY, SRS_REVERSED},
	    {"and round", (int64_t)1046 * DAY, SRS_EXPIRED},
	};
	static const char address[] =
	    "SRS0=691N=7G=example.com=alice@srs.fwd.example";
	struct arena *a = arena_new();
	struct srs srs = usual();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK(reverse(&srs, a, address, new_year + rows[i].now)
			      .answer == rows[i].want,
		    rows[i].name);
	srs.max_age = 5;
	CHECK(reverse(&srs, a, address, new_year + 6 * DAY - 1).answer ==
		  SRS_REVERSED,
	    "max_age 5, in time");
	CHECK(reverse(&srs, a, address, new_year + 6 * DAY).answer ==
		  SRS_EXPIRED,
	    "max_age 5, too late");
	CHECK(srs_good_until(&srs, new_year + 7) == new_year + 6 * DAY,
	    "good until");
	arena_free(a);
}

static void
the_first_secret_signs_and_all_verify(void **state)
{
	static const char *const secrets[] = {"newkey", "secret"};
	static const char old[] =
	    "SRS0=691N=7G=example.com=alice@srs.fwd.example";
	static const char new[] =
	    "SRS0=Ledl=7G=example.com=alice@srs.fwd.example";
	struct arena *a = arena_new();
	struct srs both = srs_with(secrets, 2), first = srs_with(secrets, 1);
	struct srs none = srs_with(NULL, 0);
	const char *token;

	(void)state;
	CHECK_STR(forward(&both, a, "alice@example.com", new_year, &token), new,
	    "signs");
	CHECK(reverse(&both, a, old, new_year).answer == SRS_REVERSED, "old");
	CHECK(reverse(&both, a, new, new_year).answer == SRS_REVERSED, "new");
	CHECK(reverse(&first, a, old, new_year).answer == SRS_HASH_INVALID,
	    "dropped");
	CHECK(reverse(&none, a, old, new_year).answer == SRS_HASH_INVALID,
	    "none");
	arena_free(a);
}

static const char *
x_times(struct arena *a, int n)
{
	char *x = arena_take(a, (size_t)n + 1);

	memset(x, 'x', (size_t)n);
	return x;
}

/* 14 bytes go to what SRS0 adds. */
static void
a_sender_that_does_not_fit_becomes_a_token(void **state)
{
	static const struct {
		const char *name, *rest;
		int xs;
		bool fits;
	} rows[] = {
	    {"50 bytes", "@example.org", 39, true},
	    {"51 bytes", "@example.org", 40, false},
	    {"many", "@example.org", 200, false},
	    {"SRS1 that fits", "@hop.example", 0, true},
	    {"host 1, which stands for tokens", "ann@1", 0, false},
	};
	struct arena *a = arena_new();
	struct srs srs = usual();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *sender = arena_printf(a, "%s%s%s",
		    rows[i].rest[0] == '@' && rows[i].xs == 0 ? "SRS0=a" : "",
		    x_times(a, rows[i].xs), rows[i].rest);
		const char *token, *as;
		struct srs_reversed r;

		as = forward(&srs, a, sender, new_year, &token);
		CHECK(strcspn(as, "@") <= SRS_LOCAL_MAX, as);
		CHECK((token == NULL) == rows[i].fits, rows[i].name);
		r = reverse(&srs, a, str_lower(a, as), new_year);
		CHECK(r.answer == (rows[i].fits ? SRS_REVERSED : SRS_STORED),
		    rows[i].name);
		CHECK_STR(r.token, token, rows[i].name);
	}
	arena_free(a);
}

/* Postfix takes "%", "!" and "@" for routes and refuses them, Exim "/" and "|";
   many refuse whatever needs quotes, or SMTPUTF8. */
static void
a_sender_that_is_not_plain_becomes_a_token(void **state)
{
	static const char *const senders[] = {"user%gw@shop.example",
	    "host!user@shop.example", "50%@shop.example",
	    "\"a@b\"@shop.example", "\"a b\"@shop.example",
	    "\" \"@shop.example", "a..b@shop.example", "end.@shop.example",
	    "\"a\\\"b\"@shop.example", "\"a\\\\b\"@shop.example",
	    "\"a,b\"@shop.example", "\"a:b;c\"@shop.example",
	    "\"<x>\"@shop.example", "\"(x)\"@shop.example",
	    "\"[x]\"@shop.example", "a/b=c@shop.example", "a|b@shop.example",
	    "sam@[192.0.2.10]", "sam@[IPv6:2001:db8::1]",
	    "j\303\274rgen@shop.example",
	    "SRS0=SJjd=7G=x.org=user%gw@hop.example",
	    "SRS0=SJjd=7G=x.org=end.@hop.example",
	    "SRS1=xxxx=hop.example==SJjd=7G=x.org=a!b@hop9.example",
	    "\"SRS0=SJjd=7G=[192.0.2.1]=a\"@hop.example",
	    "\"SRS0=SJjd=7G=x.org=a b\"@hop.example",
	    "SRS0=SJjd=7G=x.org=j\303\274rgen@hop.example"};
	struct arena *a = arena_new();
	struct srs srs = usual();

	(void)state;
	for (size_t i = 0; i < COUNT(senders); i++) {
		const char *token;
		const char *as = forward(&srs, a, senders[i], new_year, &token);
		struct srs_reversed r = reverse(&srs, a, as, new_year);

		CHECK(token != NULL, senders[i]);
		CHECK(as[strspn(as, "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-_=@.")] == '\0',
		    as);
		CHECK(r.answer == SRS_STORED, as);
		CHECK_STR(r.token, token, as);
	}
	arena_free(a);
}

static void
a_sender_that_is_plain_does_not(void **state)
{
	static const char *const senders[] = {"o'brien@shop.example",
	    "-a@shop.example", "\".a\"@shop.example", "a+b=c@shop.example",
	    "#&*?^`{}~$@shop.example", "a@b\303\274cher.example"};
	struct arena *a = arena_new();
	struct srs srs = usual();

	(void)state;
	for (size_t i = 0; i < COUNT(senders); i++) {
		const char *token;

		forward(&srs, a, senders[i], new_year, &token);
		CHECK_STR(token, NULL, senders[i]);
	}
	arena_free(a);
}

/* What was given out so comes back, with its quotes, without them as Sendmail
   asks, and as policy requests have it. */
static void
reads_what_was_written_with_quotes(void **state)
{
	static const struct {
		const char *said, *want;
	} rows[] = {
	    {"\"SRS0=H-kD=7G=example.com=a b\"@srs.fwd.example",
		"\"a b\"@example.com"},
	    {"SRS0=H-kD=7G=example.com=a b@srs.fwd.example",
		"\"a b\"@example.com"},
	    {"<srs0=h-kd=7g=example.com=a b@SRS.fwd.example>",
		"\"a b\"@example.com"},
	    {"\"SRS0=wcGS=7G=[192.0.2.10]=sam\"@srs.fwd.example",
		"sam@[192.0.2.10]"},
	    {"SRS0=wcGS=7G=[192.0.2.10]=sam@srs.fwd.example",
		"sam@[192.0.2.10]"},
	    {"<SRS0=WCGS=7G=[192.0.2.10]=SAM@srs.fwd.example>",
		"SAM@[192.0.2.10]"},
	    {"SRS0=1ljm=7G=example.com=a@b@srs.fwd.example",
		"\"a@b\"@example.com"},
	};
	struct arena *a = arena_new();
	struct srs srs = usual();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct address address;
		struct srs_reversed r;

		CHECK(srs_read_address(a, rows[i].said, &address, NULL) ==
			  RC_OK,
		    rows[i].said);
		r = srs_reverse(&srs, a, &address, new_year);
		CHECK(r.answer == SRS_REVERSED, rows[i].said);
		CHECK_STR(address_text(a, &r.sender), rows[i].want,
		    rows[i].said);
	}
	arena_free(a);
}

static void
other_addresses_keep_their_grammar(void **state)
{
	static const struct {
		const char *said;
		enum rc want;
	} rows[] = {
	    {"ann@srs.fwd.example", RC_OK},
	    {"", RC_NONE},
	    {"<>", RC_NONE},
	    {"a@b@srs.fwd.example", RC_PERM},
	    {"[x]@srs.fwd.example", RC_PERM},
	    {"SRS0=a@b@", RC_PERM},
	    {"SRS0=a@b@-x-", RC_PERM},
	    {"SRS0=a@b\001@srs.fwd.example", RC_PERM},
	    {"SRS0=a@b\377@srs.fwd.example", RC_PERM},
	    {"SRS0=[", RC_PERM},
	    {"<SRS0=[>", RC_PERM},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct address address;

		CHECK(srs_read_address(a, rows[i].said, &address, NULL) ==
			  rows[i].want,
		    rows[i].said);
		CHECK((address.local != NULL) == (rows[i].want == RC_OK),
		    rows[i].said);
	}
	arena_free(a);
}

/* Who knows the sender cannot know it without the secret. */
static void
a_token_has_32_digits(void **state)
{
	static const char *const secrets[] = {"another", "secret"};
	static const char sender[] =
	    "bounces+1234567-abcd-alice=remotes.club@em1234.shop.example.com";
	struct arena *a = arena_new();
	struct srs srs = usual(), other = srs_with(secrets, 2);
	const char *token, *again, *as;

	(void)state;
	as = forward(&srs, a, sender, new_year, &token);
	CHECK(strlen(token) == 32, token);
	CHECK(token[strspn(token, "0123456789ABCDEFGHIJKLMNOPQRSTUV")] == '\0',
	    token);
	CHECK(strstr(as, token) != NULL, as);
	forward(&srs, a, sender, new_year, &again);
	CHECK_STR(again, token, "the same");
	forward(&other, a, sender, new_year, &again);
	CHECK(strcmp(again, token) != 0, "another secret");
	arena_free(a);
}

static void
a_hash_may_be_longer(void **state)
{
	static const struct {
		unsigned length, min;
		const char *hash;
		enum srs_answer want;
	} rows[] = {
	    {20, 20, "691NyBXpjpKnnd1VBn39", SRS_REVERSED},
	    {20, 20, "691nybxpjpknnd1vbn39", SRS_REVERSED},
	    {20, 20, "691NyBXpjpKnnd1VBn3", SRS_HASH_SHORT},
	    {20, 20, "691N", SRS_HASH_SHORT},
	    {20, 20, "AAAA", SRS_HASH_SHORT},
	    {20, 20, "691", SRS_HASH_INVALID},
	    {20, 20, "AAAAAAAAAAAAAAAAAAAA", SRS_HASH_INVALID},
	    {8, 4, "691N", SRS_REVERSED},
	    {8, 4, "691NyBXp", SRS_REVERSED},
	    {8, 4, "691NyBXx", SRS_HASH_INVALID},
	    {8, 4, "AAAA", SRS_HASH_INVALID},
	    /* As PostSRSd may have been told to. */
	    {4, 3, "691", SRS_REVERSED},
	    {4, 3, "69", SRS_HASH_INVALID},
	    {4, 1, "6", SRS_REVERSED},
	    {4, 1, "7", SRS_HASH_INVALID},
	};
	struct arena *a = arena_new();
	struct srs srs = usual();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct srs_reversed r;

		srs.hash_length = rows[i].length;
		srs.hash_length_min = rows[i].min;
		r = reverse(&srs, a,
		    arena_printf(a, "SRS0=%s=7G=example.com=alice@%s",
			rows[i].hash, domains[0]),
		    new_year);
		CHECK(r.answer == rows[i].want, rows[i].hash);
		CHECK(r.hash_length == (r.answer == SRS_HASH_SHORT
					       ? strlen(rows[i].hash)
					       : 0),
		    rows[i].hash);
	}
	arena_free(a);
}

static void
a_longer_hash_is_written(void **state)
{
	struct arena *a = arena_new();
	struct srs srs = usual();
	const char *token, *as;

	(void)state;
	srs.hash_length = srs.hash_length_min = 20;
	CHECK_STR(forward(&srs, a, "alice@example.com", new_year, &token),
	    "SRS0=691NyBXpjpKnnd1VBn39=7G=example.com=alice@srs.fwd.example",
	    "SRS0");
	as = forward(&srs, a, "SRS0=SJjd=7G=x.org=alice@hop.example", new_year,
	    &token);
	CHECK(strcspn(as + 5, "=") == 20, as);
	as = forward(&srs, a, "a b@example.com", new_year, &token);
	CHECK(strcspn(as, "@") == 5 + 20 + 1 + 2 + 3 + 32, as);
	CHECK(reverse(&srs, a, as, new_year).answer == SRS_STORED, as);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rewrites_senders),
	    cmocka_unit_test(a_chain_does_not_grow),
	    cmocka_unit_test(what_only_looks_like_srs_is_ordinary),
	    cmocka_unit_test(finds_the_way_back),
	    cmocka_unit_test(leads_back_to_the_first_hop),
	    cmocka_unit_test(says_why_there_is_no_way_back),
	    cmocka_unit_test(grows_old),
	    cmocka_unit_test(the_first_secret_signs_and_all_verify),
	    cmocka_unit_test(a_sender_that_does_not_fit_becomes_a_token),
	    cmocka_unit_test(a_sender_that_is_not_plain_becomes_a_token),
	    cmocka_unit_test(a_sender_that_is_plain_does_not),
	    cmocka_unit_test(reads_what_was_written_with_quotes),
	    cmocka_unit_test(other_addresses_keep_their_grammar),
	    cmocka_unit_test(a_token_has_32_digits),
	    cmocka_unit_test(a_hash_may_be_longer),
	    cmocka_unit_test(a_longer_hash_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
