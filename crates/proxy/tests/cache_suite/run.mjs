// Runs the suite, and cases of our own for CDN-Cache-Control, against the edge at BASE. Prints what came out as JSON.
import fetch from 'node-fetch'
import { getResults, runTests } from 'http-cache-tests/client/runner.mjs'
import suites from 'http-cache-tests/tests/index.mjs'

// What the npm package lacks: RFC 9213. Name, headers of the first answer, and whether the second request is served
// from the cache.
const CDN_CACHE_CONTROL = [
  ['is obeyed', [['CDN-Cache-Control', 'max-age=3600', false]], true],
  ['past 2^31', [['CDN-Cache-Control', 'max-age=2147483648', false]], true],
  ['far past it', [['CDN-Cache-Control', 'max-age=99999999999', false]], true],
  ['older than it', [['Date', 0], ['CDN-Cache-Control', 'max-age=3600', false], ['Age', '7200']], false],
  ['0', [['CDN-Cache-Control', 'max-age=0', false]], false],
  ['beside what is unknown', [['CDN-Cache-Control', 'foobar, max-age=3600', false]], true],
  ['beats a past Expires', [['CDN-Cache-Control', 'max-age=3600', false], ['Expires', -10000], ['Date', 0]], true],
  ['beats an odd Expires', [['CDN-Cache-Control', 'max-age=3600', false], ['Expires', '0', false], ['Date', 0]], true],
  ['0 beats Expires', [['CDN-Cache-Control', 'max-age=0', false], ['Expires', 10000], ['Date', 0]], false],
  ['longer wins', [['Cache-Control', 'max-age=1'], ['CDN-Cache-Control', 'max-age=3600', false]], true],
  ['shorter wins', [['Cache-Control', 'max-age=3600'], ['CDN-Cache-Control', 'max-age=1', false]], false],
  ['private', [['CDN-Cache-Control', 'private'], ['Cache-Control', 'max-age=10000']], false],
  ['no-cache', [['CDN-Cache-Control', 'no-cache'], ['Cache-Control', 'max-age=10000']], false],
  ['no-store', [['Cache-Control', 'max-age=10000'], ['CDN-Cache-Control', 'no-store', false]], false],
  ['beats no-store', [['Cache-Control', 'no-store'], ['CDN-Cache-Control', 'max-age=10000', false]], true],
  ['unreadable', [['CDN-Cache-Control', 'max-age=10000, &&&&&', false], ['Cache-Control', 'no-store']], false],
  ['of the wrong type', [['CDN-Cache-Control', 'max-age="10000"', false], ['Cache-Control', 'no-store']], false]
]

const cdn = {
  name: 'CDN-Cache-Control',
  id: 'cdn',
  tests: CDN_CACHE_CONTROL.map(([name, headers, cached], index) => ({
    name,
    id: `cdn-${index}-${name.replaceAll(' ', '-')}`,
    kind: 'cdn',
    requests: [
      { response_headers: headers, setup: true, pause_after: true },
      { expected_type: cached ? 'cached' : 'not_cached' }
    ]
  }))
}

const all = [...suites, cdn]
await runTests(all, fetch, false, process.env.BASE)
const results = getResults()
const tests = new Map(all.flatMap((suite) => suite.tests).filter((test) => !test.browser_only).map((test) => [test.id, test]))
// A test counts where those pass that it rests on.
const passes = (id) => results[id] === true && (tests.get(id).depends_on ?? []).every(passes)

const counts = {}
for (const [id, test] of tests) {
  const count = (counts[test.kind ?? 'required'] ??= { passed: 0, failed: {} })
  if (passes(id)) count.passed += 1
  else count.failed[id] = results[id] === true ? 'what it rests on failed' : String(results[id]?.[1])
}
console.log(JSON.stringify(counts))
