/** Picking one of a thousand endpoints, by every balancer: `node bench/micro/pickers.ts`. */
import { hashText } from '../../src/lib/hash.ts'
import { seededRandom } from '../../src/lib/random.ts'
import { BALANCERS } from '../../src/proxy/balance/balancers.ts'
import type { Facts } from '../../src/proxy/balance/picker.ts'
import type { Endpoint } from '../../src/proxy/types.ts'
import { report } from './measure.ts'

const COUNT = 1000
const endpoints = Array.from({ length: COUNT }, (_, n) => ({ id: `10.0.${n >> 8}.${n & 255}:80`, inFlight: n % 7 }))
const total = endpoints.reduce((sum, { inFlight }) => sum + inFlight, 0)
const facts: Facts = {
  random: seededRandom(1),
  load: ({ inFlight }) => inFlight,
  total: () => total,
  latency: ({ inFlight }) => 3 + inFlight,
}

for (const weights of ['equal', 'different'] as const) {
  const candidates = endpoints.map((endpoint, n) => ({
    endpoint: endpoint as unknown as Endpoint,
    weight: weights === 'equal' ? 1 : 1 + (n % 5),
  }))
  for (const [kind, balancer] of Object.entries(BALANCERS)) {
    const picker = balancer(candidates, facts)
    report(`${kind}, ${weights} weights, pick`, (n) => picker.pick(undefined, Math.imul(n, 0x9e3779b1) >>> 0))
  }
  report(`maglev, ${weights} weights, another table`, () => BALANCERS.maglev(candidates, facts))
}
report('hash of a client address', (n) => hashText(n % 2 === 0 ? '203.0.113.77' : '2001:db8::17:a'))
