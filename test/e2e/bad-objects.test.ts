/**
 * Forty objects that somebody might write and that cannot be meant: each is refused by the API server, or taken and
 * reported on the object, with a sentence that tells what to write instead.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { decodeObject } from '../../src/controller/api/kubernetes/decode.ts'
import { Store } from '../../src/controller/store.ts'
import { DEFAULT_OPTIONS } from '../../src/controller/translate/options.ts'
import { translate } from '../../src/controller/translate/translate.ts'
import { ingress, put, service } from '../translate/world.ts'
import { LocalCluster } from './harness/local-cluster.ts'
import { kubectl } from './harness/test-cluster.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const PLURALS = { CanaryPolicy: 'canarypolicies', RateLimitPolicy: 'ratelimitpolicies' } as const
type Kind = keyof typeof PLURALS

let cluster: LocalCluster

before(async () => {
  cluster = await LocalCluster.start()
  await kubectl(cluster, ['apply', '-f', `${ROOT}crds`])
  await kubectl(cluster, ['wait', '--for=condition=Established', '--timeout=30s', '-f', `${ROOT}crds`])
  await kubectl(cluster, ['create', 'namespace', 'shop'])
})
after(() => cluster.close())

type Row = readonly [what: string, kind: Kind, spec: object, sentence: RegExp]

const WEB = { group: '', kind: 'Service', name: 'web' }
const NEXT = { name: 'canary', service: 'next' }

function canary(what: string, spec: object, sentence: RegExp): Row {
  return [what, 'CanaryPolicy', { targetRefs: [WEB], variants: [{ ...NEXT, weight: 10 }], ...spec }, sentence]
}

/** With a match beside good weights. */
function match(what: string, spec: object, sentence: RegExp): Row {
  return canary(what, { matches: [{ variant: 'canary', ...spec }] }, sentence)
}

function analysis(what: string, spec: object, sentence: RegExp): Row {
  return canary(what, { variants: [NEXT], analysis: { steps: [{ weight: 10, pause: '1m' }], ...spec } }, sentence)
}

function limits(what: string, limit: object, sentence: RegExp, more: object = {}): Row {
  const targetRefs = [{ group: 'networking.k8s.io', kind: 'Ingress', name: 'web' }]
  return [what, 'RateLimitPolicy', { targetRefs, limits: [{ name: 'all', ...limit }], ...more }, sentence]
}

