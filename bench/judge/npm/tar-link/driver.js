'use strict';

const fs = require('fs');
const { Unpack } = require('tar');

fs.mkdirSync('/tmp/cargo');
const unpack = new Unpack({ cwd: '/tmp/cargo' });
unpack.on('close', () => console.log('done'));
unpack.on('error', (error) => console.log(error.message));
fs.createReadStream(process.argv[2]).pipe(unpack);
