/** Where limits of the whole cluster are counted, as a SluiceConfig says it. */
import { boolean, duration, type Leaves, list, object, oneOf, optional, text } from '../../lib/schema.ts'
import { STORE_FAILURES } from '../../model/limit-store.ts'

const ADDRESS = text(
  /([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\]):[0-9]{1,5}/,
  'host:port such as valkey.limits:6379',
)
const SECRET = text(
  /([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\/[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?)?/,
  'namespace/name of a Secret',
)

export const LIMIT_STORE_OPTIONS = {
  limitStore: optional(
    object({
      addresses: optional(
        list(ADDRESS),
        'A Valkey or Redis (host:port), or nodes of a cluster of it. Without any, replicas share limits among themselves.',
      ),
      cluster: optional(boolean(), 'Whether it is a cluster, which spreads keys over its nodes.'),
      tls: optional(boolean(), 'Whether to speak TLS with it, and to verify it.'),
      username: optional(text(/[!-~]{0,256}/, 'a name without blanks'), 'Who we are to it; empty: its default user.'),
      secret: optional(
        SECRET,
        'Secret (NAMESPACE/NAME) with the entries password, and ca.crt where its certificate is not of an authority that the system trusts; each may be left out.',
      ),
      timeout: optional(duration(), 'Longest wait for its answer.'),
      onFailure: optional(
        oneOf(...STORE_FAILURES),
        'What holds while it does not answer. Share: what holds without it. Allow: all requests pass. Deny: none does.',
      ),
    }),
    'Where limits with scope Cluster are counted exactly. For the whole process.',
  ),
}

export type LimitStoreValues = Leaves<typeof LIMIT_STORE_OPTIONS>

export const DEFAULT_LIMIT_STORE_VALUES: LimitStoreValues = {
  'limitStore.addresses': [],
  'limitStore.cluster': false,
  'limitStore.tls': false,
  'limitStore.username': '',
  'limitStore.secret': '',
  'limitStore.timeout': 100,
  'limitStore.onFailure': 'Share',
}
