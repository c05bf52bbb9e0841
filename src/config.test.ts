import assert from 'node:assert/strict'
import { test } from 'node:test'
import { COMMANDS, type Flag, flagName, variableName } from './config/flag.ts'
import { optionsHelp } from './config/help.ts'
import { readConfig } from './config/read.ts'
import { type Config, FLAGS } from './config.ts'
import { DEFAULT_CONFIG } from './controller/api/sluice-config.ts'

const rows: readonly (readonly [string, Flag<unknown>])[] = Object.entries(FLAGS)

function read(args: readonly string[], variables: Record<string, string> = {}): Config {
  const reading = readConfig('serve', ['--manifests', 'dir', ...args], variables)
  assert.ok(reading.ok, JSON.stringify(reading))
  return reading.config
}

function complaints(args: readonly string[], variables: Record<string, string> = {}): readonly string[] {
  const reading = readConfig('serve', args, variables)
  assert.ok(!reading.ok)
  return reading.complaints
}

test('what is not given is the default', () => {
  const config = read([])
  assert.deepEqual([config.httpPort, config.bind, config.accessLog], [8080, '127.0.0.1', 'stdout'])
  assert.equal(config.defaultBackendService, undefined)
})

test('a flag beats the environment beats the default', () => {
  assert.equal(read([], { SLUICE_HTTP_PORT: '1' }).httpPort, 1)
  assert.equal(read(['--http-port', '2'], { SLUICE_HTTP_PORT: '1' }).httpPort, 2)
})

test('of a flag given twice the last one counts', () => {
  assert.equal(read(['--manifests', 'other']).manifests, 'other')
  assert.equal(read(['--http-port=1', '--http-port', '2']).httpPort, 2)
})

test('a switch needs no value and takes one', () => {
  assert.equal(read(['--allow-external-name', '--http-port', '0']).allowExternalName, true)
  assert.equal(read(['--allow-external-name=false']).allowExternalName, false)
})

test('values arrive in the units of the settings', () => {
  const config = read(['--idle-timeout', '1m30s', '--header-limit', '32Ki', '--trusted-proxies', '10.0.0.0/8, ::1'])
  assert.deepEqual([config.idleTimeout, config.headerLimit], [90_000, 32_768])
  assert.deepEqual(config.trustedProxies, ['10.0.0.0/8', '::1'])
})

test('all that is wrong is said at once, with name, value and expectation', () => {
  const wrong = ['--http-port', '99999', '--bind', 'localhost', '--trusted-proxies', '10.0.0.0/33', 'extra']
  assert.deepEqual(complaints(wrong, { SLUICE_WORKERS: 'many', SLUICE_DRAIN_DELAY: '5' }), [
    'unexpected argument "extra"',
    '--manifests DIR must be given',
    '--bind: expected an IP address such as 127.0.0.1, 0.0.0.0 or ::, not "localhost"',
    '--http-port: expected an integer from 0 to 65535, not "99999"',
    'SLUICE_WORKERS: expected an integer from 1 to 256, not "many"',
    '--trusted-proxies: expected a comma-separated list, each item a range of addresses such as 10.0.0.0/8, not "10.0.0.0/33"',
    'SLUICE_DRAIN_DELAY: expected a duration such as 500ms, 10s or 1m30s, up to 24h, not "5"',
  ])
})

test('a flag without its value does not eat the next flag', () => {
  assert.deepEqual(complaints(['--manifests', '--http-port', '1']), [
    '--manifests: expected a path after it',
    '--manifests DIR must be given',
  ])
})

test('a misspelt option or variable is an error that names the right one', () => {
  assert.deepEqual(complaints(['--manifests', 'dir', '--htp-port', '1'], { SLUICE_BINDD: '::' }), [
    'unknown option --htp-port; did you mean --http-port?',
    'unexpected argument "1"',
    'unknown variable SLUICE_BINDD; did you mean SLUICE_BIND?',
  ])
})

test('variables that Kubernetes sets for a Service called sluice are left alone', () => {
  read([], { SLUICE_SERVICE_HOST: '10.0.0.1', SLUICE_PORT: 'tcp://10.0.0.1:80', SLUICE_PORT_80_TCP_ADDR: '10.0.0.1' })
})

test('a service for unmatched requests is written with namespace and port', () => {
  assert.equal(read(['--default-backend-service', 'shop/web:http']).defaultBackendService, 'shop/web:http')
  assert.match(complaints(['--manifests', 'd', '--default-backend-service', 'web'])[0]!, /namespace\/service:port/)
})

