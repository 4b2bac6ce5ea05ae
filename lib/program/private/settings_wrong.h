/* SPDX-License-Identifier: MIT */
/*
 * settings_wrong - checks of one value of postward.conf, for the table of keys.
 * Each function returns what is wrong with the value, as "expected ...", or
 * NULL. Seen by lib/program only.
 */
#pragma once

#include "base/arena.h"

const char *settings_wrong_domain(struct arena *a, const char *value);
const char *settings_wrong_hostname(struct arena *a, const char *value);
const char *settings_wrong_listen(struct arena *a, const char *value);
const char *settings_wrong_milter_listen(struct arena *a, const char *value);
const char *settings_wrong_store(struct arena *a, const char *value);
const char *settings_wrong_file(struct arena *a, const char *value);
const char *settings_wrong_list_name(struct arena *a, const char *value);
const char *settings_wrong_server(struct arena *a, const char *value);
const char *settings_wrong_spam_field(struct arena *a, const char *value);
const char *settings_wrong_codes(struct arena *a, const char *value);
const char *settings_wrong_network(struct arena *a, const char *value);
const char *settings_wrong_sender(struct arena *a, const char *value);
const char *settings_wrong_bounce_sender(struct arena *a, const char *value);
const char *settings_wrong_spf_action(struct arena *a, const char *value);
const char *settings_wrong_name_part(struct arena *a, const char *value);
const char *settings_wrong_delimiter(struct arena *a, const char *value);
const char *settings_wrong_mailbox(struct arena *a, const char *value);
const char *settings_wrong_web_listen(struct arena *a, const char *value);
const char *settings_wrong_metrics(struct arena *a, const char *value);
const char *settings_wrong_url(struct arena *a, const char *value);
const char *settings_wrong_rate(struct arena *a, const char *value);
const char *settings_wrong_threshold(struct arena *a, const char *value);
const char *settings_wrong_smtp(struct arena *a, const char *value);
const char *settings_wrong_ldap_url(struct arena *a, const char *value);
const char *settings_wrong_ldap_base(struct arena *a, const char *value);
const char *settings_wrong_ldap_filter(struct arena *a, const char *value);
const char *settings_wrong_ldap_attribute(struct arena *a, const char *value);
const char *settings_wrong_ldap_state(struct arena *a, const char *value);

/* Returns the address of a web page, such as "127.0.0.1:8080", in the form that
   listen.h reads. */
const char *settings_web_listen(struct arena *a, const char *value);
