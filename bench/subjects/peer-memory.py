"""Starts postfix-mta-sts-resolver with its memory cache filled beforehand.

Usage: peer-memory.py SQLITE_FILE [arguments of mta-sts-daemon]

Its own way to fill that cache is to look up every domain. Here the rows come from a file of its SQLite cache, before it
listens; nothing that answers a request is altered.
"""

import json
import sqlite3
import sys

from postfix_mta_sts_resolver import daemon
from postfix_mta_sts_resolver.base_cache import CacheEntry
from postfix_mta_sts_resolver.internal_cache import InternalLRUCache

source = sys.argv.pop(1)


async def fill(cache):
    rows = sqlite3.connect(source).execute(
        "select domain, ts, pol_id, pol_body from sts_policy_cache")
    for domain, ts, pol_id, pol_body in rows:
        await cache.set(domain, CacheEntry(ts, pol_id, json.loads(pol_body)))


InternalLRUCache.setup = fill
daemon.main()
