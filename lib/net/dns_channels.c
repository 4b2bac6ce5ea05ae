/* SPDX-License-Identifier: MIT */
#include "net/private/dns_channels.h"

#include "base/memory.h"

#include <arpa/nameser.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define IDLE_MAX 4 /* each has some 75 kB of tables that c-ares makes */

/* Larger UDP answers may be fragmented, and lost. */
#define EDNS_SIZE 1232

/* With that time-out c-ares never sends a question again, and never ends it
   before dns_cares.c does. */
#define ONE_TRY 1
#define MORE_MS 60000

/* A channel is sent to this address to forget what it measured: nobody is asked
   there (RFC 5737). */
#define NOBODY "\xc0\0\2\1"

/* True: this c-ares remembers how fast servers were. */
#define ARES_HAS_MEMORY (ARES_VERSION >= 0x012000)

/* How many questions one port sends, where c-ares can count them (from 1.20
   on).  With fewer, more sockets would be needed than ares_getsock reports. */
#define PORT_QUERIES 8

struct dns_channels {
	struct ares_addr_port_node resolvers[DNS_SERVERS_MAX];
	unsigned n;
	int64_t timeout_ms;   /* time-out of each channel */
	pthread_mutex_t lock; /* guards what is below */
	struct dns_channel_set *idle;
	unsigned n_idle;
};

static enum rc
channel_open(const struct dns_channels *pool, ares_channel *out,
    struct err *err)
{
	char lookups[] = "b"; /* keeps c-ares from reading nsswitch.conf */
	struct ares_options options = {
	    .flags = ARES_FLAG_EDNS | ARES_FLAG_NOCHECKRESP,
	    .timeout = (int)pool->timeout_ms,
	    .tries = ONE_TRY,
	    .ednspsz = EDNS_SIZE,
	    .lookups = lookups,
	};
	int given = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
		    ARES_OPT_EDNSPSZ | ARES_OPT_LOOKUPS | ARES_OPT_DOMAINS;
	int status;

#ifdef ARES_OPT_MAXTIMEOUTMS
	options.maxtimeout = (int)pool->timeout_ms; /* or 5 s */
	given |= ARES_OPT_MAXTIMEOUTMS;
#endif
#ifdef ARES_OPT_QUERY_CACHE
	given |= ARES_OPT_QUERY_CACHE; /* no buffer of c-ares: ours is enough */
#endif
#ifdef ARES_OPT_UDP_MAX_QUERIES
	options.udp_max_queries = PORT_QUERIES;
	given |= ARES_OPT_UDP_MAX_QUERIES;
#endif
	status = ares_init_options(out, &options, given);
	if (status != ARES_SUCCESS)
		return err_set(err, RC_TEMP, "c-ares: %s",
		    ares_strerror(status));
	return RC_OK;
}

static bool
read_resolver_port(const char *text, int *out)
{
	char *end;
	long port;

	*out = NS_DEFAULTPORT;
	if (*text == '\0')
		return true;
	if (text[0] != ':' || text[1] < '0' || text[1] > '9')
		return false;
	port = strtol(text + 1, &end, 10);
	*out = (int)port;
	return *end == '\0' && port >= 1 && port <= 65535;
}

/* "192.0.2.1", "192.0.2.1:53", "2001:db8::1", "[2001:db8::1]:53" */
static bool
read_resolver(const char *text, struct ares_addr_port_node *out)
{
	bool bracket = text[0] == '[';
	bool has_port = bracket || strchr(text, ':') == strrchr(text, ':');
	const char *start = text + bracket;
	size_t len = strcspn(start, bracket ? "]" : has_port ? ":" : "");
	const char *after = start + len;
	char address[INET6_ADDRSTRLEN];
	struct ip ip;

	if (len >= sizeof(address))
		return false;
	memcpy(address, start, len);
	address[len] = '\0';
	if (bracket && *after++ != ']')
		return false;
	if (!ip_parse(address, &ip) ||
	    !read_resolver_port(after, &out->udp_port))
		return false;
	out->tcp_port = out->udp_port;
	out->family = ip.version == 4 ? AF_INET : AF_INET6;
	memcpy(&out->addr, ip.bytes, ip.version == 4 ? 4 : 16);
	return true;
}

bool
dns_server_valid(const char *text)
{
	struct ares_addr_port_node node;

	return read_resolver(text, &node);
}

static enum rc
resolvers_of_settings(struct dns_channels *pool,
    const struct dns_settings *settings, struct err *err)
{
	if (settings->n_servers > DNS_SERVERS_MAX)
		return err_set(err, RC_PERM, "more than %d resolvers",
		    DNS_SERVERS_MAX);
	for (; pool->n < settings->n_servers; pool->n++) {
		const char *text = settings->servers[pool->n];

		if (!read_resolver(text, &pool->resolvers[pool->n]))
			return err_set(err, RC_PERM,
			    "resolver %s: expected ADDRESS or ADDRESS:PORT",
			    text);
	}
	return RC_OK;
}

/* Copies the servers of /etc/resolv.conf, which every channel of c-ares begins
   with. */
static enum rc
resolvers_of_system(struct dns_channels *pool, struct err *err)
{
	struct ares_addr_port_node *list, *node;
	ares_channel channel;
	enum rc rc = channel_open(pool, &channel, err);
	int status;

	if (rc != RC_OK)
		return rc;
	status = ares_get_servers_ports(channel, &list);
	ares_destroy(channel);
	if (status != ARES_SUCCESS || list == NULL)
		return err_set(err, RC_TEMP, "no resolver in /etc/resolv.conf");
	for (node = list; node != NULL && pool->n < DNS_SERVERS_MAX;
	     node = node->next) {
		pool->resolvers[pool->n] = *node;
		pool->resolvers[pool->n++].next = NULL;
	}
	ares_free_data(list);
	return RC_OK;
}

