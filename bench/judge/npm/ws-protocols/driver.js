'use strict';

const fs = require('fs');
const http = require('http');
const WebSocket = require('ws');

// A browser asks for one of the protocols that stand in the file.
const protocols = fs.readFileSync(process.argv[2], 'utf8').replace(/\n$/, '');
const server = http.createServer({ maxHeaderSize: 1 << 20 });
new WebSocket.Server({ server, handleProtocols: (names) => names[0] });
server.listen(0, '127.0.0.1', () => {
  const request = http.get({
    host: '127.0.0.1',
    port: server.address().port,
    headers: {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': 13,
      'Sec-WebSocket-Key': Buffer.alloc(16, 'tide').toString('base64'),
      'Sec-WebSocket-Protocol': protocols,
    },
  });
  const end = (answer) => { console.log(answer.statusCode); process.exit(0); };
  request.on('upgrade', end);
  request.on('response', end);
});
