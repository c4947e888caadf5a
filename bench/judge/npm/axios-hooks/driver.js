'use strict';

const { readFileSync } = require('fs');
const axios = require('axios');

// Calls every hook that is left in the file; a hook that cannot be reached is none of our business.
async function callHooks(file) {
  const hooks = JSON.parse(readFileSync(file, 'utf8'));
  for (const hook of hooks) {
    try {
      await axios.request({ timeout: 500, ...hook });
    } catch (error) {
      if (!axios.isAxiosError(error)) throw error;
      console.log(hook.url, error.code);
    }
  }
}

callHooks(process.argv[2]);
