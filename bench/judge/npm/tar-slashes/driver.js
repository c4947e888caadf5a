'use strict';

const fs = require('fs');
const tar = require('tar');

fs.mkdirSync('/tmp/unpacked');
tar.x({ file: process.argv[2], cwd: '/tmp/unpacked' }).then(
  () => console.log(fs.readdirSync('/tmp/unpacked', { recursive: true }).length),
  (error) => console.log(error.code),
);