for (const command of COMMANDS) {
  test(`the help of ${command} has each of its options, with variable and default, and no other`, () => {
    const help = optionsHelp(command)
    for (const [key, row] of rows) {
      const isTaken = row.commands.includes(command)
      assert.equal(new RegExp(`^  ${flagName(key)}\\b(?!-)`, 'm').test(help), isTaken, key)
      assert.ok(!isTaken || help.includes(variableName(key, row)), key)
      assert.ok(!isTaken || row.required === true || help.includes(`default: ${row.shown}`), key)
    }
  })
}

test('options of another command have their defaults', () => {
  const reading = readConfig('controller', ['--watch-namespace', 'shop,blog'], {})
  assert.ok(reading.ok, JSON.stringify(reading))
  assert.deepEqual([reading.config.watchNamespace, reading.config.manifests], [['shop', 'blog'], ''])
})

test('namespaces are named once, and not at all only by leaving the option out', () => {
  const watch = (text: string) => readConfig('controller', [`--watch-namespace=${text}`], {})
  const reading = watch('shop, blog,shop')
  assert.deepEqual(reading.ok && reading.config.watchNamespace, ['shop', 'blog'])
  const words = '--watch-namespace: expected a comma-separated list, each item the name of a namespace, not ""'
  assert.deepEqual(watch(''), { ok: false, complaints: [words] })
})

test('who we are is read from the variables that manifests set', () => {
  const reading = readConfig('controller', ['--pod-name', 'b'], { POD_NAMESPACE: 'ingress', POD_NAME: 'a' })
  assert.ok(reading.ok, JSON.stringify(reading))
  assert.deepEqual([reading.config.podNamespace, reading.config.podName], ['ingress', 'b'])
  const wrong = readConfig('controller', [], { POD_NAMESPACE: '' })
  assert.deepEqual(wrong, { ok: false, complaints: ['POD_NAMESPACE: expected the name of a namespace, not ""'] })
})

test('what is published are addresses and host names, written in one way', () => {
  const publish = (text: string) => readConfig('controller', ['--publish-address', text], {})
  const reading = publish('192.0.2.1, lb.example.com,2001:DB8::0:1')
  assert.ok(reading.ok, JSON.stringify(reading))
  assert.deepEqual(reading.config.publishAddress, ['192.0.2.1', 'lb.example.com', '2001:db8::1'])
  for (const text of ['192.0.2.256', 'Example.com', '10.0.0.0/8', 'a..b']) assert.equal(publish(text).ok, false, text)
})

test('defaults are shown the way they are read', () => {
  for (const [key, row] of rows) {
    // What is empty has a word for it.
    if (row.live === undefined || /^(nobody|the address|the server|none)\b/.test(row.shown)) continue
    assert.deepEqual(row.field.readText(row.shown), row.default, key)
  }
})

test('what a SluiceConfig can say is an option as well, but for switching the access log', () => {
  const live = rows.flatMap(([, row]) => row.live ?? [])
  assert.deepEqual([...live, 'logs.access'].sort(), Object.keys(DEFAULT_CONFIG).sort())
})

test('the help says of each option whether a change needs a restart', () => {
  const help = optionsHelp('serve')
  assert.match(help, /SLUICE_HTTP_PORT, default: 8080; a change needs a restart/)
  assert.match(help, /SLUICE_IDLE_TIMEOUT, default: 75s; live as spec\.timeouts\.idle of a SluiceConfig/)
})

test('prose of the help fits into a terminal, and loses no word', () => {
  const lines = optionsHelp('controller').split('\n')
  const prose = lines.filter((line) => !/^ +(?:SLUICE|POD)_/.test(line))
  assert.deepEqual(
    prose.filter((line) => line.length > 120),
    [],
  )
  const text = lines.map((line) => line.trim()).join(' ')
  for (const [key, { commands, doc }] of rows) assert.ok(!commands.includes('controller') || text.includes(doc), key)
})

test('what was given is known by the name it was given by', () => {
  const reading = readConfig('serve', ['--manifests', 'd', '--bind', '::1'], { SLUICE_HTTP_PORT: '1' })
  assert.ok(reading.ok)
  assert.deepEqual(
    [...reading.given],
    [
      ['manifests', '--manifests'],
      ['bind', '--bind'],
      ['httpPort', 'SLUICE_HTTP_PORT'],
    ],
  )
})
