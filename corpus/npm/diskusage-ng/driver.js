'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').trim();


require('diskusage-ng')(text, () => console.log('measured'));
