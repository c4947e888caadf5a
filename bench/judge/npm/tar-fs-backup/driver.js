'use strict';

const { createReadStream } = require('fs');
const { pipeline } = require('stream/promises');
const { extract } = require('tar-fs');

// Puts a backup of the logbook back, without its top folder.
async function restore(file) {
  const names = [];
  const out = extract('/tmp/logbook', { strip: 1, utimes: false, map: (header) => { names.push(header.name); return header; } });
  await pipeline(createReadStream(file), out);
  return names;
}

restore(process.argv[2]).then((names) => console.log(names.join(', ')), (error) => console.log(error.message));
