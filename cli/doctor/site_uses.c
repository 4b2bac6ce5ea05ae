/* SPDX-License-Identifier: MIT */
#include "site_uses.h"

#include <unistd.h>

bool
site_uses_policyd(const struct settings *s)
{
	return !s->milter.enforce ||
	       config_given(s->config, "policyd", NULL, "listen") ||
	       access("/etc/systemd/system/multi-user.target.wants/"
		      "postward-policyd.service",
		   F_OK) == 0;
}

bool
site_uses_form(const struct settings *s)
{
	return config_given(s->config, "signup", NULL, "listen") ||
	       config_given(s->config, "signup", NULL, "url");
}

bool
site_uses_mail(const struct settings *s)
{
	return config_given(s->config, "mailer", NULL, "smtp") ||
	       config_given(s->config, "signup", NULL, "url");
}

bool
site_uses_provision(const struct settings *s)
{
	return config_given(s->config, "provision", NULL, "command");
}
