'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').trim();


const Blamer = require('blamer');
Promise.resolve(new (Blamer.default || Blamer)('git').blameByFile(text)).catch(() => console.log('no blame'));
