/* SPDX-License-Identifier: MIT */
#include "own_address.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

bool
own_address_is(const struct ip *ip)
{
	struct sockaddr_in four = {.sin_family = AF_INET};
	struct sockaddr_in6 six = {.sin6_family = AF_INET6};
	bool is_four = ip->version == 4;
	int fd =
	    socket(is_four ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int failed;

	if (fd < 0)
		return true;
	memcpy(&four.sin_addr, ip->bytes, sizeof(four.sin_addr));
	memcpy(&six.sin6_addr, ip->bytes, sizeof(six.sin6_addr));
	failed = is_four ? bind(fd, (struct sockaddr *)&four, sizeof(four))
			 : bind(fd, (struct sockaddr *)&six, sizeof(six));
	failed = failed == 0 ? 0 : errno;
	close(fd);
	return failed != EADDRNOTAVAIL;
}

static bool
address_is_loopback(const struct sockaddr *address)
{
	struct ip ip = {0};

	if (address->sa_family == AF_INET) {
		ip.version = 4;
		memcpy(ip.bytes,
		    &((const struct sockaddr_in *)(const void *)address)
			 ->sin_addr,
		    4);
	} else if (address->sa_family == AF_INET6) {
		ip.version = 6;
		memcpy(ip.bytes,
		    &((const struct sockaddr_in6 *)(const void *)address)
			 ->sin6_addr,
		    16);
	}
	return ip.version != 0 && ip_is_loopback(&ip);
}

bool
own_address_is_loopback(const char *name)
{
	const struct addrinfo wanted = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *all = NULL;
	bool loopback = true;

	if (getaddrinfo(name, NULL, &wanted, &all) != 0)
		return false;
	for (const struct addrinfo *one = all; one != NULL; one = one->ai_next)
		loopback = loopback && address_is_loopback(one->ai_addr);
	freeaddrinfo(all);
	return loopback;
}
