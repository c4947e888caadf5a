'use strict';

const fs = require('fs');
const { EntityMetadata } = require('typeorm/metadata/EntityMetadata');
const { ColumnMetadata } = require('typeorm/metadata/ColumnMetadata');

// What an entity is saved by: its number and its settings, which are a column of JSON.
const column = (propertyName) => Object.assign(Object.create(ColumnMetadata.prototype), { propertyName });
const settings = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const values = EntityMetadata.getValueMap({ id: 7, settings }, [column('id'), column('settings')]);
console.log(Object.keys(values).join());
