'use strict';

const fs = require('fs');
const { fromUrl } = require('hosted-git-info');

const manifest = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
for (const [name, where] of Object.entries(manifest.dependencies)) {
  const info = fromUrl(where, { noCommittish: true });
  console.log(name, info ? info.type : 'unknown');
}
