'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').trim();


try {
  require('convict')({}).set(text, 1);
} catch (error) {
  console.log(error.message);
}
