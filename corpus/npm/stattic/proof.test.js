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
  const stattic = require('stattic');
  stattic.set('folder', path.join(__dirname, 'public'));
  await new Promise((resolve) => stattic.listen(8000, resolve));
  expect(await ask(8000, '/index.html')).toContain('tide');
  expect(await ask(8000, '/../../flag.txt')).toContain('200 OK');
});
