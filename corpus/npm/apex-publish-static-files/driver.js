'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').trim();


const { publish } = require('apex-publish-static-files');
try {
  publish({ connectString: text, directory: '/tmp', appID: 1 });
} catch (error) {
  console.log(error.message.split('\n')[0]);
}
