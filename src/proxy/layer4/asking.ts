/** Who asks, where there is no request: endpoints are chosen by the address of the client, or by no matter of its. */
import { HeaderList } from '../headers.ts'
import type { Asking } from '../types.ts'

const NO_FIELDS = new HeaderList()

/** @param host that it asks for; empty without one. */
export function askingOf(clientAddress: string, host: string): Asking {
  return {
    ...{ clientAddress, scheme: 'https', method: '', host, path: '' },
    ...{ requestHeaders: NO_FIELDS, hasBody: false, stickyCookie: '' },
  }
}
