'use strict';

const fs = require('fs');
const lexer = require('pug-lexer');
const parser = require('pug-parser');
const codeGen = require('pug-code-gen');
const wrap = require('pug-runtime/wrap');

const page = `
mixin card
  article
    h2 Harbor
    block
+card
  p= tide
`;
const options = Object.assign({ pretty: true, self: false }, JSON.parse(fs.readFileSync(process.argv[2], 'utf8')));
try {
  const template = wrap(codeGen(parser(lexer(page)), options));
  console.log(template({ tide: 'low' }));
} catch (error) {
  console.log(error.name);
}
