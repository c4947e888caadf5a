import socket
import sys
import threading
from pathlib import Path

from mechanize import HTTPPasswordMgr, ProxyBasicAuthHandler, ProxyHandler, build_opener
from mechanize import HTTPError

# The answers of a proxy, one for each connection.
answers = Path(sys.argv[1]).read_text(encoding="utf-8").replace("\n", "\r\n").split("----\r\n")
proxy = socket.create_server(("127.0.0.1", 0))
port = proxy.getsockname()[1]


def serve():
    for answer in answers:
        client, _ = proxy.accept()
        client.recv(8192)
        client.sendall(answer.encode())
        client.close()


threading.Thread(target=serve, daemon=True).start()
passwords = HTTPPasswordMgr()
passwords.add_password("harbor", f"127.0.0.1:{port}", "tern", "ebb and flow")
opener = build_opener(ProxyHandler({"http": f"http://127.0.0.1:{port}"}), ProxyBasicAuthHandler(passwords))
try:
    print(opener.open("http://tides.example/today", timeout=30).read())
except HTTPError as error:
    print(error.code)
