/** One row for each balancing algorithm. */
import type { BalancerSpec } from '../../model/cluster.ts'
import type { Balancer } from './picker.ts'
import { roundRobin } from './round-robin.ts'

export const BALANCERS: { readonly [K in BalancerSpec['kind']]: Balancer } = {
  'round-robin': roundRobin,
}
