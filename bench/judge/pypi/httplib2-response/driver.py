import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httplib2

challenge = Path(sys.argv[1]).read_text(encoding="utf-8").rstrip("\n")


class Locked(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(401)
        self.send_header("WWW-Authenticate", challenge)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Locked)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = httplib2.Http(timeout=60)
client.add_credentials("crew", "tide")
try:
    response, _ = client.request(f"http://127.0.0.1:{server.server_port}/log")
    print(response.status)
except httplib2.HttpLib2Error as error:
    print(type(error).__name__)
