"""A server that speaks S3, for pages of any origin. Prints its port as JSON, and ends with its standard input.

`POST /-/faults?of=503,slow,hidden,hang` says what happens to the next parts: a status, S3's RequestTimeout, an `ETag` that is not exposed,
and no answer until `POST /-/release`. `GET /-/parts` gives the numbers of the parts that it took, in order.
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
        self.faults = []
        self.released = threading.Event()
        self.removed = set()
        self.parts = []

    def __call__(self, environ, respond):
        path, query = environ["PATH_INFO"], parse_qs(environ.get("QUERY_STRING", ""))
        if path == "/-/faults":
            self.faults = query["of"][0].split(",")
            self.released.clear()
            return self.answer(respond, "204 No Content", b"")
        if path == "/-/release":
            self.released.set()
            return self.answer(respond, "204 No Content", b"")
        if path == "/-/parts":
            return self.answer(respond, "200 OK", json.dumps(self.parts).encode())
        (upload,) = query.get("uploadId", [None])
        if environ["REQUEST_METHOD"] == "DELETE":
            self.removed.add(upload)
        elif upload in self.removed and environ["REQUEST_METHOD"] != "OPTIONS":
            # As S3 answers. moto fails.
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            return self.answer(respond, "404 Not Found", b"<Error><Code>NoSuchUpload</Code></Error>")
        if environ["REQUEST_METHOD"] == "PUT" and "partNumber" in query:
            # The body is read, so that the connection stays usable.
            fault = self.faults.pop(0) if self.faults else None
            if fault == "hidden":
                return self.storage(environ, respond)
            if fault:
                environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
                if fault == "hang":
                    self.released.wait(60)
                if fault == "slow":
                    return self.answer(respond, "400 Bad Request", b"<Error><Code>RequestTimeout</Code></Error>")
                return self.answer(respond, f"{503 if fault == 'hang' else fault} Refused", b"")
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
