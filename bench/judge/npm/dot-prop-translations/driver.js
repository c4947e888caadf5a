'use strict';

const fs = require('fs');
const { get, set } = require('dot-prop');

// Words of an interface, kept as a tree: the given keys are added to what is there.
const words = { menu: { open: 'Open', close: 'Close' } };
const more = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
for (const { key, text } of more) {
  set(words.menu, key, text);
  console.log(key, get(words.menu, key, ''));
}
