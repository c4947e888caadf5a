// Reads "a TAB b" lines, writes one of < = > ! a pair: node-semver's strict comparison, ! where it refuses one of them.
const semver = require('semver')
const known = new Map()
const parsed = text => {
  if (!known.has(text)) known.set(text, semver.parse(text))
  return known.get(text)
}
const said = []
for (const line of require('fs').readFileSync(0, 'latin1').split('\n')) {
  if (!line) continue
  const [a, b] = line.split('\t').map(parsed)
  said.push(a && b ? '<=>'[semver.compare(a, b) + 1] : '!')
}
process.stdout.write(said.join(''))
