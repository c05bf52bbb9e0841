/** `npm run cluster`, and that whoever ends it, and however, leaves nothing behind. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { provideBinaries } from './harness/binaries.ts'
import { run } from './harness/command.ts'
import { LocalCluster } from './harness/local-cluster.ts'
import { until } from './harness/until.ts'

const PROGRAM = fileURLToPath(new URL('cluster.ts', import.meta.url))

/** Everything that lives, by process id, with what it is. */
function processes(): ReadonlyMap<string, string> {
  const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const commands = ids.map((id) => [id, commandOf(id)] as const)
  return new Map(commands.filter((entry): entry is [string, string] => entry[1] !== ''))
}

/** Nothing for those that are gone, or only waited for. */
function commandOf(id: string): string {
  try {
    return readFileSync(`/proc/${id}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}

async function traces(): Promise<unknown> {
  const links = (await run(['ip', '-brief', 'link']))
    .trim()
    .split('\n')
    .map((line) => line.split(' ')[0])
  const namespaces = (await run(['ip', 'netns', 'list'])).trim()
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').trim().split('\n').length
  return { links, namespaces, mounts, processes: [...processes().keys()].sort() }
}

test('a cluster that is closed leaves no process, network namespace, link, mount or file', async () => {
  const before = await traces()
  const cluster = await LocalCluster.start()
  await run([cluster.binaries.kubectl, 'run', 'one', '--image=backend'], {
    variables: { KUBECONFIG: cluster.kubeconfig },
  })
  await until(
    { what: 'a process for the Pod' },
    () => cluster.kubelet.worker('default', 'one').containers[0]!.pid || undefined,
  )
  assert.notDeepEqual(await traces(), before)
  await cluster.close()
  await until({ what: 'all as before' }, async () => {
    assert.deepEqual(await traces(), before)
    return true
  })
  assert.ok(!existsSync(cluster.folder))
})

interface Running {
  readonly child: ChildProcess
  readonly lines: Readonly<Record<string, string>>
}

/** Resolves once it has said everything it has to say. */
async function start(t: TestContext, args: readonly string[] = []): Promise<Running> {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  t.after(() => child.kill('SIGKILL'))
  let complaints = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text
  })
  const lines: Record<string, string> = {}
  for await (const line of createInterface({ input: child.stdout })) {
    const [name, ...rest] = line.split('=')
    lines[name!] = rest.join('=')
    if (name === 'ENTER') return { child, lines }
  }
  throw new Error(complaints)
}

/** A server as users bring their own. */
const SERVER = `require('node:http').createServer((q, s) => s.end('hello from ' + q.url)).listen(8080)`

const OBJECTS = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: greeter }
spec:
  replicas: 2
  selector: { matchLabels: { app: greeter } }
  template:
    metadata: { labels: { app: greeter } }
    spec: { containers: [{ name: greeter, image: registry.test/team/greeter:1.0 }] }
---
apiVersion: v1
kind: Service
metadata: { name: greeter }
spec: { selector: { app: greeter }, ports: [{ port: 80, targetPort: 8080 }] }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: greeter }
spec:
  ingressClassName: sluice
  rules:
    - host: greeter.test
      http:
        paths: [{ path: /, pathType: Prefix, backend: { service: { name: greeter, port: { number: 80 } } } }]
`

test('users bring their own images, and reach them through Sluice', { timeout: 180_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'images-'))
  writeFileSync(join(folder, 'server.cjs'), SERVER)
  writeFileSync(join(folder, 'images'), `greeter: [${process.execPath}, ${folder}/server.cjs]\n`)
  chmodSync(folder, 0o755)
  const { lines } = await start(t, ['--images', join(folder, 'images'), '--set', 'controller.replicaCount=1'])
  const enter = lines.ENTER!.split(' ')
  const { kubectl } = await provideBinaries(() => {})
  const variables = { KUBECONFIG: lines.KUBECONFIG! }
  await run([...enter, kubectl, 'apply', '--filename', '-'], { variables, input: OBJECTS })
  await run([...enter, kubectl, 'rollout', 'status', 'deployment/greeter', '--timeout=60s'], { variables })
  const curl = [...enter, 'curl', '-sf', '-H', 'Host: greeter.test', `${lines.HTTP}/x`]
  assert.equal(await until({ what: 'an answer' }, () => run(curl)), 'hello from /x')
  const status = ['get', 'ingress', 'greeter', '--output', 'jsonpath={.status.loadBalancer.ingress[0].ip}']
  await until({ what: 'an address' }, async () => {
    const ip = await run([...enter, kubectl, ...status], { variables })
    return lines.HTTP === `http://${ip}` ? ip : undefined
  })
  const replicas = await run([...enter, kubectl, 'get', 'pods', '--namespace', 'sluice', '--output', 'name'], {
    variables,
  })
  assert.equal(replicas.trim().split('\n').length, 1)
})

/** Those that have another network than this process. */
function strangers(): readonly string[] {
  const own = readlinkSync('/proc/self/ns/net')
  return [...processes().keys()].filter((id) => {
    try {
      return readlinkSync(`/proc/${id}/ns/net`) !== own
    } catch {
      return false
    }
  })
}

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  test(`npm run cluster says how to reach Sluice, and leaves nothing after ${signal}`, {
    timeout: 180_000,
  }, async (t) => {
    const { child, lines } = await start(t)
    assert.deepEqual(Object.keys(lines), ['KUBECONFIG', 'HTTP', 'HTTPS', 'ENTER'])
    const enter = lines.ENTER!.split(' ')
    const status = await run([...enter, 'curl', '-s', '-o', '/dev/null', '-w', '%{http_code}', `${lines.HTTP}/`])
    assert.equal(status, '404')
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
    await until({ what: 'nothing is left' }, () => {
      const left = strangers().map(commandOf)
      if (left.length > 0) throw new Error(left.join('\n'))
      return !existsSync(dirname(lines.KUBECONFIG!)) || undefined
    })
  })
}
