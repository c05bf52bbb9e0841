/** Compressors, one for an answer. They work on threads of their own, so that a large body holds up nobody else's. */
import type { Transform } from 'node:stream'
import { constants, createBrotliCompress, createGzip, createZstdCompress } from 'node:zlib'
import type { Coding } from '../../model/compression.ts'

export interface Coder extends Transform {
  /** What was written so far can be read by the other side. */
  flush(): void
}

/** Levels at which a core compresses tens of megabytes in a second, and windows of at most a megabyte. */
export const CODERS: Readonly<Record<Coding, () => Coder>> = {
  gzip: () => createGzip({ level: 5 }),
  br: () =>
    createBrotliCompress({
      params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_LGWIN]: 19 },
    }),
  zstd: () =>
    createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_windowLog]: 20 } }),
}
