import { connectionPoolContract } from './connection-pool.ts'
import { LINKS } from './pool-backend.ts'

for (const [name, row] of Object.entries(LINKS)) connectionPoolContract(name, row)
