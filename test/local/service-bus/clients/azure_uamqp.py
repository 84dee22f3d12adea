"""Microsoft's C stack for AMQP 1.0 (python3-uamqp): sends a JSON message to an entity, or takes one and prints it. TLS only.

Usage: azure_uamqp.py send|receive URL ENTITY [BODY [ID]]     URL: amqps://host:port
BUS_USER, BUS_KEY: name of the access key and the key. BUS_CA: PEM file to trust.
"""
import json
import os
import sys
from urllib.parse import urlparse

import uamqp
from uamqp import authentication


def main(what, url, entity, body="null", identifier=None):
    place = urlparse(url)
    # The library reads the port from here and nowhere else.
    auth = authentication.SASLPlain(
        place.hostname, os.environ["BUS_USER"], os.environ["BUS_KEY"], port=place.port, verify=os.environ["BUS_CA"]
    )
    address = f"{url}/{entity}"
    if what == "send":
        properties = uamqp.message.MessageProperties(message_id=identifier, content_type="application/json")
        client = uamqp.SendClient(address, auth=auth)
        client.queue_message(uamqp.Message(body.encode(), properties=properties))
        states = client.send_all_messages()
        if states != [uamqp.constants.MessageState.SendComplete]:
            sys.exit(f"not sent: {states}")
    else:
        client = uamqp.ReceiveClient(address, auth=auth, prefetch=1, timeout=20000)
        message = client.receive_message_batch(max_batch_size=1, timeout=20000)[0]
        text = b"".join(message.get_data()).decode()
        message.accept()
        print(json.dumps({"id": message.properties.message_id.decode(), "body": json.loads(text)}))
        client.close()


main(*sys.argv[1:])
