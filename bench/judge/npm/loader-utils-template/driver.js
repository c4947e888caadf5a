'use strict';

const fs = require('fs');
const { interpolateName } = require('loader-utils');

const file = { resourcePath: '/site/charts/north.png', resourceQuery: '?w=200' };
for (const template of fs.readFileSync(process.argv[2], 'utf8').trim().split('\n')) {
  console.log(interpolateName(file, template, { context: '/site', content: 'pixels' }).length);
}
