/** Tells who looks at views that some of them have changed. */
export interface ViewChanges {
  /** @returns a function that ends the listening. */
  listen(onChange: (views: ReadonlySet<string>) => void): () => void;
}

/** The injection token. */
export const VIEW_CHANGES = Symbol('ViewChanges');
