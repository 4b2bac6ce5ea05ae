/* SPDX-License-Identifier: MIT */
/* As c-ares reads the file, so that nobody else is asked than it would ask. */
#include "net/private/dns_channels.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>

static const char *
server_text(struct arena *a, const struct ares_addr_port_node *node)
{
	int port = node->udp_port == 0 ? NS_DEFAULTPORT : node->udp_port;
	char text[INET6_ADDRSTRLEN] = "";

	inet_ntop(node->family, &node->addr, text, sizeof(text));
	return arena_printf(a, node->family == AF_INET6 ? "[%s]:%d" : "%s:%d",
	    text, port);
}

static enum rc
servers_list(const char *path, struct ares_addr_port_node **out,
    struct err *err)
{
	struct ares_options options = {.resolvconf_path = (char *)path};
	ares_channel channel;
	int status = ares_init_options(&channel, &options,
	    path == NULL ? 0 : ARES_OPT_RESOLVCONF);

	if (status == ARES_SUCCESS) {
		status = ares_get_servers_ports(channel, out);
		ares_destroy(channel);
	}
	if (status != ARES_SUCCESS || *out == NULL)
		return err_set(err, RC_TEMP, "no resolver in %s",
		    path == NULL ? "/etc/resolv.conf" : path);
	return RC_OK;
}

enum rc
dns_servers_of_file(struct arena *a, const char *path, const char *const **out,
    size_t *n, struct err *err)
{
	const char **servers =
	    arena_take_array(a, DNS_SERVERS_MAX, sizeof(*servers));
	struct ares_addr_port_node *list = NULL;
	enum rc rc;

	*n = 0;
	*out = servers;
	if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS)
		return err_set(err, RC_TEMP, "c-ares cannot begin");
	rc = servers_list(path, &list, err);
	for (struct ares_addr_port_node *node = list;
	     rc == RC_OK && node != NULL && *n < DNS_SERVERS_MAX;
	     node = node->next)
		servers[(*n)++] = server_text(a, node);
	ares_free_data(list);
	ares_library_cleanup();
	return rc;
}
