'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').trim();


const PDFInfo = require('pdfinfojs');
try {
  new PDFInfo(text).getInfoSync();
} catch (error) {
  console.log('no information');
}
