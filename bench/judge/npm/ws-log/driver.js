'use strict';

const fs = require('fs');
const net = require('net');
const WebSocket = require('ws');

const request = fs.readFileSync(process.argv[2]);
const server = new WebSocket.Server({ host: '127.0.0.1', port: 0 }, () => {
  const client = net.connect(server.address().port, '127.0.0.1', () => client.write(request));
  client.once('data', (answer) => {
    console.log(String(answer).split('\r\n')[0]);
    client.destroy();
    server.close();
  });
  client.once('error', () => {});
});
server.on('connection', (socket) => socket.on('error', () => {}));
