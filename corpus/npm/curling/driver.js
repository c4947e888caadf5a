'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').trim();


require('curling').run(text, (error, answer) => console.log(error ? 'failed' : 'answered'));
