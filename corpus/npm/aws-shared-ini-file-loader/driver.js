'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').trim();


const { loadSharedConfigFiles } = require('@aws-sdk/shared-ini-file-loader');
fs.writeFileSync('/tmp/empty', '');
loadSharedConfigFiles({ configFilepath: '/tmp/empty', filepath: process.argv[2] }).then(() => console.log('loaded'));
