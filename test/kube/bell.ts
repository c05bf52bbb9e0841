/** Waiting for what happens in other turns of the loop, without a clock: whoever does something rings. */
export class Bell {
  #rung = Promise.withResolvers<void>()

  readonly ring = (): void => {
    const { resolve } = this.#rung
    this.#rung = Promise.withResolvers<void>()
    resolve()
  }

  /** Resolves once this holds; it is looked at whenever something happened. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await this.#rung.promise
  }
}
