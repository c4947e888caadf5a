import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.error import HTTPError

import mechanize

ANSWER = Path(sys.argv[1]).read_bytes().replace(b"\n", b"\r\n")


class Harbor(BaseHTTPRequestHandler):
    def do_GET(self):
        self.wfile.write(ANSWER)

    def log_message(self, *words):
        pass


server = HTTPServer(("127.0.0.1", 0), Harbor)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{server.server_port}/"
browser = mechanize.Browser()
browser.set_handle_robots(False)
browser.add_password(address, "tern", "ebb and flow", "harbor")
try:
    print(browser.open(address, timeout=30).read())
except HTTPError as error:
    print(error.code)
