'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').replace(/\n$/, '');


const { Color } = require('three');
console.log(new Color(text).getHexString());
