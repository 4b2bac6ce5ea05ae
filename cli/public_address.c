/* SPDX-License-Identifier: MIT */
#include "public_address.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

bool
public_address_is(const struct ip *ip)
{
	static const char *const networks[] = {"0.0.0.0/8", "10.0.0.0/8",
	    "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
	    "192.168.0.0/16", "::/127", "fc00::/7", "fe80::/10"};
	struct ip_net net;

	for (size_t i = 0; i < COUNT(networks); i++)
		if (ip_net_parse(networks[i], &net) && ip_net_has(&net, ip))
			return false;
	return true;
}

const char *
public_address_resolver(const struct ip *ip)
{
	static const struct {
		const char *network, *operator;
	} known[] = {
	    {"8.8.8.8/32", "Google"},
	    {"8.8.4.4/32", "Google"},
	    {"2001:4860:4860::/48", "Google"},
	    {"1.1.1.0/24", "Cloudflare"},
	    {"1.0.0.0/24", "Cloudflare"},
	    {"2606:4700:4700::/48", "Cloudflare"},
	    {"9.9.9.0/24", "Quad9"},
	    {"149.112.112.0/24", "Quad9"},
	    {"2620:fe::/48", "Quad9"},
	    {"208.67.220.0/24", "OpenDNS"},
	    {"208.67.222.0/24", "OpenDNS"},
	    {"2620:119:35::/48", "OpenDNS"},
	    {"2620:119:53::/48", "OpenDNS"},
	    {"94.140.14.0/24", "AdGuard"},
	    {"94.140.15.0/24", "AdGuard"},
	    {"2a10:50c0::/32", "AdGuard"},
	    {"64.6.64.0/24", "Verisign"},
	    {"64.6.65.0/24", "Verisign"},
	    {"4.2.2.0/29", "Level3"},
	    {"84.200.69.80/32", "DNS.WATCH"},
	    {"84.200.70.40/32", "DNS.WATCH"},
	    {"185.228.168.0/24", "CleanBrowsing"},
	    {"185.228.169.0/24", "CleanBrowsing"},
	    {"76.76.2.0/24", "Control D"},
	    {"76.76.10.0/24", "Control D"},
	    {"77.88.8.0/24", "Yandex"},
	    {"2a02:6b8::feed:0/112", "Yandex"},
	    {"223.5.5.5/32", "AliDNS"},
	    {"223.6.6.6/32", "AliDNS"},
	    {"119.29.29.29/32", "DNSPod"},
	    {"114.114.114.0/24", "114DNS"},
	    {"193.110.81.0/24", "DNS0.eu"},
	    {"185.253.5.0/24", "DNS0.eu"},
	    {"86.54.11.0/24", "DNS4EU"},
	    {"74.82.42.42/32", "Hurricane Electric"},
	    {"2001:470:20::2/128", "Hurricane Electric"},
	    {"45.90.28.0/22", "NextDNS"},
	    {"2a07:a8c0::/29", "NextDNS"},
	    {"194.242.2.0/24", "Mullvad"},
	    {"8.26.56.26/32", "Comodo"},
	    {"8.20.247.20/32", "Comodo"},
	};
	struct ip_net net;

	for (size_t i = 0; i < COUNT(known); i++)
		if (ip_net_parse(known[i].network, &net) &&
		    ip_net_has(&net, ip))
			return known[i].operator;
	return NULL;
}
