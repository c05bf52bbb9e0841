import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as schema from './schema.ts'
import { type Complaint, Place } from './shape.ts'

function readsAs<T>(
  name: string,
  field: schema.LineField<T>,
  rows: readonly (readonly [text: string, value: T | undefined])[],
) {
  for (const [text, value] of rows) {
    test(`${name} ${JSON.stringify(text)}: ${value === undefined ? 'refused' : JSON.stringify(value)}`, () =>
      assert.deepEqual(field.readText(text), value))
  }
}

readsAs('integer 0 to 10', schema.integer(0, 10), [
  ['0', 0],
  ['10', 10],
  ['11', undefined],
  ['-1', undefined],
  ['-0', undefined],
  ['007', undefined],
  ['1.0', undefined],
  ['1e1', undefined],
  [' 1', undefined],
  ['', undefined],
  ['9'.repeat(400), undefined],
])

readsAs('duration', schema.duration(), [
  ['0', 0],
  ['0s', 0],
  ['250ms', 250],
  ['10s', 10_000],
  ['1m30s', 90_000],
  ['1h1m1s1ms', 3_661_001],
  ['24h', 86_400_000],
  ['24h1ms', undefined],
  ['60', undefined],
  ['1.5s', undefined],
  ['-1s', undefined],
  ['1 s', undefined],
  ['1d', undefined],
  ['', undefined],
])

readsAs('bytes', schema.bytes(), [
  ['0', 0],
  ['1048576', 1_048_576],
  ['8k', 8_000],
  ['512Ki', 524_288],
  ['10Mi', 10_485_760],
  ['1G', 1_000_000_000],
  ['8m', undefined],
  ['8K', undefined],
  ['15r', undefined],
  ['1.5Mi', undefined],
  ['999999999999Gi', undefined],
  ['', undefined],
])

readsAs('number', schema.number(), [
  ['0', 0],
  ['-0.5', -0.5],
  ['12.75', 12.75],
  ['1e3', undefined],
  ['.5', undefined],
  ['1,5', undefined],
  ['NaN', undefined],
  ['', undefined],
])

readsAs('one of', schema.oneOf('on', 'off'), [
  ['on', 'on'],
  ['On', undefined],
])
readsAs('boolean', schema.boolean(), [
  ['true', true],
  ['false', false],
  ['yes', undefined],
])
readsAs('text', schema.text(/[a-z]+/, 'a word'), [
  ['word', 'word'],
  ['two words', undefined],
  ['word\n', undefined],
])
readsAs('list', schema.list(schema.integer(1, 3)), [
  ['', []],
  ['1', [1]],
  [' 1, 2 ,3', [1, 2, 3]],
  ['1,,2', undefined],
  ['1,9', undefined],
])

test('a complaint says what was expected and what was there', () => {
  assert.deepEqual(schema.parseText(schema.integer(0, 10), 'eleven'), {
    ok: false,
    complaint: 'expected an integer from 0 to 10, not "eleven"',
  })
  assert.deepEqual(schema.parseText(schema.integer(0, 10), '7'), { ok: true, value: 7 })
})

test('a quoted value is cut where it is long, and its control characters are escaped', () => {
  assert.equal(schema.quote('a\n\u0007"'), '"a\\n\\u0007\\""')
  assert.equal(schema.quote('x'.repeat(500)).length, 83)
})

test('durations and sizes are shown the way they are read', () => {
  const [duration, bytes] = [schema.duration(), schema.bytes()]
  for (const ms of [0, 1, 500, 1_500, 75_000, 90_000, 99_999, 100_001, 3_600_000, 3_600_001, 86_399_999, 86_400_000]) {
    assert.equal(duration.readText(duration.show(ms)), ms, duration.show(ms))
  }
  for (const size of [0, 1, 1_000, 1_024, 16_384, 1_048_576, 2 ** 50]) {
    assert.equal(bytes.readText(bytes.show(size)), size, bytes.show(size))
  }
  assert.deepEqual([duration.show(75_000), duration.show(3_600_001), bytes.show(1_048_576)], ['75s', '1h1ms', '1Mi'])
})

/** What reading JSON gives: the value, and the complaints with their fields. */
function readJson<T>(field: schema.Field<T>, value: unknown) {
  const complaints: Complaint[] = []
  const read = field.read(value, new Place('spec', complaints))
  return { value: read, complaints: complaints.map((each) => `${each.field}: ${each.message}`) }
}

