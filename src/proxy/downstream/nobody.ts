/** The client's side of a request that never became one: there is nobody to answer any more. */
import type { Downstream } from '../sides.ts'

const cannot = (): never => {
  throw new Error('a request that was refused is answered already')
}

export const NOBODY: Downstream = {
  client: { certificate: undefined },
  requestComplete: true,
  attach: cannot,
  readBody: cannot,
  holdBody: cannot,
  informational: cannot,
  head: cannot,
  data: cannot,
  end: cannot,
  flush: cannot,
  reply: cannot,
  reset: cannot,
  tunnel: cannot,
}
