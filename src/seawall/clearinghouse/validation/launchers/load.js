// Loads a package and does nothing else: the control of a driver that is the whole attack. No packages.
//
//   node launch.js --alone /seawall/load.js NAME
//
// Ends with 0 where it loads, 67 where it has nothing to load, 68 where loading fails.
'use strict';

const name = process.argv[2];
const end = (code) => setTimeout(() => process.exit(code), 150);

(async () => {
  try {
    require(name);
    end(0);
  } catch (error) {
    try {
      await import(name);
      end(0);
    } catch (second) {
      process.stderr.write(String(error && error.message).slice(0, 300) + '\n');
      const nothing = error && error.code === 'MODULE_NOT_FOUND' && String(error.message).includes(`'${name}'`);
      end(nothing ? 67 : 68);
    }
  }
})();