const TABLE: readonly Row[] = [
  canary('a weight over 100', { variants: [{ ...NEXT, weight: 101 }] }, /weight.*less than or equal to 100/),
  canary('a weight as text', { variants: [{ ...NEXT, weight: '10' }] }, /weight.*must be of type integer/),
  canary(
    'weights that come to more than 100',
    {
      variants: [
        { ...NEXT, weight: 60 },
        { name: 'b', service: 'next', weight: 50 },
      ],
    },
    /expected weights that come to 100 at most/,
  ),
  canary('two variants of one name', { variants: [NEXT, NEXT] }, /Duplicate value/),
  canary('a variant called primary', { variants: [{ ...NEXT, name: 'primary' }] }, /expected another name/),
  canary('a variant without a Service', { variants: [{ name: 'canary' }] }, /service: Required value/),
  canary('a Service that is not there', { variants: [{ name: 'canary', service: 'nxet' }] }, /no Service shop\/nxet/),
  canary('a port that is not there', { variants: [{ ...NEXT, port: 81 }] }, /no TCP port 81; it has 80/),
  canary('neither variants nor mirror', { variants: undefined }, /expected variants, mirror or both/),
  canary('an Ingress as its target', { targetRefs: [{ ...WEB, kind: 'Ingress' }] }, /supported values: "Service"/),
  canary('a target that is not there', { targetRefs: [{ ...WEB, name: 'wbe' }] }, /there is no Service shop\/wbe/),
  canary('two targets', { targetRefs: [WEB, { ...WEB, name: 'next' }] }, /must have at most 1 item/),
  canary('an empty rule', { rules: [{}] }, /expected ingress, host or path/),
  canary('a path without its slash', { rules: [{ path: 'checkout' }] }, /path.*should match '\^\(\?:\\\/\.\*\)\$'/),
  canary(
    'a rule that no Ingress has',
    { rules: [{ host: 'nowhere.test' }] },
    /no rule of an Ingress that is served is this one/,
  ),
  match('a match of nothing', {}, /expected methods, headers, cookies, query or clients/),
  match(
    'a match for another variant',
    { variant: 'b', query: [{ name: 'v' }] },
    /name a variant of this policy, or primary/,
  ),
  match(
    'value beside pattern',
    { headers: [{ name: 'A', value: 'b', pattern: 'c' }] },
    /expected either value or pattern/,
  ),
  match('a pattern with anchors', { headers: [{ name: 'A', pattern: '^b$' }] }, /without \^, \$/),
  match('a pattern that looks ahead', { headers: [{ name: 'A', pattern: 'a(?=b)' }] }, /look-around/),
  match('a pattern that does not end', { cookies: [{ name: 'A', pattern: 'a(b' }] }, /there is no "\)" for a "\("/),
  match(
    'a pattern of patterns',
    { query: [{ name: 'A', pattern: '((a{200}){200}){200}' }] },
    /its counts come to too much/,
  ),
  match('a name with a blank', { headers: [{ name: 'X Canary' }] }, /name.*should match/),
  match(
    'a client that is no range',
    { clients: ['10.0.0.0/33'] },
    /expected a range of addresses such as 10\.0\.0\.0\/8/,
  ),
  canary('a key that there is not', { assignment: { key: 'ip' } }, /should match '\^\(\?:session\|client\|claim:/),
  analysis('no steps', { steps: [] }, /should have at least 1 items/),
  analysis('a step of 100 percent', { steps: [{ weight: 100, pause: '1m' }] }, /less than or equal to 99/),
  analysis(
    'a step without an end',
    { steps: [{ weight: 10 }] },
    /expected a pause such as 5m, approval: true, or both/,
  ),
  analysis(
    'a pause without its unit',
    { steps: [{ weight: 10, pause: '60' }] },
    /pause.*(expected a duration|should match)/,
  ),
  canary(
    'a weight beside analysis',
    { analysis: { steps: [{ weight: 10, pause: '1m' }] } },
    /expected no weight beside analysis: its steps say it/,
  ),
  canary('a pause of nothing', { paused: true }, /expected analysis beside paused/),
  canary('copies of no requests', { mirror: { service: 'next', percent: 0 } }, /percent.*greater than or equal to 1/),
  limits('a bandwidth without a unit that there is', { bandwidth: '1MB' }, /bandwidth.*should match/),
  limits('a bandwidth of nothing', { bandwidth: '0' }, /expected a size in bytes from 1Ki to 512Mi, not "0"/),
  limits('a bandwidth with a burst', { bandwidth: '1Mi', burst: 5 }, /are for requests in a time, not beside/),
  limits('a billion a second', { requests: 1e9, per: 'second' }, /expected at most 1000000 requests a second/),
  limits('no unit of time', { requests: 10 }, /expected requests and per together/),
  limits(
    'a unit that there is not',
    { requests: 10, per: 'fortnight' },
    /supported values: "second", "minute", "hour", "day"/,
  ),
  limits('no requests at all', { requests: 0, per: 'second' }, /requests.*greater than or equal to 1/),
  limits('a key that there is not', { requests: 1, per: 'day', key: ['ip'] }, /should match '\^\(\?:client\|/),
  limits('a network of 33 bits', { requests: 1, per: 'day', networks: { ipv4: 33 } }, /ipv4.*less than or equal to 32/),
  limits(
    'a cost of more than there is',
    { requests: 10, per: 'day', cost: 11 },
    /expected a cost that the burst has room for/,
  ),
  limits('an answer of 200', { requests: 1, per: 'day' }, /status.*greater than or equal to 400/, {
    response: { status: 200 },
  }),
  limits('a name in capitals', { name: 'ALL', requests: 1, per: 'day' }, /name.*should match/),
]

test('there are more than forty', () => assert.ok(TABLE.length > 40))

for (const [what, kind, spec, sentence] of TABLE) {
  test(`${kind}, ${what}: somebody says what to write instead`, async () => {
    const object = { apiVersion: 'sluice.dev/v1alpha1', kind, metadata: { name: 'bad', namespace: 'shop' }, spec }
    const path = `/apis/sluice.dev/v1alpha1/namespaces/shop/${PLURALS[kind]}?dryRun=All`
    const answer = await cluster.client.create(path, object).then(
      (taken) => reported(taken),
      (error: Error) => error.message,
    )
    assert.match(answer, sentence)
  })
}

/** What is told of an object that the API server has taken. */
function reported(taken: unknown): string {
  const store = new Store()
  for (const raw of [service('web'), service('next'), ingress('web')]) put(store, raw)
  const decoded = decodeObject(taken, { unknownFields: 'ignore' })
  assert.ok(decoded.outcome === 'object', JSON.stringify(decoded))
  store.apply([decoded], [])
  const { problems } = translate(store.view(), DEFAULT_OPTIONS)
  return problems
    .filter(({ at, severity }) => at.name === 'bad' && severity !== 'note')
    .map(({ at, message }) => `${at.field}: ${message}`)
    .join('\n')
}
