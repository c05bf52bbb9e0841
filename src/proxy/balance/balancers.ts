/** One row for each balancing algorithm. */
import type { BalancerSpec } from '../../model/cluster.ts'
import { leastRequest, peakEwma } from './least-cost.ts'
import { maglev } from './maglev.ts'
import type { Balancer } from './picker.ts'
import { random } from './random.ts'
import { roundRobin } from './round-robin.ts'

export const BALANCERS: { readonly [K in BalancerSpec['kind']]: Balancer } = {
  'round-robin': roundRobin,
  random,
  'least-request': leastRequest,
  'peak-ewma': peakEwma,
  maglev,
}
