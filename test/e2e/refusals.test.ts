/** Where the suite cannot run it fails, with a sentence that says what to install or to allow. It never skips. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Network } from './harness/network.ts'

const RUN = fileURLToPath(new URL('run.ts', import.meta.url))

interface Way {
  /** Words before the program. */
  readonly as?: readonly string[]
  readonly variables?: Readonly<Record<string, string>>
}

function complaint({ as = [], variables = {} }: Way): string {
  const home = mkdtempSync(join(tmpdir(), 'home-'))
  chmodSync(home, 0o777)
  const [program, ...args] = [...as, process.execPath, RUN]
  const env = { HOME: home, PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ...variables }
  const { status, stderr } = spawnSync(program!, args, { env, encoding: 'utf8' })
  assert.equal(status, 1)
  return stderr
}

test('without Go and without binaries it says what to install, or to set', () => {
  const text = complaint({})
  assert.match(
    text,
    /need etcd, kube-apiserver, kube-controller-manager, kubectl: install Go .* KUBEBUILDER_ASSETS names/,
  )
})

test('without root it says so', () => {
  assert.match(complaint({ as: ['setpriv', '--reuid=65534', '--clear-groups'] }), /run it as root/)
})

test('where namespaces are forbidden it says what to allow', () => {
  const text = complaint({ as: ['setpriv', '--bounding-set=-sys_admin', '--inh-caps=-all'] })
  assert.match(text, /needs network, mount and process namespaces .* forbidden here: run it where root may unshare/)
})

test('without the programs it needs it names them', () => {
  assert.match(complaint({ variables: { PATH: '/nowhere' } }), /install what has unshare, nsenter, ip, setpriv/)
})

test('a network with a way out is refused', async () => {
  const ip = (...args: string[]) => assert.equal(spawnSync('ip', args).status, 0)
  ip('link', 'add', 'out', 'type', 'bridge')
  try {
    ip('link', 'set', 'out', 'up')
    ip('route', 'add', 'default', 'dev', 'out')
    await assert.rejects(
      Network.create(),
      /has a way out \(default dev out.*\); the cluster runs only in a network of its own/,
    )
  } finally {
    ip('link', 'del', 'out')
  }
})
