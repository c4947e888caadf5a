'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').trim();


const Class = require('pixl-class');
// A parent that came from elsewhere, with the text of its constructor.
const parent = { prototype: {}, toString: () => text };
try {
  Class.create({ __parent: parent });
} catch (error) {
  console.log(error.message);
}
