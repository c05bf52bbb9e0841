/** Options of where limits of the whole cluster are counted. */
import { liveFlag } from './flag.ts'

export const LIMIT_STORE_FLAGS = {
  limitStore: liveFlag('limitStore.addresses', { value: 'HOST:PORT,...', shown: 'none' }),
  limitStoreCluster: liveFlag('limitStore.cluster'),
  limitStoreTls: liveFlag('limitStore.tls'),
  limitStoreUsername: liveFlag('limitStore.username', { value: 'NAME', shown: 'none, its default user' }),
  limitStoreSecret: liveFlag('limitStore.secret', { value: 'NAMESPACE/NAME', shown: 'none' }),
  limitStoreTimeout: liveFlag('limitStore.timeout', { value: 'DURATION' }),
  limitStoreOnFailure: liveFlag('limitStore.onFailure', { value: 'WHAT' }),
} as const
