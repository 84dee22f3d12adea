/** The service principal of a managed identity. */
export type ServicePrincipal = { readonly principalId: string; readonly clientId: string };
