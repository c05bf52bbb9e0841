/** What kinds a cluster knows, asked when one of them seems to be missing. */
import { isObject } from '../../../lib/shape.ts'
import type { KubeClient } from './client.ts'
import { ApiError } from './errors.ts'
import { groupPath, type ResourceRow } from './resources.ts'

/**
 * Says that the cluster does not know a kind. A 404 alone does not: a proxy on the way, or a server that is just
 * starting, answers so too, and then nothing is gone.
 * @throws an error of `errors.ts` where the question got no answer.
 */
export async function isUnknownKind(client: KubeClient, row: ResourceRow): Promise<boolean> {
  try {
    const known = await client.get(groupPath(row))
    const resources = isObject(known) && Array.isArray(known.resources) ? known.resources : undefined
    return resources?.every((each) => isObject(each) && each.name !== row.plural) ?? false
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error
    return isUnknownGroup(await client.get('/apis'), row)
  }
}

function isUnknownGroup(known: unknown, { apiVersion }: ResourceRow): boolean {
  if (!isObject(known) || !Array.isArray(known.groups)) return false
  const versions = known.groups.flatMap((group) =>
    isObject(group) && Array.isArray(group.versions) ? group.versions : [],
  )
  return versions.every((version) => isObject(version) && version.groupVersion !== apiVersion)
}
