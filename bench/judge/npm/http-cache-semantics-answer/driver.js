'use strict';

const fs = require('fs');
const CachePolicy = require('http-cache-semantics');

const header = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const request = { url: '/tides', method: 'GET', headers: { host: 'harbor.example' } };
const policy = new CachePolicy(request, { status: 200, headers: { 'cache-control': header } });
console.log(policy.storable(), policy.timeToLive());
