'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').trim();


require('whereis')(text, (error, path) => console.log(error ? 'nowhere' : path));
