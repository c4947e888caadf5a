'use strict';

const fs = require('fs');
const { PassThrough } = require('stream');
const prompts = require('prompts');

const { greeting } = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const stdin = new PassThrough();
const stdout = Object.assign(new PassThrough(), { columns: 80 });
stdout.resume();
prompts({ type: 'text', name: 'berth', message: greeting, stdin, stdout }).then((answer) => {
  console.log(answer.berth);
  process.exit(0);
});
setImmediate(() => stdin.write('7\r'));
