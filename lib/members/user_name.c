/* SPDX-License-Identifier: MIT */
#include "members/private/user_name.h"

#include "base/str.h"

#define USER_NAME_MAX 31

/* Only names that could be had otherwise: "mailer-daemon" is none. */
static const char *const roles[] = {
    /* RFC 2142, RFC 5321 4.5.1 */
    "abuse",
    "ftp",
    "hostmaster",
    "info",
    "list",
    "marketing",
    "news",
    "noc",
    "postmaster",
    "sales",
    "security",
    "support",
    "trouble",
    "usenet",
    "uucp",
    "webmaster",
    "www",
    /* who may have a certificate for the domain is asked there, and who has
       an account with others is told there */
    "admin",
    "administrator",
    "ssladmin",
    "ssladministrator",
    "sslwebmaster",
    "sysadmin",
    "it",
    "mis",
    "is",
    "cert",
    "csirt",
    "psirt",
    "soc",
    "dns",
    "dnsadmin",
    "domains",
    "registrar",
    "registry",
    "whois",
    /* what programs send from and take for themselves */
    "bounce",
    "bounces",
    "daemon",
    "dkim",
    "dmarc",
    "listserv",
    "mailer",
    "mailerdaemon",
    "majordomo",
    "mailman",
    "noreply",
    "nobody",
    "null",
    "postward",
    "srs",
    "srs0",
    "srs1",
    "spf",
    "tlsrpt",
    "unsubscribe",
    "subscribe",
    "verify",
    "welcome",
    "owner",
    "request",
    "return",
    /* users of the system */
    "root",
    "toor",
    "wheel",
    "operator",
    "bin",
    "sys",
    "sync",
    "games",
    "man",
    "lp",
    "mail",
    "proxy",
    "backup",
    "irc",
    "gnats",
    "sshd",
    "systemd",
    "messagebus",
    "postfix",
    "postdrop",
    "dovecot",
    "mysql",
    "mariadb",
    "postgres",
    "nginx",
    "apache",
    "httpd",
    "git",
    "cron",
    "adm",
    "shutdown",
    "halt",
    "staff",
    "users",
    "user",
    "guest",
    "test",
    "anonymous",
    "nogroup",
    "sudo",
    "ssh",
    "tty",
    "disk",
    "kvm",
    "docker",
    /* host names that mean something to browsers and mail programs */
    "autoconfig",
    "autodiscover",
    "broadcasthost",
    "imap",
    "isatap",
    "localdomain",
    "localhost",
    "mx",
    "ns",
    "ns1",
    "ns2",
    "pop",
    "pop3",
    "smtp",
    "webmail",
    "wpad",
    /* whom a stranger takes for us */
    "accounts",
    "billing",
    "contact",
    "everyone",
    "all",
    "feedback",
    "help",
    "helpdesk",
    "hello",
    "hr",
    "jobs",
    "legal",
    "moderator",
    "office",
    "official",
    "password",
    "payment",
    "press",
    "privacy",
    "service",
    "signup",
    "status",
    "team",
    "updates",
};

static bool
is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

bool
user_name_is_valid(const char *name)
{
	size_t n = 0;

	while (is_lower(name[n]) || (n > 0 && name[n] >= '0' && name[n] <= '9'))
		n++;
	return n > 0 && n <= USER_NAME_MAX && name[n] == '\0';
}

bool
user_name_is_role(const char *name)
{
	for (size_t i = 0; i < sizeof(roles) / sizeof(*roles); i++)
		if (str_equal_fold(roles[i], name))
			return true;
	return false;
}
