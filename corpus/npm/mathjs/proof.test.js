const math = require('mathjs');

describe('an expression', () => {
  let said;
  beforeEach(() => {
    said = jest.spyOn(console, 'log').mockImplementation(() => {});
    global.harbor = () => console.log('reached');
  });
  afterEach(() => said.mockRestore());

  it.each(['cos.constructor("harbor()")()'])('gets at the constructor of functions: %s', async (text) => {
    await expect(Promise.resolve().then(() => math.eval(text))).resolves.toBeUndefined();
    expect(said).toHaveBeenCalledWith('reached');
  });
});