const POLICY = schema.object({
  targets: schema.required(schema.listOf(schema.oneOf('a', 'b'), { minItems: 1, maxItems: 2 }), 'Who.'),
  timeouts: schema.optional(
    schema.object({ connect: schema.optional(schema.duration(), 'Until it stands.') }),
    'How long.',
  ),
  size: schema.optional(schema.bytes(1024, 1024 * 1024), 'How much.'),
  on: schema.optional(schema.boolean(), 'Whether.'),
})

test('JSON is read with a complaint for each value that is wrong', () => {
  assert.deepEqual(readJson(POLICY, { targets: ['a'], timeouts: { connect: '1s' }, size: 2048, on: true }), {
    value: { targets: ['a'], timeouts: { connect: 1_000 }, size: 2_048, on: true },
    complaints: [],
  })
  assert.deepEqual(readJson(POLICY, { targets: ['a', 'c'], timeouts: { conect: '1s' }, size: '2Mi', on: 'true' }), {
    value: undefined,
    complaints: [
      'spec.targets[1]: expected one of a, b, not "c"',
      'spec.timeouts.conect: there is no such field; did you mean connect?',
      'spec.size: expected a size in bytes from 1Ki to 1Mi, not "2Mi"',
      'spec.on: expected true or false, not "true" (without the quotes)',
    ],
  })
})

test('what must be there is asked for, what may be left out may be null', () => {
  assert.deepEqual(readJson(POLICY, { timeouts: null }).complaints, [
    'spec.targets: expected a list of 1 to 2 items, each one of a, b, but there is none',
  ])
  assert.deepEqual(readJson(POLICY, { targets: ['b'], on: null }), { value: { targets: ['b'] }, complaints: [] })
  for (const targets of [[], ['a', 'a', 'a']]) {
    assert.deepEqual(readJson(POLICY, { targets }).complaints, [
      `spec.targets: expected 1 to 2 items, not ${targets.length}`,
    ])
  }
})

test('each kind of value is read from JSON as YAML would have it', () => {
  for (const [field, good, bad] of [
    [schema.integer(0, 10), [0, 10], [11, 1.5, '3', null, true, Number.NaN]],
    [schema.duration(), ['0', '1m30s'], [0, 60, '60', '', []]],
    [schema.bytes(), [0, '10Mi', 2 ** 50], [-1, 1.5, '10mb', 2 ** 51]],
    [schema.boolean(), [true, false], ['true', 0]],
    [schema.oneOf('on'), ['on'], ['off', true]],
    [schema.addressRange(), ['10.0.0.0/8', '::1'], ['10.0.0.0/33', 10]],
    [schema.list(schema.integer(0, 9)), [[], [1, 2]], ['1, 2', [10], {}]],
  ] as const) {
    for (const value of good) assert.deepEqual(readJson<unknown>(field, value).complaints, [], JSON.stringify(value))
    for (const value of bad) assert.equal(readJson<unknown>(field, value).complaints.length, 1, JSON.stringify(value))
  }
})

test('a value without its quotes is told to be put in them', () => {
  assert.match(readJson(schema.duration(), 0).complaints[0]!, /not 0 \(put it in quotes\)$/)
  assert.match(readJson(schema.duration(), 60).complaints[0]!, /not 60$/)
})

test('leaves are read each for itself, by path', () => {
  const complaints: Complaint[] = []
  const given = { targets: ['a'], timeouts: { connect: 'soon' }, size: '1Mi', colour: 1 }
  const leaves = schema.readLeaves(POLICY.members, given, new Place('spec', complaints))
  assert.deepEqual(leaves, { targets: ['a'], size: 1_048_576 })
  assert.deepEqual(
    complaints.map(({ field }) => field),
    ['spec.colour', 'spec.timeouts.connect'],
  )
  assert.deepEqual(
    schema.leavesOf(POLICY.members).map(({ path }) => path),
    ['targets', 'timeouts.connect', 'size', 'on'],
  )
})

test('a complaint concerns the leaf that it is about, that it is inside of, or that is inside of it', () => {
  for (const complaint of ['a.b', 'a.b[1]', 'a.b.c', 'a']) assert.ok(schema.concerns(complaint, 'a.b'), complaint)
  for (const complaint of ['a.bc', 'a.x', 'b', 'ab']) assert.ok(!schema.concerns(complaint, 'a.b'), complaint)
})

test('an object describes itself to the API server', () => {
  const { timeouts, targets, size } = POLICY.openApi.properties!
  assert.deepEqual(POLICY.openApi.required, ['targets'])
  assert.equal(timeouts!.properties!.connect!.description, 'Until it stands.')
  assert.deepEqual([targets!.type, targets!.minItems, targets!.maxItems], ['array', 1, 2])
  assert.deepEqual([size!['x-kubernetes-int-or-string'], size!.minimum, size!.maximum], [true, 1_024, 1_048_576])
})
