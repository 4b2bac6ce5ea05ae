/* SPDX-License-Identifier: MIT */
#include "members/private/client_limits.h"

#include "store/limit_key.h"
#include "store/limit_table.h"

#define HOUR 3600

/* A network may ask for so many clients, and the last part of all is kept for
   networks that have not asked within the hour. */
#define NETWORK_CLIENTS 4
#define KEPT(all)       ((all) / 4)

static enum rc
limit_reached(struct client_refusal *refusal, const char *who)
{
	refusal->who = who;
	return RC_NONE;
}

/* Counts how much of all this client may take: the last part is for networks
   that have not asked. */
static enum rc
take_of_all(struct db *db, struct arena *a, const struct client_limits *most,
    const struct limit *of_network, int64_t now, int64_t *wait, struct err *err)
{
	struct limit once = *of_network;
	struct limit of_all = {
	    arena_printf(a, "%s:all", most->what), most->all, HOUR};
	enum rc rc;

	once.most = 1;
	rc = limit_look(db, &once, now, wait, err);
	if (rc == RC_TEMP)
		return rc;
	if (rc == RC_NONE)
		of_all.most -= KEPT(of_all.most);
	return limit_take(db, &of_all, now, wait, err);
}

enum rc
client_limits_take(struct db *db, struct arena *a,
    const struct client_limits *most, const char *client, int64_t now,
    struct client_refusal *refusal, struct err *err)
{
	const struct limit of_client = {
	    limit_key_of_client(a, most->what, client), most->client, HOUR};
	const struct limit of_network = {
	    limit_key_of_network(a, most->what, client),
	    most->client * NETWORK_CLIENTS, HOUR};
	enum rc rc = limit_take(db, &of_client, now, &refusal->wait, err);

	if (rc == RC_NONE)
		return limit_reached(refusal, "from your network");
	if (rc == RC_OK)
		rc = take_of_all(db, a, most, &of_network, now, &refusal->wait,
		    err);
	if (rc == RC_NONE)
		return limit_reached(refusal, "at this time");
	if (rc == RC_OK)
		rc = limit_take(db, &of_network, now, &refusal->wait, err);
	return rc == RC_NONE ? limit_reached(refusal, "from your network") : rc;
}

const char *
client_limits_sentence(struct arena *a, const char *things,
    const struct client_refusal *refusal)
{
	long minutes = (long)((refusal->wait + 59) / 60);

	return arena_printf(a,
	    "Too many %s %s: please try again in %ld minute%s.", things,
	    refusal->who, minutes, minutes == 1 ? "" : "s");
}
