/* SPDX-License-Identifier: MIT */
#include "command.h"

#define JSON WITH(OPTION_JSON)
#define CODE (JSON | WITH(OPTION_CONFIRMED) | WITH(OPTION_PRINT_CODE))
#define STEP                                                                   \
	(WITH(OPTION_CLIENT) | WITH(OPTION_CLIENT_NAME) |                      \
	    WITH(OPTION_REVERSE_NAME) | WITH(OPTION_HELO) |                    \
	    WITH(OPTION_FROM) | WITH(OPTION_TO) | WITH(OPTION_MESSAGE))
#define POSTFIX                                                                \
	(WITH(OPTION_DRY_RUN) | WITH(OPTION_ROOT) | WITH(OPTION_YES) |         \
	    WITH(OPTION_POSTFIX_CONFIG))

static const struct command commands[] = {
    {"check", NULL, "", 0, 0,
	JSON | WITH_DNS | WITH(OPTION_POSTFIX_CONFIG) | WITH(OPTION_ONLY) |
	    WITH(OPTION_EXPLAIN) | WITH(OPTION_LIST) | WITH(OPTION_QUIET) |
	    WITH(OPTION_OUTSIDE) | WITH(OPTION_ADDRESS) | WITH(OPTION_METRICS),
	"check everything and say what to fix",
	"Looks at the store, the programs, this machine, Postfix, DNS and all "
	"else\n"
	"that mail depends on.  Each line is what one check has found; below "
	"them\n"
	"stand the commands that mend it.\n\n"
	"  postward check --only postfix,dns\n"
	"  postward check --explain open-relay\n\n"
	"Exit status, as monitoring plugins have it: 0 all is well, 1 "
	"warnings,\n"
	"2 something is broken, 3 something could not be looked at.\n",
	check_run},
    {"explain", NULL, "", 0, 0, JSON | WITH_DNS | STEP,
	"show what a client is answered, and why",
	"The command goes through one SMTP step as postward-policyd would, "
	"and\n"
	"shows what is known (facts), what each check found out (findings) "
	"and\n"
	"the answer (verdict).  It sends and stores nothing.  With --message "
	"it\n"
	"also shows what postward-milter would decide about that message.\n\n"
	"  postward explain --client 192.0.2.1 --helo mx.example.org \\\n"
	"      --from bob@example.org --to ann@remotes.club\n\n"
	"Exit status: 0 accepted, 1 refused, 75 deferred.\n",
	explain_run},
    {"spf", NULL, "", 0, 0,
	JSON | WITH_DNS | WITH(OPTION_IP) | WITH(OPTION_HELO) |
	    WITH(OPTION_FROM) | WITH(OPTION_TRACE),
	"check SPF: may a client send for a domain",
	"The command checks MAIL FROM by RFC 7208, or HELO if --from is \"\" "
	"or\n"
	"not given.  --trace shows line by line how the result came about.\n\n"
	"  postward spf --ip 192.0.2.1 --helo mx.example.org \\\n"
	"      --from bob@example.org --trace\n\n"
	"Exit status: 1 fail, 75 temperror, 0 any other result.\n",
	spf_run},
    {"dmarc", NULL, "[TEXT]...", 0, -1,
	JSON | WITH_DNS | WITH(OPTION_FROM_FIELD) | WITH(OPTION_SPF) |
	    WITH(OPTION_DKIM),
	"evaluate DMARC from given results",
	"The command evaluates DMARC (RFC 9989) for the author in the From "
	"field,\n"
	"with the results of SPF and DKIM that it is told.  A second "
	"--from-field,\n"
	"or another TEXT, is a second field of the message.\n\n"
	"  postward dmarc --from-field 'Bob <bob@example.org>' \\\n"
	"      --spf example.org=pass --dkim mail.example.org=fail\n\n"
	"Exit status: 1 fail, or no single author; 75 temperror; 0 any "
	"other\n"
	"result.\n",
	dmarc_run},
    {"auth", NULL, "[FILE]", 0, 1,
	JSON | WITH_DNS | WITH(OPTION_IP) | WITH(OPTION_HELO) |
	    WITH(OPTION_FROM) | WITH(OPTION_AT) | WITH(OPTION_TRACE),
	"who wrote a message: SPF, DKIM, DMARC",
	"The command reads a whole message from FILE, or from its standard "
	"input,\n"
	"and takes --ip, --helo and --from for the way on which it came.\n\n"
	"  postward auth --ip 192.0.2.1 --helo mx.example.org \\\n"
	"      --from bob@example.org message.eml\n\n"
	"Exit status: 1 DMARC fails, or there is no single author; 75 "
	"temperror;\n"
	"0 any other result.\n",
	auth_run},
    {"dkim", "verify", "[FILE]", 0, 1,
	JSON | WITH_DNS | WITH(OPTION_AT) | WITH(OPTION_TRACE),
	"verify the DKIM signatures of a message",
	"The command reads a whole message from FILE, or from its standard "
	"input.\n"
	"--at tells when it came, for signatures that expire.  --trace tells "
	"what of\n"
	"the message was changed, as far as can be found out.\n\n"
	"  postward dkim verify message.eml\n\n"
	"Exit status: 0 one passes, or there is none; 1 none passes; 75 a key\n"
	"cannot be had for the time being.\n",
	dkim_verify_run},
    {"dns", NULL, "[DOMAIN]", 0, 1,
	JSON | WITH_DNS | WITH(OPTION_ADDRESS) | WITH(OPTION_LOOK) |
	    WITH(OPTION_POSTFIX_CONFIG),
	"print the DNS records to publish",
	"The command prints the records of the host, and of all our domains "
	"or\n"
	"the one, as lines of a zone file, in the order in which to set "
	"them.\n"
	"Without --address the host has the public addresses of its "
	"interfaces.\n\n"
	"  postward dns remotes.club --check\n\n"
	"Exit status with --check: 1 one is missing or wrong, 75 one could "
	"not be\n"
	"looked up.\n",
	dns_run},
    {"dnsbl", NULL, "[IP|DOMAIN]", 0, 1, JSON | WITH_DNS,
	"ask every DNS list, or test them all",
	"  postward dnsbl 127.0.0.2        an address that every list lists\n"
	"  postward dnsbl example.org\n"
	"  postward dnsbl                  tests each list (RFC 5782 5)\n\n"
	"Exit status: 0 it is on no list, or all lists are well; 1 it is "
	"listed,\n"
	"or a list is not well; 75 a list did not answer.\n",
	dnsbl_run},
    {"dkim", "key add", "DOMAIN", 1, 1,
	JSON | WITH(OPTION_SELECTOR) | WITH(OPTION_ED25519),
	"make a key that signs mail",
	"The key is made in the folder dkim.keys, and the record printed that "
	"is to\n"
	"be published.  A domain's first key signs after the next reload of "
	"the\n"
	"milter, any other once its record is seen.  Ed25519 signs beside "
	"RSA.\n\n"
	"  postward dkim key add remotes.club\n",
	dkim_key_add_run},
    {"dkim", "key list", "[DOMAIN]", 0, 1, JSON | WITH_DNS,
	"list keys, and whether DNS has them",
	"State: it signs; it waits for its record; it is retired, as a newer "
	"one\n"
	"signs; or it is in trouble, and mail that it may have to sign is put "
	"off.\n",
	dkim_key_list_run},
    {"dkim", "key rotate", "DOMAIN", 1, 1,
	JSON | WITH(OPTION_SELECTOR) | WITH(OPTION_ED25519),
	"make a key that follows the present one",
	"The new key signs once all resolvers see its record; until then the "
	"old\n"
	"one does.  The record of the old one must stay for at least a week "
	"more:\n"
	"so long signatures are good.\n",
	dkim_key_rotate_run},
    {"dkim", "key remove", "DOMAIN SELECTOR", 2, 2,
	WITH_DNS | WITH(OPTION_STOP_SIGNING), "remove a key that does not sign",
	"The key that signs stays.  The last key of a domain goes with\n"
	"--stop-signing only, and mail of that domain is not signed any "
	"more.\n",
	dkim_key_remove_run},
    {"dkim", "record", "DOMAIN [SELECTOR]", 1, 2, JSON,
	"print the records to publish",
	"Each key is one line of a zone file, its text in strings of at most "
	"255\n"
	"bytes.\n",
	dkim_record_run},
    {"domain", "list", "", 0, 0, JSON, "list all domains", "", domain_list_run},
    {"domain", "add", "DOMAIN", 1, 1,
	WITH(OPTION_CATCH_ALL) | WITH(OPTION_SRS_DOMAIN) |
	    WITH(OPTION_STRATEGY),
	"forward mail of one more domain",
	"No program has to be reloaded, nor Postfix changed.\n\n"
	"  postward domain add choir.example --catch-all "
	"choir@mailbox.example\n",
	domain_add_run},
    {"domain", "set", "DOMAIN", 1, 1,
	WITH(OPTION_SRS_DOMAIN) | WITH(OPTION_STRATEGY),
	"change its SRS domain or strategy", "", domain_set_run},
    {"domain", "remove", "DOMAIN", 1, 1, WITH(OPTION_YES),
	"forward its mail no longer",
	"While it has accounts, which stay, --yes is needed.  Bounces still "
	"come home.\n",
	domain_remove_run},
    {"account", "list", "", 0, 0, JSON, "list all accounts", "",
	account_list_run},
    {"account", "show", "ADDRESS", 1, 1, JSON,
	"show one account with its forwards", "", account_show_run},
    {"account", "add", "ADDRESS", 1, 1, 0, "give somebody an address",
	"The account has no forward yet: mail to it is refused with \"No\n"
	"forwarding address\" until `postward forward add` names a target.\n\n"
	"  postward account add ann@remotes.club\n"
	"  postward account add @remotes.club     takes what nobody else has\n",
	account_add_run},
    {"account", "set", "ADDRESS", 1, 1, WITH(OPTION_STRATEGY),
	"choose the fate of its forwarded mail",
	"For mail that the next host may refuse when it is forwarded, in place "
	"of\n"
	"what forwarding { spf-only, policy-fails } say:\n"
	"  keep      send it on, at the member's own risk\n"
	"  hold      keep it in Postfix's hold queue\n"
	"  reject    refuse it, and tell the sender why\n"
	"  rewrite   send it on with another From\n"
	"  default   what is configured\n\n"
	"  postward account set ann@remotes.club --strategy keep\n",
	account_set_run},
    {"account", "allow", "ADDRESS SENDER...", 2, -1, 0,
	"let mail of senders pass",
	"What the checks of members.may-pass find no longer keeps mail of "
	"these\n"
	"senders from the account; all other checks are as before.  A sender "
	"is "
	"an\n"
	"address, or a domain and all below it; it is the sender of "
	"the\n"
	"envelope, as the log has it.\n\n"
	"  postward account allow ann@remotes.club sue@example.org "
	"example.net\n",
	account_allow_run},
    {"account", "block", "ADDRESS SENDER...", 2, -1, 0,
	"refuse mail of senders", "", account_block_run},
    {"account", "clear", "ADDRESS SENDER...", 2, -1, 0,
	"forget what allow or block has said", "", account_clear_run},
    {"account", "rules", "ADDRESS", 1, 1, JSON,
	"list whom it lets pass or blocks", "", account_rules_run},
    {"account", "checks", "ADDRESS [CHECK CHOICE]", 1, 3, JSON,
	"list or switch its checks",
	"CHOICE is on, off or default.  What counts is in members.may-switch\n"
	"and may-switch-on.\n",
	account_checks_run},
    {"account", "suspend", "ADDRESS", 1, 1, 0,
	"refuse its mail, but keep everything", "", account_suspend_run},
    {"account", "resume", "ADDRESS", 1, 1, 0, "undo suspend", "",
	account_resume_run},
    {"account", "delete", "ADDRESS", 1, 1, 0, "remove it and all its forwards",
	"", account_delete_run},
    {"forward", "list", "[ACCOUNT]", 0, 1, JSON, "list who forwards where", "",
	forward_list_run},
    {"forward", "set", "ACCOUNT TARGET...", 2, -1, CODE,
	"forward here, and nowhere else",
	"The command does the same as forward add.  Once the code of the "
	"target\n"
	"is typed, it is the only one; until then the present targets get the\n"
	"mail.  Several targets at once need --confirmed.\n\n"
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
	"activate a pending target with its code",
	"The code may be typed in upper or lower case, with or without "
	"hyphens\n"
	"and blanks.  A code is good for 24 hours and five tries; after that,\n"
	"add the target again.\n\n"
	"  postward forward confirm ann@remotes.club ann@gmail.example \\\n"
	"      K7M2Q-9XRTB\n",
	forward_confirm_run},
    {"forward", "remove", "ACCOUNT TARGET", 2, 2, 0, "no longer forward here",
	"", forward_remove_run},
    {"forward", "pause", "ACCOUNT TARGET", 2, 2, 0,
	"keep a target, but do not use it", "", forward_pause_run},
    {"forward", "resume", "ACCOUNT TARGET", 2, 2, 0, "undo pause", "",
	forward_resume_run},
    {"postfix", "enable", "", 0, 0, WITHOUT_SETTINGS | POSTFIX,
	"have Postfix ask Postward",
	"Sets in main.cf what is missing, keeps what is there, and asks "
	"Postfix by\n"
	"SMTP; if an answer is wrong, all is put back.  --yes: our domains are "
	"taken\n"
	"out of mydestination.\n",
	postfix_enable_run},
    {"postfix", "disable", "", 0, 0, WITHOUT_SETTINGS | POSTFIX, "undo that",
	"What was changed since is left alone.\n", postfix_disable_run},
    {"postfix", "status", "", 0, 0,
	WITHOUT_SETTINGS | JSON | WITH(OPTION_ROOT) |
	    WITH(OPTION_POSTFIX_CONFIG),
	"show what is ours in main.cf",
	"Exit status: 0 Postfix asks Postward, 1 not, or in part.\n",
	postfix_status_run},
    {"request", "list", "", 0, 0, JSON | WITH(OPTION_ALL) | WITH(OPTION_QUIET),
	"list requests that wait for somebody",
	"The list has the requests whose mailbox is not verified yet, those "
	"that\n"
	"wait for a decision, and those to be provisioned.  --quiet prints "
	"only\n"
	"requests that wait for a decision, or whose mail or provision fails; "
	"if\n"
	"there are none it prints nothing, as cron wants it.\n",
	request_list_run},
    {"request", "show", "USERID|ADDRESS|ID", 1, 1, JSON,
	"show all that is known of one request",
	"The command prints its state, the key with its fingerprint, the "
	"note,\n"
	"and what became of each mail.\n",
	request_show_run},
    {"request", "approve", "USERID...", 1, -1, 0,
	"give them the address they asked for",
	"The command makes account and forward, and mails a welcome.  If root\n"
	"calls it, it also runs the command of the section provision.\n\n"
	"  postward request approve ann bob\n",
	request_approve_run},
    {"request", "refuse", "USERID...", 1, -1, WITH(OPTION_REASON),
	"do not give it, and say so",
	"Newcomers whose mailbox is verified get a mail, with the reason if "
	"you\n"
	"give one.  Others get none, as the mailbox may be a stranger's.\n\n"
	"  postward request refuse otto --reason \"We do not know you yet.\"\n",
	request_refuse_run},
    {"request", "delete", "USERID...", 1, -1, 0,
	"forget them; the accounts stay",
	"Mailbox, key and note are deleted, and mail that is not sent yet.\n"
	"Nobody is told.  To remove a member altogether, delete the account as "
	"well.\n",
	request_delete_run},
    {"request", "resend", "USERID...", 1, -1, 0, "mail a new code",
	"The old code is worth nothing any more.  A request gets five codes "
	"at\n"
	"most, one a minute.\n",
	request_resend_run},
    {"request", "provision", "", 0, 0, WITH(OPTION_QUIET),
	"run the command for those approved",
	"The command of the section provision runs once for each approved\n"
	"request that is due; a timer calls this.\n"
	"Exit status: 75 if a command has failed, which is tried again.\n",
	request_provision_run},
    {"trace", NULL, "", 0, 0,
	JSON | WITH(OPTION_TO) | WITH(OPTION_FROM) | WITH(OPTION_QUEUE_ID) |
	    WITH(OPTION_SINCE) | WITH(OPTION_UNTIL) | WITH(OPTION_LOG) |
	    WITH(OPTION_POSTFIX_CONFIG),
	"tell what became of a mail",
	"The command tells each mail's story, from the first decision about it "
	"to\n"
	"its delivery or return: what Postward has decided, and what Postfix' "
	"log\n"
	"says.  --to is a member's address or a target's.  TIME: a period, "
	"such as\n"
	"2d, or \"2026-11-29 08:00\" in UTC.\n\n"
	"  postward trace --to ann@remotes.club --since 2d\n"
	"  postward trace --queue-id 4XbY3z1QzPz9\n\n"
	"Exit status: 1 there is no such mail; 75 the log cannot be read.\n",
	trace_run},
    {"replay", NULL, "[FILE]...", 0, -1,
	JSON | WITH(OPTION_SINCE) | WITH(OPTION_LIVE) | WITH_DNS,
	"tell what another configuration changes",
	"The command judges the decisions that are kept again, by another "
	"configuration,\n"
	"and tells who would fare otherwise, and which lines undo that.  With "
	"two\n"
	"--config the first is the present one; with one, that is the usual "
	"file.\n"
	"Without, decisions are compared with the configuration as it is now.  "
	"FILE:\n"
	"lines of another host's log; -: standard input.\n\n"
	"  postward replay --since 7d --config /etc/postward/new.conf\n"
	"  postward replay --config new.conf /var/log/mail.log\n\n"
	"What was not found out then is not known, but with --live, which asks "
	"DNS and\n"
	"the store again about recipients, not about messages.\n",
	replay_run},
    {"fate", "report", "[FILE]...", 0, -1, JSON | WITH(OPTION_SINCE),
	"count what became of forwarded mail",
	"The command counts, out of the log of postward-milter, what was or, "
	"in\n"
	"shadow mode, would have been refused, held and rewritten, and who "
	"sends\n"
	"most of it.  It reads the journal, or the files named; -: standard "
	"input.\n\n"
	"  postward fate report --since 14d\n"
	"  postward fate report /var/log/mail.log\n"
	"  zcat /var/log/mail.log.*.gz | postward fate report -\n\n"
	"Exit status: 1 there is nothing to count, or it cannot be read.\n",
	fate_report_run},
    {"held", "list", "", 0, 0,
	JSON | WITH(OPTION_QUIET) | WITH(OPTION_POSTFIX_CONFIG),
	"list what waits in the hold queue",
	"The list has all messages in Postfix's hold queue, such as those "
	"whose\n"
	"forwarded copy the next host would refuse.  --quiet prints nothing "
	"if\n"
	"there are none, as cron wants it.  postcat -q QUEUE_ID shows one.\n",
	held_list_run},
    {"held", "mail", "[ADDRESS]", 0, 1, WITH(OPTION_POSTFIX_CONFIG),
	"mail that list to the administrator",
	"To ADDRESS, or to mailer.from; without a held message nothing is "
	"sent.  postward-held.timer does it once a day.\n",
	held_mail_run},
    {"held", "release", "QUEUE_ID...", 1, -1, WITH(OPTION_POSTFIX_CONFIG),
	"let messages go on", "", held_release_run},
    {"held", "drop", "QUEUE_ID...", 1, -1, WITH(OPTION_POSTFIX_CONFIG),
	"delete held messages", "", held_drop_run},
    {"srs", "forward", "ADDRESS", 1, 1, JSON | WITH(OPTION_AT),
	"show the rewritten sender of an address",
	"An address that needs no rewriting is printed as it is.  Nothing is\n"
	"stored: a sender too long for an SRS address is known by its token "
	"only\n"
	"once one of its messages was forwarded.\n\n"
	"  postward srs forward bob@example.org\n",
	srs_forward_run},
    {"srs", "reverse", "ADDRESS", 1, 1, JSON | WITH(OPTION_AT),
	"show whose SRS address it is",
	"Exit status: 0 with the sender, 1 with the reason why there is "
	"none.\n",
	srs_reverse_run},
    {"import", NULL, "FILE", 1, 1,
	WITH(OPTION_FORMAT) | WITH(OPTION_DOMAIN) | WITH(OPTION_REPLACE) |
	    WITH(OPTION_DRY_RUN) | WITH(OPTION_JSON),
	"take over forwards from a file",
	"The command reads aliases(5), virtual(5), the table alias of\n"
	"Postfixadmin, or CSV; - is the standard input.  All of it is done, "
	"or\n"
	"nothing: each line that is wrong is told.  The targets get no code.\n"
	"\n"
	"  postward import /etc/aliases --format aliases --dry-run\n"
	"  mysql --batch -e \"SELECT address, goto, active FROM alias\" \\\n"
	"      postfix | postward import - --format postfixadmin\n",
	import_run},
    {"export", NULL, "", 0, 0, WITH(OPTION_FORMAT) | WITH(OPTION_DOMAIN),
	"print all forwards for another program",
	"The command prints what `postward import` reads, as CSV if no format "
	"is\n"
	"given.  What a format cannot say is left out, which standard error\n"
	"tells.\n",
	export_run},
    {"setup", NULL, "", 0, 0,
	WITHOUT_SETTINGS | WITH(OPTION_DOMAIN) | WITH(OPTION_HOSTNAME) |
	    WITH(OPTION_SRS_DOMAIN) | WITH(OPTION_MAILBOX) |
	    WITH(OPTION_ANSWERS) | WITH(OPTION_ROOT) | WITH(OPTION_NO_START) |
	    WITH(OPTION_POSTFIX) | WITH(OPTION_POSTFIX_CONFIG) |
	    WITH(OPTION_DRY_RUN) | WITH(OPTION_YES),
	"set up this server: four questions",
	"Writes conf.d/10-setup.conf beside the configuration, makes the "
	"store, the\n"
	"secrets, keys for signatures (DKIM), and postmaster with a forward to "
	"your\n"
	"mailbox; then it enables and starts the programs.  What is not given "
	"is\n"
	"asked for at a terminal, and has its default elsewhere.  It may be "
	"run\n"
	"again at any time.\n\n"
	"  postward setup --domain remotes.club --hostname mx.remotes.club \\\n"
	"      --mailbox ann@gmail.example --postfix\n",
	setup_run},
    {"completion", NULL, "bash|zsh", 1, 1, WITHOUT_SETTINGS,
	"print what a shell completes",
	"The script knows all commands, options and files; addresses it does "
	"not.\n"
	"It is installed where the shells look for it.  Elsewhere:\n\n"
	"  source <(postward completion bash)\n",
	completion_run},
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
    {"store", "migrate", "", 0, 0, 0, "bring the tables up to this version",
	"An SQLite store is copied first, to backup-N.db beside it, where N is "
	"the\n"
	"version that it had.\n",
	store_migrate_run},
    {"store", "upgrade", "", 0, 0, 0, "what an upgrade of the package does",
	"A store in a file is migrated, if there is one.  A database server is "
	"left\n"
	"alone, as hosts with an older version may use it: it is said what to "
	"type.\n",
	store_upgrade_run},
    {"store", "backup", "FILE", 1, 1, WITH(OPTION_PASSPHRASE_FILE),
	"save store, secrets, keys, configuration",
	"The programs may run meanwhile.  FILE is an archive of tar(1), for "
	"its\n"
	"owner alone, and is replaced as a whole; - is standard output.  With "
	"a\n"
	"passphrase it is encrypted, and only that opens it again.\n\n"
	"  postward store backup --passphrase-file /root/passphrase "
	"postward.backup\n"
	"  postward store backup - | age -R keys.txt > postward.tar.age\n",
	store_backup_run},
    {"store", "restore", "FILE", 1, 1,
	WITH(OPTION_ROOT) | WITH(OPTION_FORCE) | WITH(OPTION_PASSPHRASE_FILE) |
	    WITHOUT_SETTINGS,
	"put a backup back",
	"The backup is checked as a whole before anything is changed; - is "
	"standard\n"
	"input.  What is in the way is refused, or with --force kept beside "
	"it, as\n"
	"NAME.before-TIME.\n",
	store_restore_run},
};

int
main(int argc, char **argv)
{
	return command_main(commands, sizeof(commands) / sizeof(*commands),
	    argc, argv);
}
