"""Apache Qpid Proton (python3-qpid-proton): sends a JSON message to an entity, or takes one and prints it.

Usage: qpid_proton.py send|receive URL ENTITY [BODY [ID]]     URL: amqp://host:port or amqps://host:port
BUS_USER, BUS_KEY: name of the access key and the key. BUS_CA: PEM file to trust, for amqps.
"""
import json
import os
import sys

from proton import Message, SSLDomain
from proton.utils import BlockingConnection


def connect(url):
    domain = None
    if url.startswith("amqps:"):
        domain = SSLDomain(SSLDomain.MODE_CLIENT)
        domain.set_trusted_ca_db(os.environ["BUS_CA"])
        domain.set_peer_authentication(SSLDomain.VERIFY_PEER_NAME)
    return BlockingConnection(
        url,
        timeout=20,
        ssl_domain=domain,
        user=os.environ["BUS_USER"],
        password=os.environ["BUS_KEY"],
        allowed_mechs="PLAIN",
        sasl_enabled=True,
        # Plain AMQP stays on this machine.
        allow_insecure_mechs=True,
    )


def main(what, url, entity, body="null", identifier=None):
    connection = connect(url)
    if what == "send":
        message = Message(body=body.encode(), id=identifier, content_type="application/json", inferred=True)
        connection.create_sender(entity).send(message)
    else:
        receiver = connection.create_receiver(entity, credit=1)
        message = receiver.receive(timeout=20)
        receiver.accept()
        text = bytes(message.body).decode() if isinstance(message.body, (bytes, memoryview)) else message.body
        print(json.dumps({"id": str(message.id), "body": json.loads(text)}))
    connection.close()


main(*sys.argv[1:])
