'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').trim();


const RuleEngine = require('node-rules');
try {
  const engine = new (RuleEngine.RuleEngine || RuleEngine)();
  engine.fromJSON(text);
} catch (error) {
  console.log(error.message);
}
