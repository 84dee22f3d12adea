import builder from '../../infra/roles/builder.json' with { type: 'json' };
import catalogueReader from '../../infra/roles/catalogue-reader.json' with { type: 'json' };
import groupMaker from '../../infra/roles/group-maker.json' with { type: 'json' };
import identityAssigner from '../../infra/roles/identity-assigner.json' with { type: 'json' };
import networkUser from '../../infra/roles/network-user.json' with { type: 'json' };
import publisher from '../../infra/roles/publisher.json' with { type: 'json' };

/** A role of `infra/roles`, as deployments assign it. */
export type KilnRole = {
  readonly name: string;
  readonly assignAt: string;
  readonly actions: readonly { readonly action: string; readonly why: string }[];
};

export const KILN_ROLES: readonly KilnRole[] = [
  builder,
  catalogueReader,
  groupMaker,
  identityAssigner,
  networkUser,
  publisher,
];
