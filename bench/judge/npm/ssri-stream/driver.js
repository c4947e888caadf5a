'use strict';

const fs = require('fs');
const ssri = require('ssri');

// A mirror passes a package on and checks it against the integrity that its index names.
const { name, integrity } = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const stream = ssri.integrityStream({ integrity, strict: true });
stream.on('error', (error) => console.log(name, error.code));
stream.on('end', () => console.log(name, 'whole'));
stream.resume();
stream.end('tide tables');
