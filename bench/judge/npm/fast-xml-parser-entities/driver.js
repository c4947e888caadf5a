'use strict';

const fs = require('fs');
const { XMLParser } = require('fast-xml-parser');

const parser = new XMLParser({ processEntities: true });
try {
  console.log(Object.keys(parser.parse(fs.readFileSync(process.argv[2], 'utf8'))));
} catch (error) {
  console.log(error.message);
}
