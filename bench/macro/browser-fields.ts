/** What a browser sends beside host and path, with the cookies of a shop: 15 fields, 1.2 KB. */
export const BROWSER_FIELDS: readonly (readonly [name: string, value: string])[] = [
  [
    'user-agent',
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Safari/537.36',
  ],
  ['accept', 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8'],
  ['accept-encoding', 'gzip, deflate, br, zstd'],
  ['accept-language', 'en-GB,en;q=0.9,de;q=0.7'],
  ['cache-control', 'max-age=0'],
  ['sec-ch-ua', '"Chromium";v="149", "Not A(Brand";v="24"'],
  ['sec-ch-ua-mobile', '?0'],
  ['sec-ch-ua-platform', '"Linux"'],
  ['sec-fetch-dest', 'document'],
  ['sec-fetch-mode', 'navigate'],
  ['sec-fetch-site', 'same-origin'],
  ['sec-fetch-user', '?1'],
  ['upgrade-insecure-requests', '1'],
  ['referer', 'https://host-0.bench.test/catalogue/lamps?sort=price&page=3'],
  [
    'cookie',
    `session=${'0123456789abcdef'.repeat(4)}; consent=necessary%2Cstatistics; cart=${'9f86d081'.repeat(6)}; theme=dark; _visitor=GA1.1.1234567890.1790000000`,
  ],
]
