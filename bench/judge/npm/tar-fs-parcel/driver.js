'use strict';

const fs = require('fs');
const tar = require('tar-fs');

fs.mkdirSync('/tmp/parcel');
fs.createReadStream(process.argv[2])
  .pipe(tar.extract('/tmp/parcel'))
  .on('error', (error) => console.log('refused:', error.message))
  .on('finish', () => console.log(fs.readdirSync('/tmp/parcel')));
