/* SPDX-License-Identifier: MIT */
#include "command.h"

#define JSON WITH(OPTION_JSON)
#define CODE (JSON | WITH(OPTION_CONFIRMED) | WITH(OPTION_PRINT_CODE))
#define STEP                                                                   \
	(WITH(OPTION_CLIENT) | WITH(OPTION_CLIENT_NAME) |                      \
	    WITH(OPTION_REVERSE_NAME) | WITH(OPTION_HELO) |                    \
	    WITH(OPTION_FROM) | WITH(OPTION_TO))

static const struct command commands[] = {
    {"check", NULL, "", 0, 0, JSON | WITH_DNS | WITH(OPTION_POSTFIX_CONFIG),
	"look at everything and say what to fix",
	"Reads the configuration, then tries the store, the programs' "
	"sockets,\n"
	"the resolver and Postfix's settings.  Each line is one thing that "
	"was\n"
	"looked at; what is to be fixed says how.\n",
	check_run},
    {"explain", NULL, "", 0, 0, JSON | WITH_DNS | STEP,
	"what a client would be answered, and why",
	"Goes through one SMTP step as postward-policyd would, shows what is\n"
	"known (facts), what each check found out (findings) and the answer\n"
	"(verdict).  Nothing is sent or stored.\n\n"
	"  postward explain --client 192.0.2.1 --helo mx.example.org \\\n"
	"      --from bob@example.org --to ann@remotes.club\n\n"
	"Exit status: 0 accepted, 1 refused, 75 deferred.\n",
	explain_run},
    {"spf", NULL, "", 0, 0,
	JSON | WITH_DNS | WITH(OPTION_IP) | WITH(OPTION_HELO) |
	    WITH(OPTION_FROM) | WITH(OPTION_TRACE),
	"may this client send for that domain",
	"Checks MAIL FROM as RFC 7208 says, or HELO if --from is \"\" or not\n"
	"given.  --trace tells how the result came about, line by line.\n\n"
	"  postward spf --ip 192.0.2.1 --helo mx.example.org \\\n"
	"      --from bob@example.org --trace\n\n"
	"Exit status: 1 fail, 75 temperror, 0 any other result.\n",
	spf_run},
    {"dnsbl", NULL, "[IP|DOMAIN]", 0, 1, JSON | WITH_DNS,
	"ask every DNS list, or test them all",
	"  postward dnsbl 127.0.0.2        an address that every list lists\n"
	"  postward dnsbl example.org\n"
	"  postward dnsbl                  is each list well? (RFC 5782 5)\n\n"
	"Exit status: 0 on no list, or all are well, 1 listed, or one is not\n"
	"well, 75 a list did not answer.\n",
	dnsbl_run},
    {"account", "list", "", 0, 0, JSON, "all accounts", "", account_list_run},
    {"account", "add", "ADDRESS", 1, 1, 0, "give somebody an address",
	"It has no forward yet: mail is refused with \"No forwarding "
	"address\"\n"
	"until `postward forward add` names a target.\n\n"
	"  postward account add ann@remotes.club\n"
	"  postward account add @remotes.club     whatever nobody else has\n",
	account_add_run},
    {"account", "suspend", "ADDRESS", 1, 1, 0,
	"refuse its mail, but keep everything", "", account_suspend_run},
    {"account", "resume", "ADDRESS", 1, 1, 0, "undo suspend", "",
	account_resume_run},
    {"account", "delete", "ADDRESS", 1, 1, 0, "remove it and all its forwards",
	"", account_delete_run},
    {"forward", "list", "[ACCOUNT]", 0, 1, JSON, "who forwards where", "",
	forward_list_run},
    {"forward", "set", "ACCOUNT TARGET...", 2, -1, CODE,
	"forward here, and nowhere else",
	"As forward add; once its code is typed, the target is the only one, "
	"and\n"
	"until then the present ones get the mail.  Several at once need\n"
	"--confirmed.\n\n"
	"  postward forward set ann@remotes.club ann@gmail.example\n",
	forward_set_run},
    {"forward", "add", "ACCOUNT TARGET", 2, 2, CODE, "forward here as well",
	"A code is mailed to the target, which is pending and gets no other\n"
	"mail until the code is typed: at `postward forward confirm`, or at "
	"the\n"
	"address /confirm of postward-signup.  A pending target that is added\n"
	"again gets a new code.\n\n"
	"  postward forward add ann@remotes.club ann@gmail.example\n",
	forward_add_run},
    {"forward", "confirm", "ACCOUNT TARGET CODE", 3, 3, 0,
	"the code of a pending target came back",
	"In any case, with or without hyphens and blanks.  A code is good for "
	"24\n"
	"hours and five tries; after that, add the target again.\n\n"
	"  postward forward confirm ann@remotes.club ann@gmail.example \\\n"
	"      K7M2Q-9XRTB\n",
	forward_confirm_run},
    {"forward", "remove", "ACCOUNT TARGET", 2, 2, 0, "no longer forward here",
	"", forward_remove_run},
    {"forward", "pause", "ACCOUNT TARGET", 2, 2, 0,
	"keep a target, but do not use it", "", forward_pause_run},
    {"forward", "resume", "ACCOUNT TARGET", 2, 2, 0, "undo pause", "",
	forward_resume_run},
    {"request", "list", "", 0, 0, JSON | WITH(OPTION_ALL) | WITH(OPTION_QUIET),
	"who has asked for an address and waits",
	"Those that are to prove their mailbox, to be decided, or to be\n"
	"provisioned.  --quiet prints only those that wait for a decision, or\n"
	"whose mail or provision fails, and nothing at all without them: for "
	"cron.\n",
	request_list_run},
    {"request", "show", "USERID|ADDRESS|ID", 1, 1, JSON,
	"all that is known of one",
	"Its state, the key with its fingerprint, the note, and what became "
	"of\n"
	"each mail.\n",
	request_show_run},
    {"request", "approve", "USERID...", 1, -1, 0,
	"give them the address they asked for",
	"Account, forward and a mail that says so.  Root runs the command of "
	"the\n"
	"section provision at once.\n\n"
	"  postward request approve ann bob\n",
	request_approve_run},
    {"request", "refuse", "USERID...", 1, -1, WITH(OPTION_REASON),
	"do not give it, and say so",
	"Who has proven their mailbox is told, with the reason if you give "
	"one;\nothers are not, as the mailbox may be a stranger's.\n\n"
	"  postward request refuse otto --reason \"We do not know you yet.\"\n",
	request_refuse_run},
    {"request", "delete", "USERID...", 1, -1, 0,
	"forget them; the accounts stay",
	"Mailbox, key and note go, and mail that is not sent yet.  Nobody is "
	"told.\nTo remove a member altogether, delete the account as well.\n",
	request_delete_run},
    {"request", "resend", "USERID...", 1, -1, 0, "mail a new code",
	"The old one is worth nothing any more.  Five codes are the most, one "
	"a\n"
	"minute.\n",
	request_resend_run},
    {"request", "provision", "", 0, 0, WITH(OPTION_QUIET),
	"run the command for those approved",
	"Once for each that is due, as the section provision says; for a timer."
	"\nExit status: 75 if one has failed, which is tried again.\n",
	request_provision_run},
    {"srs", "forward", "ADDRESS", 1, 1, JSON | WITH(OPTION_AT),
	"the sender that its mail goes on under",
	"Prints the address as it is if it needs no rewriting.  Nothing is "
	"stored:\n"
	"a sender too long for an SRS address is known by its token only once\n"
	"a message of his was forwarded.\n\n"
	"  postward srs forward bob@example.org\n",
	srs_forward_run},
    {"srs", "reverse", "ADDRESS", 1, 1, JSON | WITH(OPTION_AT),
	"whose SRS address it is",
	"Exit status: 0 with the sender, 1 with the reason why there is "
	"none.\n",
	srs_reverse_run},
    {"store", "init", "", 0, 0,
	WITH(OPTION_GRANTS) | WITH(OPTION_PROGRAM) | WITH(OPTION_USER) |
	    WITH(OPTION_HOST),
	"make the database, once",
	"Makes the file that store.url names, and its folder.  Run by root, "
	"they\n"
	"belong to the owner of the folder above.  Makes the files of secrets\n"
	"too: for codes, approvals and, with srs.domain, SRS.  What is there\n"
	"already is left alone.  With --grants nothing is made:\n"
	"  postward store init --grants --program signup --host web1\n",
	store_init_run},
    {"store", "migrate", "", 0, 0, 0, "bring the tables up to this version", "",
	store_migrate_run},
};

int
main(int argc, char **argv)
{
	return command_main(commands, sizeof(commands) / sizeof(*commands),
	    argc, argv);
}
