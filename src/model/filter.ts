/** Filters a route can carry: a union with one member for each file in `proxy/filters`. */
export type FilterSpec = { readonly kind: 'body-limit'; readonly maxBytes: number }
