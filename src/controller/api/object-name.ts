/** Names of objects as options have them. */

/** DNS label (RFC 1123). */
export const LABEL = '[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?'

/** `namespace/name`, as a pattern. */
export const OBJECT_NAME = `${LABEL}/[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?`
