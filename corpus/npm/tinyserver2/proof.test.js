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

const { spawn } = require('child_process');

let server;
beforeAll((done) => {
  server = spawn(process.execPath, [require.resolve('tinyserver2/tinyserver.js')], { cwd: path.join(__dirname, 'public') });
  setTimeout(done, 1200);
});
afterAll(() => server.kill());

test('the folder can be left', async () => {
  const answer = await ask(8080, '/../../flag.txt');
  expect(answer.length).toBeGreaterThan(10);
});
