'use strict';

const fs = require('fs');
const Policy = require('http-cache-semantics');

// The page is in the cache; a client asks for it with the headers of the file.
const first = { url: '/', method: 'GET', headers: {} };
const kept = new Policy(first, { status: 200, headers: { 'cache-control': 'max-age=600', date: new Date().toUTCString() } });
const { headers } = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
console.log(kept.satisfiesWithoutRevalidation({ url: '/', method: 'GET', headers }));
