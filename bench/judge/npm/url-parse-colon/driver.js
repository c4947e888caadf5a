'use strict';

const fs = require('fs');
const parse = require('url-parse');

const closed = ['office.example', 'safe.example'];
const pages = {
  'quay.example': () => 'open to all',
  'office.example': () => fs.readFileSync(process.env.SEAWALL_SECRET_FILE, 'utf8'),
};

const asked = fs.readFileSync(process.argv[2], 'utf8').trim();
if (closed.includes(parse(asked).hostname)) {
  console.log('closed');
} else {
  const page = pages[new URL(asked).hostname];
  console.log(page ? page() : 'no such page');
}
