'use strict';

const fs = require('fs');
const childProcess = require('child_process');
const shellQuote = require('shell-quote');

const query = fs.readFileSync(process.argv[2], 'utf8').trim();
const line = shellQuote.quote(['printf', '%s', query]);
childProcess.exec(line, (error, stdout) => console.log(error ? error.code : stdout.length));
