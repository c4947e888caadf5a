'use strict';

const fs = require('fs');
const value = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));


require('style-dictionary/lib/utils/deepExtend')([{}, value]);
