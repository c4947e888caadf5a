'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').replace(/\n$/, '');


const MobileDetect = require('mobile-detect');
console.log(new MobileDetect(text).mobile());
