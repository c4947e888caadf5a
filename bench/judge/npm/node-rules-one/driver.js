'use strict';

const fs = require('fs');
const Engine = require('node-rules');

const rule = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const engine = new (Engine.RuleEngine || Engine)();
if (engine.fromJSON) {
  try {
    engine.fromJSON(rule);
  } catch (error) {
    console.log(error.name);
  }
}
console.log((engine.rules || []).length);
