export const statedTimes: readonly { readonly selector: string; readonly message: string }[];
export const orderedByTheLog: readonly string[];
