'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').trim();


require('portprocesses').killProcess(text).then((done) => console.log(done));
