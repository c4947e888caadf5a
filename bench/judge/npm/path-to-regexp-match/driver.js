'use strict';

const fs = require('fs');
const { match } = require('path-to-regexp');

const routes = ['/', '/boats/:id', '/boats/:id/crew/:name@:rank'].map((path) => match(path, { decode: decodeURIComponent }));
for (const line of fs.readFileSync(process.argv[2], 'utf8').split('\n')) {
  const hit = routes.map((route) => route(line)).find(Boolean);
  console.log(hit ? Object.keys(hit.params).join(',') : '-');
}
