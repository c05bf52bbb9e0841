/** The store of limits that the operator names, with what it takes to be let in. */
import { type Entry, entryOf } from '../../model/snapshot.ts'
import { type Secret, secretValue } from '../api/kubernetes/secret.ts'
import type { ConfigValues } from '../api/sluice-config.ts'
import type { Effective } from './layers.ts'
import type { Report } from './report.ts'
import type { View } from './view.ts'

const SECRET = 'limitStore.secret'

/** Nothing where none is named, or where it cannot be asked: then replicas share limits among themselves. */
export function limitStoreEntries(
  { values, origins }: Effective<ConfigValues>,
  view: Pick<View, 'secret'>,
  report: Report,
): readonly Entry[] {
  if (values['limitStore.addresses'].length === 0) return []
  const secrets = secretsOf(values[SECRET], view)
  if (typeof secrets === 'string') {
    const instead = 'replicas share limits of the cluster among themselves'
    report.error(origins[SECRET], 'InvalidLimitStore', `Secret ${values[SECRET]}, ${secrets}; ${instead}`)
    return []
  }
  const username = values['limitStore.username']
  const spec = {
    addresses: values['limitStore.addresses'],
    cluster: values['limitStore.cluster'],
    tls: values['limitStore.tls'],
    ...(username === '' ? {} : { username }),
    ...secrets,
    timeoutMs: values['limitStore.timeout'],
    onFailure: values['limitStore.onFailure'],
  }
  return [entryOf('limitStore', 'global', spec)]
}

/** @returns what is wrong in words, without a byte of what should be secret. */
function secretsOf(name: string, view: Pick<View, 'secret'>) {
  if (name === '') return {}
  const [namespace = '', secretName = ''] = name.split('/')
  const secret = view.secret(namespace, secretName)
  if (secret === undefined) return 'there is none that can be read'
  const [password, authority] = [entry(secret, 'password'), entry(secret, 'ca.crt')]
  if (password === 'garbled' || authority === 'garbled') return 'expected base64 in password and ca.crt'
  return { ...(password && { password: password.text }), ...(authority && { authority: authority.text }) }
}

function entry(secret: Secret, key: string): { readonly text: string } | 'garbled' | undefined {
  const value = secretValue(secret, key)
  if (value === undefined || value === 'garbled') return value
  return { text: value.toString('utf8') }
}
