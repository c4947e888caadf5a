'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').trim();

const thenify = require('thenify');
const tasks = { [text]: (done) => done(null, 'moored') };
try {
  thenify.withCallback(tasks[text])().then(console.log);
} catch (error) {
  console.log(error.message);
}
