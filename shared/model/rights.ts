/** Where a deployment gives rights to the identity of Kiln, as `infra/` writes it into the setting `KILN_RIGHTS`. */
export type DeployedRights = {
  /** Object id of the identity; empty: the deployment does not say. */
  readonly principalId: string;
  /** What stands in brackets behind the names of its roles. */
  readonly roleSuffix: string;
  /** Of the deployment itself. */
  readonly subscriptionId: string;
  /** Where Kiln makes groups; empty: nowhere. */
  readonly buildSubscriptionId: string;
  /** ARM ids. */
  readonly stagingGroupIds: readonly string[];
  readonly imageGroupIds: readonly string[];
};

/** Scopes that any deployment has named so far, `rights.json`: an id that is taken out of a list keeps its role. */
export type RightsNote = { readonly schema: 1; /** In lower case. */ readonly scopes: readonly string[] };

/** What a role gives at a scope. https://learn.microsoft.com/azure/role-based-access-control/role-definitions#permissions-format */
export type Permission = { readonly actions: readonly string[]; readonly notActions: readonly string[] };
