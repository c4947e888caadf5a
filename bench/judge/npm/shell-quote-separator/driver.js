'use strict';

const fs = require('fs');
const { execSync } = require('child_process');
const { quote } = require('shell-quote');

const ship = fs.readFileSync(process.argv[2], 'utf8').trim();
console.log(execSync(quote(['echo', '-n', ship]), { shell: '/bin/sh' }).toString());
