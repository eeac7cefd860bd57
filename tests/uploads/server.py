"""A server that speaks S3, for pages of any origin. Prints its port as JSON, and ends with its standard input.

`POST /-/refuse?times=N` has it answer the next N parts with 503. `GET /-/parts` gives the numbers of the parts that it took, in order.
"""

import json
import logging
import sys
import threading
from urllib.parse import parse_qs

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server


class Storage:
    def __init__(self):
        self.storage = DomainDispatcherApplication(create_backend_app)
        self.refusals = 0
        self.parts = []

    def __call__(self, environ, respond):
        path, query = environ["PATH_INFO"], parse_qs(environ.get("QUERY_STRING", ""))
        if path == "/-/refuse":
            self.refusals = int(query["times"][0])
            return self.answer(respond, "204 No Content", b"")
        if path == "/-/parts":
            return self.answer(respond, "200 OK", json.dumps(self.parts).encode())
        if environ["REQUEST_METHOD"] == "PUT" and "partNumber" in query:
            # What was sent is read, so that the connection stays usable.
            if self.refusals > 0:
                self.refusals -= 1
                environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
                return self.answer(respond, "503 Slow Down", b"")
            self.parts.append(int(query["partNumber"][0]))

        def exposing(status, headers, *rest):
            return respond(status, [*headers, ("Access-Control-Expose-Headers", "ETag")], *rest)

        return self.storage(environ, exposing)

    @staticmethod
    def answer(respond, status, body):
        respond(status, [("Access-Control-Allow-Origin", "*"), ("Content-Length", str(len(body)))])
        return [body]


def main():
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("localhost", 0, Storage(), threaded=True)
    print(json.dumps({"port": server.server_port}), flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


main()
