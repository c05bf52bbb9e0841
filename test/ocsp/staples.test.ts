/** When responders are asked, and what is stapled meanwhile. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { Staples } from '../../src/controller/ocsp/staples.ts'
import { type Certificate, certificateOf } from '../../src/controller/translate/certificates.ts'
import type { ServedName } from '../../src/controller/translate/server-names.ts'
import type { StapleFact } from '../../src/controller/translate/view.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import type { HostPattern } from '../../src/model/route.ts'
import { TestAuthority } from '../proxy/pki.ts'
import { answer, HOUR_MS, issued, MINUTE_MS, type Said } from './answers.ts'

const AUTHORITY = new TestAuthority('Root')
const START = Math.floor(Date.now() / 1000) * 1000

function served(name: string, wanted: Parameters<typeof issued>[1] = {}) {
  const { chain, key, ofIssuer } = issued(AUTHORITY, wanted)
  const secret = {
    kind: 'Secret' as const,
    metadata: { namespace: 'shop', name, labels: new Map(), annotations: new Map(), generation: 1, uid: name },
    type: 'kubernetes.io/tls',
    data: new Map(),
    stringData: new Map([
      ['tls.crt', chain],
      ['tls.key', key],
    ]),
  }
  const certificate = certificateOf(secret as never) as Certificate
  const origin = { kind: 'Ingress', namespace: 'shop', name: 'web' }
  const served: ServedName = { host: 'app.test' as HostPattern, origin, certificate }
  return { served, said: { chain, key: ofIssuer } }
}

/** Responders that say what the test lets them. */
function setUp() {
  const clock = new FakeClock(START)
  const facts: StapleFact[] = []
  const urls: string[] = []
  let say: () => Promise<Buffer> = () => Promise.reject(new Error('connection refused'))
  let changes = 0
  const staples = new Staples({
    clock,
    random: () => 0.5,
    askResponder: (url) => {
      urls.push(url)
      return say()
    },
    found: (fact) => facts.push(fact),
    changed: () => changes++,
  })
  const says = (said: Omit<Said, 'from'> & { readonly from?: number }) => {
    say = async () => answer({ from: clock.wall(), ...said })
  }
  const fails = (message: string) => {
    say = () => Promise.reject(new Error(message))
  }
  const advance = async (ms: number) => {
    clock.advance(ms)
    for (let i = 0; i < 5; i++) await turn()
    // Problems are told a moment later.
    clock.advance(1000)
  }
  return { clock, staples, facts, urls, says, fails, advance, changes: () => changes }
}

test('an answer is asked for at once, stapled, and asked for again at about half of its time', async () => {
  const { staples, facts, urls, says, advance, clock } = setUp()
  const { served: name, said } = served('a')
  says({ ...said, until: START + 10 * HOUR_MS })
  staples.want([name])
  await advance(0)
  assert.deepEqual(urls, ['http://ocsp.test/'])
  assert.equal(facts.length, 1)
  assert.equal(facts[0]!.fingerprint, name.certificate.fingerprint)
  assert.ok(Buffer.from(facts[0]!.response!, 'base64').length > 100)
  assert.deepEqual([...staples.stapled], [['shop/a', START + 10 * HOUR_MS]])
  await advance(5 * HOUR_MS - MINUTE_MS)
  assert.equal(urls.length, 1)
  says({ ...said, until: clock.wall() + 10 * HOUR_MS })
  await advance(MINUTE_MS)
  assert.equal(urls.length, 2)
  assert.equal(facts.length, 2)
  assert.deepEqual(staples.asked, new Map([['good', 2]]))
  staples.stop()
})

test('a failure changes nothing before the end of the last good answer, and is told', async () => {
  const { staples, facts, fails, says, advance, changes } = setUp()
  const { served: name, said } = served('a')
  says({ ...said, until: START + HOUR_MS })
  staples.want([name])
  await advance(0)
  fails('no answer within 10 s')
  await advance(31 * MINUTE_MS)
  assert.equal(facts.length, 1, 'still stapled')
  assert.deepEqual(
    staples.problems.map(({ reason, message }) => [reason, /no answer within/.test(message)]),
    [['StaplingFailed', true]],
  )
  assert.equal(changes(), 1)
  for (let i = 0; i < 30; i++) await advance(MINUTE_MS)
  assert.deepEqual(facts.at(-1), { fingerprint: name.certificate.fingerprint, response: undefined })
  assert.ok(staples.asked.get('unreachable')! >= 3)
  says({ ...said, until: START + 5 * HOUR_MS })
  await advance(11 * MINUTE_MS)
  assert.ok(facts.at(-1)!.response !== undefined)
  assert.deepEqual(staples.problems, [])
  staples.stop()
})

test('what is revoked is not vouched for any longer, and its owner told', async () => {
  const { staples, facts, says, advance } = setUp()
  const { served: name, said } = served('a')
  says({ ...said, until: START + HOUR_MS })
  staples.want([name])
  await advance(0)
  says({ ...said, status: 'revoked', until: START + 3 * HOUR_MS })
  await advance(31 * MINUTE_MS)
  assert.equal(facts.at(-1)!.response, undefined)
  assert.deepEqual(
    staples.problems.map(({ reason, severity }) => [reason, severity]),
    [['CertificateRevoked', 'error']],
  )
  staples.stop()
})

test('a certificate that is served no more is forgotten, and one without a responder never asked about', async () => {
  const { staples, facts, urls, says, advance } = setUp()
  const { served: name, said } = served('a')
  const { responder: _none, ...rest } = served('b').served.certificate
  says({ ...said, until: START + HOUR_MS })
  staples.want([name, { ...name, certificate: { ...rest, fingerprint: 'other', responder: undefined } }])
  await advance(0)
  assert.equal(urls.length, 1)
  staples.want([])
  assert.equal(facts.at(-1)!.response, undefined)
  await advance(24 * HOUR_MS)
  assert.equal(urls.length, 1)
})

test('an answer that comes after its certificate went is not stapled', async () => {
  const { staples, facts, says, advance } = setUp()
  const { served: name, said } = served('a')
  says({ ...said, until: START + HOUR_MS })
  staples.want([name])
  staples.want([])
  await advance(0)
  assert.deepEqual(facts, [])
})

test('a few are asked at a time, and all of them in the end', async () => {
  const { staples, urls, advance } = setUp()
  const names = Array.from({ length: 10 }, (_, i) => served(`n${i}`).served)
  staples.want(names)
  assert.equal(urls.length, 4)
  await advance(0)
  assert.equal(urls.length, 10)
  staples.stop()
})
