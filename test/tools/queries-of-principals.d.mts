export const queriesOfPrincipals: readonly { readonly selector: string; readonly message: string }[];
