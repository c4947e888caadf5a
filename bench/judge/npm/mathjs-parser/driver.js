'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').trim();

const parser = require('mathjs').parser();
parser.set('rate', 2);
try {
  console.log(String(parser.eval(text)));
} catch (error) {
  console.log(error.name);
}
