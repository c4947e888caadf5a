'use strict';

const { readFileSync } = require('fs');
const { createServer } = require('http');
const { connect } = require('net');
const { WebSocketServer } = require('ws');

// A radio channel on a server that has pages, too; one listener calls.
const radio = new WebSocketServer({ noServer: true });
const pages = createServer((request, response) => response.end('radio'));
pages.maxHeadersCount = 40;
pages.on('upgrade', (request, socket, head) => {
  radio.handleUpgrade(request, socket, head, (listener) => listener.close(1000, 'off air'));
});
pages.listen(0, '127.0.0.1', () => {
  const call = connect(pages.address().port, '127.0.0.1');
  call.end(readFileSync(process.argv[2]));
  call.on('data', () => {}).on('close', () => process.exit(0));
  setTimeout(() => process.exit(0), 3000);
});
