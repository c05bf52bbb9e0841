/** Annotations of ingress-nginx: known by their prefix, not served yet. */
export const NGINX_PREFIX = 'nginx.ingress.kubernetes.io/'
