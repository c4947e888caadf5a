// The harness's listener: takes whatever connects and notes the beginning of what it says. No packages.
'use strict';

const fs = require('fs');
const net = require('net');

const LISTENER_PORT = 8099;
const REQUESTS_MAX = 100;
let left = REQUESTS_MAX;

const server = net.createServer((socket) => {
  let said = '';
  const done = () => {
    if (left > 0) {
      left -= 1;
      fs.appendFileSync('/report/notes.jsonl', JSON.stringify({ kind: 'request', said: said.slice(0, 2000) }) + '\n');
    }
    socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok');
  };
  const waited = setTimeout(done, 1000);
  socket.on('error', () => {});
  socket.once('data', (data) => {
    said = data.toString('latin1');
    clearTimeout(waited);
    done();
  });
});
server.listen(LISTENER_PORT, '127.0.0.1', () => fs.writeFileSync('/report/listening', ''));
