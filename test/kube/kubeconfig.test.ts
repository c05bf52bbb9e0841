/** Access by kubeconfig files and ServiceAccounts: what they say, and that it is read again. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent as HttpsAgent } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { KubeconfigAccess } from '../../src/controller/source/kube/kubeconfig.ts'
import { FakeClock } from '../../src/lib/clock.ts'

interface Said {
  readonly cluster?: object
  readonly user?: object
}

function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-'))
  t.after(() => rmSync(dir, { recursive: true }))
  return dir
}

/** JSON is YAML as well. */
function kubeconfig({ cluster = {}, user = {} }: Said): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'here',
    contexts: [{ name: 'here', context: { cluster: 'one', user: 'me' } }],
    clusters: [{ name: 'one', cluster: { server: 'https://10.0.0.1:6443/', ...cluster } }],
    users: [{ name: 'me', user }],
  })
}

function start(t: TestContext, said: Said) {
  const dir = folder(t)
  const file = join(dir, 'config')
  const write = (next: Said) => writeFileSync(file, kubeconfig(next))
  write(said)
  const clock = new FakeClock()
  return { dir, file, write, clock, access: new KubeconfigAccess({ file, clock }) }
}

test('server, CA and token come from the file, and again when it changed', async (t) => {
  const ca = Buffer.from('CA').toString('base64')
  const { access, clock, write } = start(t, { cluster: { 'certificate-authority-data': ca }, user: { token: 'a\n' } })
  const before = await access.current()
  assert.equal(before.server, 'https://10.0.0.1:6443')
  assert.deepEqual(before.headers, { authorization: 'Bearer a' })
  assert.ok(before.agent instanceof HttpsAgent)
  assert.equal(String(before.agent.options.ca), 'CA')
  write({ cluster: { 'certificate-authority-data': ca }, user: { token: 'b' } })
  assert.equal((await access.current()).headers.authorization, 'Bearer a')
  clock.advance(10_000)
  const after = await access.current()
  assert.equal(after.headers.authorization, 'Bearer b')
  assert.equal(after.agent, before.agent, 'connections are kept while nothing about them changed')
})

test('a CA file that was replaced is trusted on new connections', async (t) => {
  const { access, clock, dir } = start(t, { cluster: { 'certificate-authority': 'ca.crt' } })
  writeFileSync(join(dir, 'ca.crt'), 'old')
  const before = await access.current()
  writeFileSync(join(dir, 'ca.crt'), 'new')
  clock.advance(10_000)
  const after = await access.current()
  assert.notEqual(after.agent, before.agent)
  assert.equal(String((after.agent as HttpsAgent).options.ca), 'new')
})

test('a token file beats a token, and is read anew once the server refused what was in it', async (t) => {
  const { access, dir } = start(t, { user: { tokenFile: 'token', token: 'never' } })
  writeFileSync(join(dir, 'token'), 'old\n')
  assert.equal((await access.current()).headers.authorization, 'Bearer old')
  writeFileSync(join(dir, 'token'), 'new\n')
  access.refused()
  assert.equal((await access.current()).headers.authorization, 'Bearer new')
})

test('an exec plugin is run once, and again after a refusal', async (t) => {
  const script = `n=$(cat count 2>/dev/null || echo 0); n=$((n+1)); echo $n > count
    echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"t'$n'"}}'`
  const { access, clock, dir, write } = start(t, {})
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'sh', args: ['-c', `cd ${dir}; ${script}`] }
  write({ user: { exec } })
  assert.equal((await access.current()).headers.authorization, 'Bearer t1')
  clock.advance(60_000)
  assert.equal((await access.current()).headers.authorization, 'Bearer t1')
  access.refused()
  assert.equal((await access.current()).headers.authorization, 'Bearer t2')
})

test('an exec plugin that fails says why, and is run again', async (t) => {
  const { access, write } = start(t, { user: { exec: { command: 'sh', args: ['-c', 'echo no login >&2; exit 3'] } } })
  await assert.rejects(access.current(), /no login/)
  write({ user: { token: 'x' } })
  assert.equal((await access.current()).headers.authorization, 'Bearer x')
})

test('an exec plugin that takes its time is not started again for a minute', async (t) => {
  const { access, clock } = start(t, { user: { exec: { command: 'sh', args: ['-c', 'exit 1'] } } })
  const first = access.current()
  clock.advance(59_000)
  assert.equal(access.current(), first)
  clock.advance(1_000)
  const second = access.current()
  assert.notEqual(second, first)
  await Promise.allSettled([first, second])
})

test('plain HTTP, as kubectl proxy offers it, and basic credentials', async (t) => {
  const { access } = start(t, {
    cluster: { server: 'http://127.0.0.1:8001' },
    user: { username: 'me', password: 'secret' },
  })
  const { server, headers } = await access.current()
  assert.equal(server, 'http://127.0.0.1:8001')
  assert.equal(headers.authorization, `Basic ${btoa('me:secret')}`)
})

test('a file that leads nowhere is refused in words that name it', async (t) => {
  const { access, clock, file, write } = start(t, {})
  for (const text of ['{', '{"current-context":"x"}', '{"clusters":[{"name":"a"}]}']) {
    writeFileSync(file, text)
    clock.advance(10_000)
    await assert.rejects(access.current(), (error: Error) => error.message.startsWith(file))
  }
  rmSync(file)
  clock.advance(10_000)
  await assert.rejects(access.current(), /ENOENT.*config/)
  write({ user: { token: 'x' } })
  assert.equal((await access.current()).headers.authorization, 'Bearer x')
})

test('the ServiceAccount of a Pod is used where there is no file, and without one that is said', async (t) => {
  const root = folder(t)
  const account = join(root, 'var/run/secrets/kubernetes.io/serviceaccount')
  mkdirSync(account, { recursive: true })
  writeFileSync(join(account, 'token'), 'of the pod')
  writeFileSync(join(account, 'ca.crt'), 'CA')
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env
  t.after(() => Object.assign(process.env, host === undefined ? {} : { KUBERNETES_SERVICE_HOST: host }))
  t.after(() => Object.assign(process.env, port === undefined ? {} : { KUBERNETES_SERVICE_PORT: port }))
  const access = new KubeconfigAccess({ root, clock: new FakeClock() })
  delete process.env.KUBERNETES_SERVICE_HOST
  delete process.env.KUBERNETES_SERVICE_PORT
  await assert.rejects(access.current(), /KUBERNETES_SERVICE_HOST is not set.*--kubeconfig FILE/)
  process.env.KUBERNETES_SERVICE_HOST = 'fd00::1'
  process.env.KUBERNETES_SERVICE_PORT = '443'
  const { server, headers } = await access.current()
  assert.equal(server, 'https://[fd00::1]:443')
  assert.equal(headers.authorization, 'Bearer of the pod')
  delete process.env.KUBERNETES_SERVICE_HOST
  delete process.env.KUBERNETES_SERVICE_PORT
})
