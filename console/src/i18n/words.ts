// The shape other languages must have: the Chinese texts' keys, any text. It must not hold texts.
export type Words<T> = { readonly [K in keyof T]: T[K] extends string ? string : Words<T[K]> };
