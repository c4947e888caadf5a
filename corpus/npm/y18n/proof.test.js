const y18n = require('y18n');

test('a locale may be called like the prototype', () => {
  const words = (y18n.y18n || y18n)({ directory: '/tmp', updateFiles: false });
  expect({}.berth).toBeUndefined();
  words.setLocale('__proto__');
  words.updateLocale({ berth: 'taken' });
  expect({}.berth).toBe('taken');
  delete Object.prototype.berth;
});
