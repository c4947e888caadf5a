'use strict';

const fs = require('fs');
const lex = require('pug-lexer');
const parse = require('pug-parser');
const generate = require('pug-code-gen');
const wrap = require('pug-runtime/wrap');

const source = [
  'mixin boat(name)',
  '  li= name',
  'ul',
  '  +boat("Petrel")',
  '  +boat("Skua")',
].join('\n');
const settings = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
try {
  const code = generate(parse(lex(source)), { compileDebug: false, pretty: settings.pretty });
  console.log(wrap(code)({}));
} catch (error) {
  console.log(error.message);
}
