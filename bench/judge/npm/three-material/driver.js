'use strict';

const fs = require('fs');
const { MeshBasicMaterial } = require('three');

console.warn = () => {};
const paint = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
console.log(new MeshBasicMaterial(paint).color.getHex());
