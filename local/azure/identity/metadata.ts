import type { Cloud } from '../cloud.ts';
import type { ArmRequest } from '../http/request.ts';
import { ok, type Answer } from '../http/route.ts';

/**
 * The cloud metadata that `ARM_CLOUD_METADATA_URL` names. The authority ends in `/adfs` because MSAL asks
 * login.microsoftonline.com about any other one.
 */
export function metadataEndpoints(request: ArmRequest, cloud: Cloud): Answer {
  const { base } = request;
  return ok([
    {
      name: 'KilnLocal',
      portal: base,
      authentication: {
        loginEndpoint: `${base}/adfs`,
        audiences: [base, `${base}/`],
        tenant: cloud.tenantId,
        identityProvider: 'ADFS',
      },
      resourceManager: base,
      graphAudience: base,
      graph: base,
      media: base,
      activeDirectoryDataLake: base,
      batch: base,
      sqlManagement: base,
      gallery: base,
      vmImageAliasDoc: `${base}/aliases.json`,
      microsoftGraphResourceId: base,
      suffixes: {
        storage: 'core.local.invalid',
        keyVaultDns: 'vault.local.invalid',
        sqlServerHostname: 'database.local.invalid',
        azureDataLakeStoreFileSystem: 'datalake.local.invalid',
        azureDataLakeAnalyticsCatalogAndJob: 'analytics.local.invalid',
        acrLoginServer: 'azurecr.local.invalid',
      },
    },
  ]);
}

/** What az calls an image by a short name, of those that are here. https://aka.ms/linux-image-aliases has the form. */
export async function imageAliases(_: ArmRequest, cloud: Cloud): Promise<Answer> {
  const images = await cloud.marketplace.list();
  const of = (osType: string) =>
    Object.fromEntries(
      images
        .filter((image) => image.osType === osType)
        .map(({ publisher, offer, sku }) => [
          `${offer}-${sku}`,
          { publisher, offer, sku, version: 'latest' },
        ]),
    );
  return ok({
    outputs: { aliases: { type: 'object', value: { Linux: of('Linux'), Windows: of('Windows') } } },
  });
}
