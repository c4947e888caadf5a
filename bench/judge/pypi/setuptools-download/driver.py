import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from setuptools.package_index import PackageIndex


class Shelf(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", "8")
        self.end_headers()
        self.wfile.write(b"moorings")

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Shelf)
threading.Thread(target=server.serve_forever, daemon=True).start()
folder = tempfile.mkdtemp(dir="/tmp")
index = PackageIndex(f"http://127.0.0.1:{server.server_port}/")
for address in Path(sys.argv[1]).read_text(encoding="utf-8").split():
    found = index.download(f"http://127.0.0.1:{server.server_port}{address}", folder)
    print(Path(found).name, Path(found).read_bytes())
