/* SPDX-License-Identifier: MIT */
/*
 * postfix_membership - who is in a list of domains or networks of main.cf
 * (mydestination, relay_domains, mynetworks); pure, but for what look_up does.
 */
#pragma once

#include "postfix_list.h"

#include "base/err.h"

/* What a table has for a key; "/path" is a table, too: a file of entries. */
typedef enum rc postfix_look_up(void *context, const char *table,
    const char *key, const char **value);

/* The entry of the list by which the domain is in it; NULL: it is not.
   parents: an entry stands for what is below it, too
   (parent_domain_matches_subdomains). */
const char *postfix_domain_entry(struct arena *a,
    const struct postfix_list *list, const char *domain, bool parents,
    postfix_look_up *look_up, void *context);

enum postfix_breadth {
	POSTFIX_NARROW, /* machines that somebody knows, or private networks */
	POSTFIX_BROAD,  /* more of the Internet than one site has */
	POSTFIX_ALL     /* about everybody */
};

/* The broadest of an entry of mynetworks, such as "0.0.0.0/0"; what is no
   network is narrow. */
enum postfix_breadth postfix_network_breadth(struct arena *a,
    const char *entry);
