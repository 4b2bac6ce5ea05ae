/* SPDX-License-Identifier: MIT */
/*
 * command - the table of what `postward` can do.
 */
#pragma once

#include "option_table.h"
#include "program/settings.h"

#include <stdint.h>

/* Exit statuses; EXIT_TRY_LATER is EX_TEMPFAIL of sysexits(3). */
enum {
	EXIT_DONE = 0,
	EXIT_NO = 1,
	EXIT_USAGE = 2,
	EXIT_TRY_LATER = 75,
	/* Those of `check` are a monitoring plugin's. */
	EXIT_WARNING = 1,
	EXIT_BROKEN = 2,
	EXIT_UNKNOWN = 3
};

struct given_option {
	enum option_id id;
	const char *value;
};

struct invocation {
	const struct command *command;
	const struct command *commands; /* the table */
	size_t n_commands;
	const char *options[OPTIONS];     /* NULL: not given; "": without value;
					     the last one of several */
	const struct given_option *given; /* all of them, in their order */
	size_t n_given;
	char **arguments; /* ended by NULL */
	int n_arguments;
	struct settings *settings; /* read, with the options' changes */
	struct arena *arena;
};

struct command {
	/* "account" "add"; a name may be two words, "key add"; NULL: there is
	   no group. */
	const char *group, *name;
	const char *arguments; /* "ADDRESS" */
	int least, most;       /* of them; most -1: any number */
	uint64_t options;      /* of WITH, beyond WITH_EVERYWHERE */
	const char *summary;   /* half a line for the list of commands */
	const char *more;      /* what its own help adds, with an example */
	int (*run)(struct invocation *in);
};

/* The exit status; prints the help when there is nothing to run. */
int command_main(const struct command *table, size_t n, int argc, char **argv);

int auth_run(struct invocation *in);
int dkim_verify_run(struct invocation *in);
int account_list_run(struct invocation *in);
int account_add_run(struct invocation *in);
int account_show_run(struct invocation *in);
int account_set_run(struct invocation *in);
int account_allow_run(struct invocation *in);
int account_block_run(struct invocation *in);
int account_clear_run(struct invocation *in);
int account_rules_run(struct invocation *in);
int account_checks_run(struct invocation *in);
int account_suspend_run(struct invocation *in);
int account_resume_run(struct invocation *in);
int account_delete_run(struct invocation *in);
int check_run(struct invocation *in);
/* The same where the configuration cannot be read, for the reason why. */
int check_unreadable(struct invocation *in, const char *why);
int completion_run(struct invocation *in);
int replay_run(struct invocation *in);
int held_list_run(struct invocation *in);
int held_mail_run(struct invocation *in);
int held_release_run(struct invocation *in);
int held_drop_run(struct invocation *in);
int dkim_key_add_run(struct invocation *in);
int dkim_key_list_run(struct invocation *in);
int dkim_key_remove_run(struct invocation *in);
int dkim_key_rotate_run(struct invocation *in);
int dkim_record_run(struct invocation *in);
int dmarc_run(struct invocation *in);
int domain_add_run(struct invocation *in);
int domain_list_run(struct invocation *in);
int domain_remove_run(struct invocation *in);
int domain_set_run(struct invocation *in);
int dns_run(struct invocation *in);
int dnsbl_run(struct invocation *in);
int explain_run(struct invocation *in);
int export_run(struct invocation *in);
int import_run(struct invocation *in);
int fate_report_run(struct invocation *in);
int forward_list_run(struct invocation *in);
int forward_set_run(struct invocation *in);
int forward_add_run(struct invocation *in);
int forward_confirm_run(struct invocation *in);
int forward_remove_run(struct invocation *in);
int forward_pause_run(struct invocation *in);
int forward_resume_run(struct invocation *in);
int postfix_disable_run(struct invocation *in);
int postfix_enable_run(struct invocation *in);
int postfix_status_run(struct invocation *in);
int request_list_run(struct invocation *in);
int request_show_run(struct invocation *in);
int request_approve_run(struct invocation *in);
int request_refuse_run(struct invocation *in);
int request_delete_run(struct invocation *in);
int request_resend_run(struct invocation *in);
int request_provision_run(struct invocation *in);
int setup_run(struct invocation *in);
int spf_run(struct invocation *in);
int srs_forward_run(struct invocation *in);
int srs_reverse_run(struct invocation *in);
int store_grants(struct invocation *in); /* prints them */
int store_backup_run(struct invocation *in);
int store_restore_run(struct invocation *in); /* settings may be NULL */
int store_init_run(struct invocation *in);
int store_migrate_run(struct invocation *in);
int store_upgrade_run(struct invocation *in);
int trace_run(struct invocation *in);
