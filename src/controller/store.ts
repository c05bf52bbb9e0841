export type Ref = string
export interface Entry {
  readonly ref: Ref
}
