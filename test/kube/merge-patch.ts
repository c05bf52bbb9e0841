/** JSON as an API server changes it. */
export type Json = { readonly [field: string]: unknown }

/** RFC 7396: what is `null` goes away, objects are merged, everything else is replaced. */
export function merged(target: unknown, change: Json): Json {
  const out: Record<string, unknown> = isJson(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(change)) {
    if (value === null) delete out[key]
    else out[key] = isJson(value) ? merged(out[key], value) : value
  }
  return out
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
