'use strict';

const { readFileSync } = require('fs');
const { createServer } = require('http');
const axios = require('axios');

// The shop's own service, which takes one order after the other.
const service = createServer((request, response) => request.resume().on('end', () => response.end('taken')));

async function main() {
  await new Promise((done) => service.listen(0, '127.0.0.1', done));
  for (const { to, body } of JSON.parse(readFileSync(process.argv[2], 'utf8'))) {
    try {
      const { data } = await axios({
        method: 'post',
        baseURL: `http://127.0.0.1:${service.address().port}`,
        url: to,
        allowAbsoluteUrls: false,
        headers: { 'X-Shop': 'quay' },
        data: body,
      });
      console.log(to.length, data);
    } catch (error) {
      console.log(error.message);
    }
  }
  service.close();
  service.closeAllConnections();
}

main();
