'use strict';

const fs = require('fs');
const git = require('simple-git');

// A mirror: each line is a place to clone from and the options wanted for it.
const mirror = async () => {
  await git().raw('init', '--bare', '/tmp/pier.git');
  for (const line of fs.readFileSync(process.argv[2], 'utf8').trim().split('\n')) {
    const [from, ...options] = line.split(' ');
    await git().clone(from, '/tmp/copy', options).then(() => console.log('cloned'), () => console.log('not cloned'));
  }
};

mirror();
