'use strict';

const protobuf = require('protobufjs');

// As a gateway does it: the file comes from whoever offers the service.
try {
  const root = protobuf.loadSync(process.argv[2]);
  console.log(JSON.stringify(root.toJSON()).length);
} catch (error) {
  console.log('not loaded:', error.message);
}
