import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCommandLine } from './command-line.ts'

const read = (...args: string[]) => readCommandLine(args, {}, '1.2.3')

test('serve comes with its configuration', () => {
  const invocation = read('serve', '--manifests', 'dir')
  assert.ok(invocation.kind === 'serve')
  assert.equal(invocation.config.manifests, 'dir')
})

test('help is given in every way people ask for it', () => {
  for (const args of [['help'], ['--help'], ['-h']]) {
    const invocation = read(...args)
    assert.ok(invocation.kind === 'print')
    assert.match(invocation.text, /sluice serve/)
  }
  for (const args of [
    ['help', 'serve'],
    ['serve', '--help'],
    ['serve', '--http-port', 'x', '-h'],
  ]) {
    const invocation = read(...args)
    assert.ok(invocation.kind === 'print')
    assert.match(invocation.text, /--http-port N\n/)
  }
})

test('the version is the version alone', () => {
  assert.deepEqual(read('--version'), { kind: 'print', text: '1.2.3' })
})

test('what is not understood is refused with a hint', () => {
  assert.deepEqual(read('sevre'), { kind: 'refuse', complaints: ['unknown command "sevre"; did you mean serve?'] })
  assert.deepEqual(read('help', 'x'), { kind: 'refuse', complaints: ['unknown command "x"; see sluice --help'] })
  assert.deepEqual(read(), { kind: 'refuse', complaints: ['expected a command, see sluice --help'] })
  assert.equal(read('serve', '--nonsense').kind, 'refuse')
})

test('one port for two servers is refused before anything starts; free ones never collide', () => {
  const ports = (port: string) => read('serve', '--manifests', 'dir', '--http-port', port, '--admin-port', port)
  assert.deepEqual(ports('9000'), {
    kind: 'refuse',
    complaints: ['--admin-port: expected another port than that of --http-port, not 9000 for both'],
  })
  assert.equal(ports('0').kind, 'serve')
})

test('two origins for one address are refused', () => {
  assert.equal(read('controller', '--publish-service', 'ingress/sluice').kind, 'controller')
  assert.deepEqual(read('controller', '--publish-service', 'ingress/sluice', '--publish-address', '192.0.2.1'), {
    kind: 'refuse',
    complaints: ['--publish-service, --publish-address: expected one of them, not 2'],
  })
  assert.deepEqual(read('controller', '--publish-nodes'), {
    kind: 'refuse',
    complaints: ['--publish-nodes: expected POD_NAME to be set too'],
  })
  assert.equal(read('controller', '--publish-nodes', '--pod-name', 'a').kind, 'controller')
})
