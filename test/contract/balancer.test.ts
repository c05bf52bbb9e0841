import { BALANCERS } from '../../src/proxy/balance/balancers.ts'
import { balancerContract } from './balancer.ts'

for (const [kind, balancer] of Object.entries(BALANCERS)) balancerContract(kind, balancer)
