'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').trim();


const saferEval = require('safer-eval');
try {
  console.log(saferEval(text));
} catch (error) {
  console.log(error.message);
}
