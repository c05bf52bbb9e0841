/** Where the addresses come from that are written into the status of Ingresses. */
import { inOrder, type PublishedAddress, publishedAddress } from './addresses.ts'

export interface AddressSource {
  /** `undefined` while nobody knows: then nothing is written, and nothing cleared. */
  readonly current: readonly PublishedAddress[] | undefined
  /** @param changed told whenever `current` is another. */
  start(changed: () => void): void
  stop(): void
}

/** Those that the operator named. */
export function fixedAddresses(texts: readonly string[]): AddressSource {
  return { current: inOrder(texts.map(publishedAddress)), start: () => {}, stop: () => {} }
}

/** None were named: whatever stands in a status is left alone. */
export const UNKNOWN_ADDRESSES: AddressSource = { current: undefined, start: () => {}, stop: () => {} }
