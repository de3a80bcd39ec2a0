"""Buys one URL twice with the published client `l402-requests` and prints what happened as JSON.

argv: URL of the article, base URL of the demo wallet. Names under .localhost are resolved to 127.0.0.1.
"""

import json
import socket
import sys
import urllib.request

from l402_requests import L402Client
from l402_requests.wallets import WalletBase

resolve = socket.getaddrinfo


def resolve_locally(host, *rest, **options):
    name = host.decode() if isinstance(host, bytes) else host
    return resolve("127.0.0.1" if name.endswith("localhost") else host, *rest, **options)


socket.getaddrinfo = resolve_locally


class DemoWallet(WalletBase):
    """Pays through the dev node's demo wallet and counts."""

    def __init__(self, base):
        self.base = base
        self.paid = 0

    async def pay_invoice(self, bolt11):
        body = json.dumps({"invoice": bolt11}).encode()
        request = urllib.request.Request(
            self.base + "/pay", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request) as answer:
            self.paid += 1
            return json.load(answer)["preimage"]


url, wallet_base = sys.argv[1:3]
wallet = DemoWallet(wallet_base)
client = L402Client(wallet=wallet)
first = client.get(url)
second = client.get(url)
print(json.dumps({"statuses": [first.status_code, second.status_code], "chars": len(second.text), "paid": wallet.paid}))
