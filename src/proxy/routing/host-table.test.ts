import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ClusterName } from '../../model/cluster.ts'
import type { HostPattern, VirtualHostSpec } from '../../model/route.ts'
import type { CompileDeps } from './compile.ts'
import { HostTable } from './host-table.ts'

function specOf(host: string, id: string, cluster = 'shop/web:80'): VirtualHostSpec {
  return {
    host: host as HostPattern,
    routes: [
      {
        id,
        match: { path: { kind: 'prefix', value: '/' } },
        filters: [],
        action: {
          kind: 'forward',
          clusters: [{ name: cluster as ClusterName, weight: 1 }],
          timeouts: { connectMs: 0, responseGapMs: 0, requestMs: 0 },
          retry: { attempts: 0 },
        },
        origin: { kind: 'Ingress', namespace: 'shop', name: 'web' },
      },
    ],
  }
}

function newTable(): HostTable {
  const deps = { clusters: () => ({ choose: () => undefined }), counters: () => ({ fault() {}, retried() {} }) }
  return new HostTable(deps as unknown as CompileDeps)
}

test('a table does not see what changes after it was made', () => {
  const hosts = newTable()
  hosts.set('a.test', specOf('a.test', 'old'))
  const before = hosts.table()
  hosts.set('a.test', specOf('a.test', 'new'))
  hosts.set('b.test', specOf('b.test', 'b'))
  assert.equal(before.match('a.test', '/')?.id, 'old')
  assert.equal(before.match('b.test', '/'), undefined)
  const after = hosts.table()
  assert.equal(after.match('a.test', '/')?.id, 'new')
  hosts.delete('a.test')
  assert.equal(after.match('a.test', '/')?.id, 'new')
  assert.equal(hosts.table().match('a.test', '/'), undefined)
})

test('a host that did not change keeps its compiled routes', () => {
  const hosts = newTable()
  hosts.set('a.test', specOf('a.test', 'a'))
  const route = hosts.table().match('a.test', '/')
  hosts.set('b.test', specOf('b.test', 'b'))
  assert.equal(hosts.table().match('a.test', '/'), route)
})

test('while nothing changes there is one table', () => {
  const hosts = newTable()
  hosts.set('a.test', specOf('a.test', 'a'))
  const table = hosts.table()
  assert.equal(hosts.table(), table)
  hosts.set('a.test', specOf('a.test', 'a'))
  assert.notEqual(hosts.table(), table)
})

test('it tells which routes and clusters went out of use, each once', () => {
  const hosts = newTable()
  hosts.set('a.test', specOf('a.test', 'a', 'shop/web:80'))
  hosts.set('b.test', specOf('b.test', 'b', 'shop/web:80'))
  hosts.set('a.test', specOf('a.test', 'a', 'shop/web:80'))
  hosts.delete('a.test')
  hosts.delete('a.test')
  assert.deepEqual([...hosts.routeIds.takeUnused()], ['a'])
  assert.deepEqual([...hosts.clusterNames.takeUnused()], [])
  hosts.set('b.test', specOf('b.test', 'b', 'shop/api:80'))
  assert.deepEqual([...hosts.clusterNames.takeUnused()], ['shop/web:80'])
  assert.deepEqual([...hosts.routeIds.takeUnused()], [])
})

test('routes of one update that do the same share how they do it, and others do not', () => {
  const hosts = newTable()
  hosts.set('a.test', specOf('a.test', 'a', 'shop/web:80'))
  hosts.set('b.test', specOf('b.test', 'b', 'shop/web:80'))
  hosts.set('c.test', specOf('c.test', 'c', 'shop/api:80'))
  const table = hosts.table()
  const [a, b, c] = ['a.test', 'b.test', 'c.test'].map((host) => table.match(host, '/')!.act)
  assert.equal(a, b)
  assert.notEqual(a, c)
})
