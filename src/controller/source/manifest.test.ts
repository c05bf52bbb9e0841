import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Manifest, parseManifest } from './manifest.ts'

const SERVICE = 'apiVersion: v1\nkind: Service\nmetadata: { name: web }\nspec: {}\n'

function parsed(text: string, file = 'a.yaml'): Manifest {
  const manifest = parseManifest(file, text)
  assert.deepEqual(manifest.broken, [])
  return manifest
}

function broken(text: string): string {
  const { broken } = parseManifest('a.yaml', text)
  assert.equal(broken.length, 1, JSON.stringify(broken))
  return broken[0]!
}

const refs = ({ declared }: Manifest) => declared.map(({ ref }) => ref)

test('several documents in a file, some of them empty', () => {
  const text = `---\n${SERVICE}---\n# nothing\n---\n${SERVICE.replace('web', 'api')}...\n`
  assert.deepEqual(refs(parsed(text)), ['Service/default/web', 'Service/default/api'])
})

for (const text of ['', '\n', '# a comment', '---\n---\n']) {
  test(`a file without objects declares none: ${JSON.stringify(text)}`, () => assert.deepEqual(refs(parsed(text)), []))
}

test('JSON is read as well, with tabs', () => {
  const json = '{\n\t"apiVersion": "v1",\n\t"kind": "Service",\n\t"metadata": { "name": "web" },\n\t"spec": {}\n}'
  assert.deepEqual(refs(parsed(json, 'a.json')), ['Service/default/web'])
})

test('the items of a List are objects like others', () => {
  const list = { apiVersion: 'v1', kind: 'List', items: [1, 2].map((n) => service(`s${n}`)) }
  assert.deepEqual(refs(parsed(JSON.stringify(list))), ['Service/default/s1', 'Service/default/s2'])
})

test('the items of a list of one kind may leave their kind to it', () => {
  const list = { apiVersion: 'v1', kind: 'ServiceList', items: [{ metadata: { name: 'web' }, spec: {} }] }
  assert.deepEqual(refs(parsed(JSON.stringify(list))), ['Service/default/web'])
})

test('anchors and merge keys work', () => {
  const text = `${SERVICE}x-labels: &l { a: b }\n---\n${SERVICE}`
  assert.equal(refs(parsed(text)).length, 2)
  const merged = parsed('base: &b { name: web }\napiVersion: v1\nkind: Service\nmetadata: { <<: *b }\nspec: {}\n')
  assert.deepEqual(refs(merged), ['Service/default/web'])
})

test('kinds that are not read are told, with a hint where another version is', () => {
  const { declared, problems } = parsed(
    'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web }\n---\napiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: { name: old, namespace: shop }\n',
  )
  assert.deepEqual(declared, [])
  assert.deepEqual(
    problems.map(({ at, severity, message }) => [at.kind, at.namespace, at.name, at.file, severity, message]),
    [
      ['Deployment', '', 'web', 'a.yaml', 'warning', 'apps/v1 Deployment is not read'],
      [
        'Ingress',
        'shop',
        'old',
        'a.yaml',
        'warning',
        'extensions/v1beta1 Ingress is not read; networking.k8s.io/v1 is',
      ],
    ],
  )
})

test('an object of the wrong shape is declared all the same, with a problem for each field', () => {
  const { declared } = parsed(
    'apiVersion: v1\nkind: Service\nmetadata: { name: web }\nspec: { ports: [{ port: http }] }\n',
  )
  assert.equal(declared[0]?.object, undefined)
  assert.deepEqual(
    declared[0]?.problems.map(({ at, message }) => [at.field, at.file, message]),
    [['spec.ports[0].port', 'a.yaml', 'expected an integer, not a text']],
  )
})

test('a slice without the label of its Service is told: it is served by nobody', () => {
  const text = 'apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: { name: web-1 }\naddressType: IPv4\n'
  const [declared] = parsed(text).declared
  assert.notEqual(declared?.object, undefined)
  assert.deepEqual(
    declared?.problems.map(({ at, reason }) => [at.field, reason]),
    [['metadata.labels', 'StrayEndpointSlice']],
  )
})

test('a document that nobody can name is broken, and it is said where it stands', () => {
  assert.equal(broken(`${SERVICE}---\nhello\n`), 'document 2: expected a Kubernetes object')
  assert.equal(
    broken('apiVersion: v1\nkind: List\nitems: [{ kind: Service }]'),
    'document 1, items[0]: expected apiVersion and kind',
  )
  assert.match(broken('apiVersion: v1\nkind: Service\nmetadata: {}'), /Service: metadata\.name: expected a text/)
})

for (const middle of [
  'kind: [',
  'kind: {',
  'a: b: c',
  '\thello',
  '- a\nb: c',
  'hello',
  'apiVersion: v1\nkind: Service',
]) {
  test(`documents beside a broken one are read: ${JSON.stringify(middle)}`, () => {
    const manifest = parseManifest('a.yaml', `${SERVICE}---\n${middle}\n---\n${SERVICE.replace('web', 'api')}`)
    assert.deepEqual(refs(manifest), ['Service/default/web', 'Service/default/api'])
    assert.equal(manifest.broken.length, 1)
  })
}

test('items of a List beside a broken one are read', () => {
  const list = { apiVersion: 'v1', kind: 'List', items: [service('a'), { kind: 'Service' }, service('b')] }
  const manifest = parseManifest('a.yaml', JSON.stringify(list))
  assert.deepEqual(refs(manifest), ['Service/default/a', 'Service/default/b'])
  assert.deepEqual(manifest.broken, ['document 1, items[1]: expected apiVersion and kind'])
})

test('broken YAML is told with its line', () => {
  assert.match(broken('apiVersion: v1\nkind: Secret\ndata: { a: x, b: [y }\n'), /^line 3, column \d+: /)
})

for (const data of [
  '{ a: b, c: [sesame }',
  '*sesame',
  '!sesame x',
  '"\\sesame"',
  '}sesame',
  '@sesame',
  '`sesame',
  '%sesame',
  '|sesame',
  '&a *a sesame',
]) {
  test(`what breaks is never shown, since it may be secret: ${data}`, () => {
    const text = `apiVersion: v1\nkind: Secret\nmetadata: { name: a }\ndata: ${data}\n`
    assert.doesNotMatch(broken(text), /sesame/)
  })
}

test('keys that are there twice, unknown tags and missing anchors break a document', () => {
  assert.match(broken(`${SERVICE}kind: Ingress\n`), /unique$/)
  assert.match(broken(`${SERVICE}x: !secret y\n`), /tag$/)
  assert.match(broken(`${SERVICE}x: *missing\n`), /anchor must be set before the alias\)$/)
})

test('aliases that would expand without bound break a document', () => {
  const levels = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(', ')}]`)
  assert.match(broken(`l0: &l0 x\n${levels.join('\n')}\n`), /alias/)
})

test('a changed object has another text, an unchanged one the same', () => {
  const [one] = parsed(SERVICE).declared
  const [reformatted] = parsed(`# comment\n${SERVICE.replace('{ name: web }', '\n  name: web')}`).declared
  const [other] = parsed(SERVICE.replace('spec: {}', 'spec: { ports: [] }')).declared
  assert.equal(reformatted?.text, one?.text)
  assert.notEqual(other?.text, one?.text)
})

function service(name: string): object {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: {} }
}
