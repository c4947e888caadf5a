'use strict';

const fs = require('fs');
const path = require('path');
const { interpolateName } = require('loader-utils');

// Each file keeps its own name, with a digest behind it.
const rename = (resourcePath) => `${path.basename(resourcePath, '.svg')}.[hash:6].[ext]`;
for (const resourcePath of fs.readFileSync(process.argv[2], 'utf8').trim().split('\n')) {
  console.log(interpolateName({ resourcePath }, rename, { content: Buffer.from(resourcePath) }).length);
}
