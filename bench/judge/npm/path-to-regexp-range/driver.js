'use strict';

const fs = require('fs');
const pathToRegexp = require('path-to-regexp');

const keys = [];
const route = pathToRegexp('/log/:from-:to', keys);
for (const url of fs.readFileSync(process.argv[2], 'utf8').trim().split('\n')) {
  const found = route.exec(url);
  console.log(keys.length, found ? found[1].length : 'none');
}
