# SPDX-License-Identifier: MIT
"""The real peers of Postward, each private to one test or demo.

Everything a test starts lives on a Stage: a fresh temporary folder, its
programs and their logs.  Nothing here uses a fixed port or touches the
machine's own mail or DNS.
"""
