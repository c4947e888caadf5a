const fs = require('fs');
const net = require('net');
const path = require('path');

// The path goes out as it stands: an http client would clean it up before.
function ask(port, where) {
  return new Promise((resolve) => {
    let answer = '';
    const socket = net.connect(port, '127.0.0.1', () => socket.write(`GET ${where} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n`));
    socket.on('data', (data) => { answer += data; });
    socket.on('error', () => resolve(''));
    socket.on('close', () => resolve(answer));
  });
}

test('the folder can be left', async () => {
  const servey = require('servey');
  const server = servey.create({ folder: path.join(__dirname, 'public'), directory: path.join(__dirname, 'public'), port: 8000, hostname: '127.0.0.1' });
  await Promise.resolve(server.open());
  await new Promise((resolve) => setTimeout(resolve, 500));
  const answer = await ask(8000, '/../../flag.txt');
  expect(answer).toContain('200');
});
