/** Counts what became of the requests of one variant: each once, however many attempts it took. */
import type { Exchange } from '../exchange.ts'
import { FAULTS } from '../faults.ts'
import type { VariantCells } from '../shared/variant-counts.ts'

export class VariantRecord {
  cells: VariantCells | undefined = undefined

  /** @param exchange that is over. */
  count(exchange: Exchange): void {
    const failure = outcome(exchange)
    if (failure === undefined) return
    const { startedAt, respondedAt, asksForVariant } = exchange
    if (asksForVariant) this.cells?.countAsked(failure)
    else this.cells?.count(failure, respondedAt > 0 ? respondedAt - startedAt : undefined)
  }
}

/**
 * Whether the client did not get what it asked for. What the client did wrong is neither; that it left before there was
 * any answer is a failure: who takes too long is left more often.
 */
function outcome({ status, fault, respondedAt }: Exchange): boolean | undefined {
  if (fault === undefined) return status >= 500
  if (FAULTS[fault].origin !== 'downstream') return true
  if (fault !== 'client-gone') return undefined
  return respondedAt === 0 || status >= 500
}
