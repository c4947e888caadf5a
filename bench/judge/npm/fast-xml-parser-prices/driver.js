'use strict';

const fs = require('fs');
const CurrencyParser = require('fast-xml-parser/src/v5/valueParsers/currency');

const prices = new CurrencyParser();
console.log(prices.parse(fs.readFileSync(process.argv[2], 'utf8')).length);