enum rc
dns_channels_open(const struct dns_settings *settings,
    struct dns_channels **out, struct err *err)
{
	int status = ares_library_init(ARES_LIB_INIT_ALL);
	struct dns_channels *pool;
	enum rc rc;

	if (status != ARES_SUCCESS)
		return err_set(err, RC_TEMP, "c-ares: %s",
		    ares_strerror(status));
	pool = memory_zeroed(1, sizeof(*pool));
	pool->timeout_ms = settings->timeout_ms + MORE_MS;
	pthread_mutex_init(&pool->lock, NULL);
	rc = settings->n_servers > 0
		 ? resolvers_of_settings(pool, settings, err)
		 : resolvers_of_system(pool, err);
	if (rc == RC_OK)
		*out = pool;
	else
		dns_channels_close(pool);
	return rc;
}

static void
set_free(struct dns_channel_set *set)
{
	for (size_t try = 0; try < DNS_TRIES_MAX; try++)
		for (size_t i = 0; i < DNS_SERVERS_MAX; i++)
			if (set->to[try][i] != NULL)
				ares_destroy(set->to[try][i]);
	free(set);
}

void
dns_channels_close(struct dns_channels *pool)
{
	while (pool->idle != NULL) {
		struct dns_channel_set *set = pool->idle;

		pool->idle = set->next;
		set_free(set);
	}
	pthread_mutex_destroy(&pool->lock);
	free(pool);
	ares_library_cleanup();
}

unsigned
dns_channels_count(const struct dns_channels *pool)
{
	return pool->n;
}

struct dns_channel_set *
dns_channels_take(struct dns_channels *pool)
{
	struct dns_channel_set *set;

	pthread_mutex_lock(&pool->lock);
	set = pool->idle;
	if (set != NULL) {
		pool->idle = set->next;
		pool->n_idle--;
	}
	pthread_mutex_unlock(&pool->lock);
	if (set == NULL && (set = calloc(1, sizeof(*set))) == NULL)
		abort();
	return set;
}

/* After its last question a channel closes its sockets, so that a late answer
   reaches nobody. */
void
dns_channels_give_back(struct dns_channels *pool, struct dns_channel_set *set)
{
	bool keep;

	for (size_t try = 0; try < DNS_TRIES_MAX; try++)
		for (size_t i = 0; i < pool->n; i++) {
			set->used[try][i] = set->to[try][i] != NULL;
			if (set->used[try][i])
				ares_cancel(set->to[try][i]);
		}
	pthread_mutex_lock(&pool->lock);
	keep = pool->n_idle < IDLE_MAX;
	if (keep) {
		set->next = pool->idle;
		pool->idle = set;
		pool->n_idle++;
	}
	pthread_mutex_unlock(&pool->lock);
	if (!keep)
		set_free(set);
}

/* What c-ares has measured of a server goes when the server does. */
static bool
forget_servers(ares_channel channel)
{
	struct ares_addr_port_node nobody = {
	    .family = AF_INET, .udp_port = 1, .tcp_port = 1};

	memcpy(&nobody.addr, NOBODY, 4);
	return ares_set_servers_ports(channel, &nobody) == ARES_SUCCESS;
}

ares_channel
dns_channels_to(const struct dns_channels *pool, struct dns_channel_set *set,
    unsigned resolver, unsigned try)
{
	struct ares_addr_port_node node = pool->resolvers[resolver];
	ares_channel *channel = &set->to[try][resolver];
	bool anew = *channel == NULL;

	if (!anew && !(set->used[try][resolver] && ARES_HAS_MEMORY))
		return *channel;
	if (anew && channel_open(pool, channel, NULL) != RC_OK)
		return *channel = NULL;
	set->used[try][resolver] = false;
	if ((!anew && !forget_servers(*channel)) ||
	    ares_set_servers_ports(*channel, &node) != ARES_SUCCESS) {
		ares_destroy(*channel);
		*channel = NULL;
	}
	return *channel;
}

/* RFC 6840 5.7: with this bit a question wants to be told whether the answer is
   authenticated. */
#define FLAGS_2 3 /* where it is in a message */
#define FLAG_AD 0x20

bool
dns_channels_send(ares_channel channel, const char *name, enum dns_type type,
    ares_callback answered, void *context)
{
	unsigned char *message;
	uint16_t id;
	int len;

	if (type != DNS_TLSA) {
		ares_query(channel, name, ns_c_in, (int)type, answered,
		    context);
		return true;
	}
	/* ares_query cannot set the bit. */
	if (getrandom(&id, sizeof(id), 0) != (ssize_t)sizeof(id) ||
	    ares_create_query(name, ns_c_in, (int)type, id, 1, &message, &len,
		EDNS_SIZE) != ARES_SUCCESS)
		return false;
	message[FLAGS_2] |= FLAG_AD;
	ares_send(channel, message, len, answered, context);
	ares_free_string(message);
	return true;
}

struct dns_answer
dns_channels_failure(struct arena *a, int status)
{
	switch (status) {
	case ARES_ECONNREFUSED:
		return dns_answer_failed("the resolver cannot be reached");
	case ARES_ENOTFOUND: /* a .onion name is never asked (RFC 7686 2) */
		return (struct dns_answer){.rc = RC_NONE, .no_such_name = true};
	case ARES_EBADNAME:
		return (struct dns_answer){
		    .rc = RC_PERM, .problem = "not a name c-ares asks for"};
	default:
		return dns_answer_failed(arena_printf(a, "c-ares: %s",
		    ares_strerror(status)));
	}
}
