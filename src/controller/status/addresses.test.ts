import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressesOfService, addressesOfStatus, publishedAddress, sameAddresses } from './addresses.ts'

test('a Service is reached where its type says', () => {
  const clusterIPs = ['10.96.0.7', '2001:db8::7']
  const status = { loadBalancer: { ingress: [{ hostname: 'lb.example.com' }, { ip: '192.0.2.9', ipMode: 'VIP' }] } }
  for (const [why, service, expected] of [
    ['its load balancer', { spec: { type: 'LoadBalancer', clusterIPs }, status }, ['lb.example.com', '192.0.2.9']],
    [
      'and external addresses beside it',
      { spec: { type: 'LoadBalancer', clusterIPs, externalIPs: ['192.0.2.1'] }, status },
      ['lb.example.com', '192.0.2.1', '192.0.2.9'],
    ],
    ['a load balancer that is not there yet', { spec: { type: 'LoadBalancer', clusterIPs }, status: {} }, []],
    ['external addresses', { spec: { type: 'NodePort', clusterIPs, externalIPs: ['192.0.2.1'] } }, ['192.0.2.1']],
    ['inside of the cluster', { spec: { type: 'NodePort', clusterIPs } }, clusterIPs],
    ['an old API server', { spec: { type: 'ClusterIP', clusterIP: '10.96.0.7' } }, ['10.96.0.7']],
    ['a headless one is nowhere', { spec: { clusterIP: 'None', clusterIPs: ['None'] } }, []],
    ['a name', { spec: { type: 'ExternalName', externalName: 'a.example.com' } }, ['a.example.com']],
  ] as const) {
    const found = addressesOfService(service)?.map(({ ip, hostname }) => ip ?? hostname)
    assert.deepEqual(found, expected, why)
  }
  assert.equal(addressesOfService({ spec: { externalIPs: 5 } }), undefined)
})

test('what stands in a status is read as far as it can be', () => {
  assert.deepEqual(addressesOfStatus({ loadBalancer: { ingress: [{ ip: '192.0.2.1', ports: [] }] } }), [
    { ip: '192.0.2.1' },
  ])
  for (const status of [undefined, null, {}, { loadBalancer: {} }, { loadBalancer: 'x' }]) {
    assert.deepEqual(addressesOfStatus(status), [])
  }
})

test('the order does not matter, and neither does one that is named twice', () => {
  const [a, b] = [publishedAddress('192.0.2.1'), publishedAddress('lb.example.com')]
  assert.deepEqual([a, b], [{ ip: '192.0.2.1' }, { hostname: 'lb.example.com' }])
  assert.equal(sameAddresses([a, b], [b, a, a]), true)
  assert.equal(sameAddresses([a], [b]), false)
  assert.equal(sameAddresses([], [a]), false)
})
