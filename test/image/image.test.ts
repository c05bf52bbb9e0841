/** Sluice from exactly the files of its image: nothing is missing, nothing more is needed, no right is used. */
import assert from 'node:assert/strict'
import { chmodSync, cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, type TestContext, test as testWith } from 'node:test'
import { RESOURCES, resourcePath } from '../../src/controller/source/kube/resources.ts'
import { ask, serveBy } from '../cli/backend.ts'
import { Bell } from '../kube/bell.ts'
import { ApiDouble } from '../kube/double.ts'
import { Image, type Running, requirePrograms, USER } from './container.ts'

const test = (name: string, run: (t: TestContext) => Promise<void>) => testWith(name, { timeout: 60_000 }, run)
const PORTS = ['--http-port', '0', '--https-port', '0', '--admin-port', '0', '--workers', '1']

requirePrograms()
const image = new Image()
after(() => image.remove())

const serving = async (running: Running) =>
  JSON.parse(await running.line('"serving"')) as { readonly http: number; readonly admin: number }
const status = async (port: number, host: string) => (await ask({ port, host })).status

/** A line of /proc/PID/status. */
function told(pid: number, name: string): string {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8')
  return new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(text)?.[1] ?? `no ${name}`
}

test('it tells its options', async () => {
  const running = image.run(['controller', '--help'])
  assert.equal(await running.ended(), 0, running.output)
  assert.match(running.output, /--publish-service/)
})

test('it serves manifests, as nobody, without a right, where nothing can be written; SIGTERM ends it', async (t) => {
  const backend = await serveBy((_request, response) => response.end('hello'))
  t.after(backend.close)
  cpSync(backend.manifests, join(image.lent, 'manifests'), { recursive: true })
  chmodSync(join(image.lent, 'manifests'), 0o755)
  const running = image.run(['serve', '--manifests', '/mnt/manifests', ...PORTS])
  t.after(() => running.stop('SIGKILL'))
  const { http, admin } = await serving(running)
  assert.equal(await status(http, 'app.test'), 200)
  assert.equal((await fetch(`http://127.0.0.1:${admin}/readyz`)).status, 200)
  const { pid } = running
  for (const ids of ['Uid', 'Gid']) assert.equal(told(pid, ids), Array(4).fill(USER).join('\t'))
  for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
    assert.equal(told(pid, set), '0'.repeat(16), set)
  assert.deepEqual([told(pid, 'NoNewPrivs'), told(pid, 'Groups')], ['1', ''])
  const mounts = readFileSync(`/proc/${pid}/mountinfo`, 'utf8').split('\n')
  const [root] = mounts.map((line) => line.split(' ')).filter(([, , , , point]) => point === '/')
  assert.match(root?.[5] ?? 'no root', /^ro\b/)
  assert.equal(await running.stop('SIGTERM'), 0, running.output)
})

test('it follows a cluster: the packages for that are all there', async (t) => {
  const paths = RESOURCES.map((row) => resourcePath(row))
  const double = new ApiDouble(new Bell(), paths)
  const server = await double.listen()
  t.after(() => double.close())
  const kubeconfig = {
    'current-context': 'here',
    contexts: [{ name: 'here', context: { cluster: 'one', user: 'me' } }],
    clusters: [{ name: 'one', cluster: { server } }],
    users: [{ name: 'me', user: { token: 'T' } }],
  }
  writeFileSync(join(image.lent, 'kubeconfig'), JSON.stringify(kubeconfig))
  const backend = { service: { name: 'web', port: { number: 80 } } }
  double.put('/apis/networking.k8s.io/v1/ingresses', {
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      ingressClassName: 'sluice',
      rules: [{ host: 'a.test', http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
    },
  })
  const running = image.run(['controller', '--kubeconfig', '/mnt/kubeconfig', ...PORTS])
  t.after(() => running.stop('SIGKILL'))
  const { http } = await serving(running)
  assert.deepEqual([await status(http, 'a.test'), await status(http, 'b.test')], [503, 404])
})

test('a file that is not in the list is missed: nothing else of this machine can be seen', async () => {
  const node = '/usr/local/bin/node'
  const list = "process.stdout.write(require('node:fs').readdirSync('/').sort().join())"
  const running = image.start([node, '-e', list])
  assert.equal(await running.ended(), 0, running.output)
  assert.equal(running.output, '.start,app,dev,etc,lib,lib64,mnt,proc,usr')
  const write = image.start([node, '-e', "require('node:fs').writeFileSync('/app/x', '')"])
  assert.notEqual(await write.ended(), 0)
  assert.match(write.output, /EROFS/)
})

test('names are looked up as in any container', async () => {
  const script = "require('node:dns').lookup('localhost', (error, address) => console.log(error?.message ?? address))"
  const running = image.start(['/usr/local/bin/node', '-e', script])
  assert.equal(await running.ended(), 0)
  assert.match(running.output, /^(?:127\.0\.0\.1|::1)\n$/)
})
