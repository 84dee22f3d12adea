// The app on Flex Consumption. docs/hosting.md explains the plan; functions/settings.ts reads the settings.
param location string
param tags object
param planName string
param appName string
@description('Value of the tag kiln-app on what this deployment makes.')
param kilnName string
@description('Resource id of the identity of the app.')
param identityId string
param identityClientId string
param storageAccountName string
param serviceBusName string
@description('False: Durable Functions uses the storage account.')
param hasScheduler bool
param schedulerEndpoint string
param insightsConnectionString string
@description('Network that the app sends from; empty: none.')
param networkName string
@description('The beginnings of names, by kind.')
param abbreviations object
@description('True: the API is reached through a private endpoint only.')
param isPrivate bool
@description('Addresses that may reach the API, in CIDR form; none: every address, with a token.')
param allowedAddresses array
param apiClientId string
param tenantId string
param callerRestrictions object
param accessPolicy object
@description('Subscription of the groups that callerRestrictions has by name alone.')
param restrictedSubscriptionId string
param allowedOrigins array
param strictCreate bool
param encryptionAtHost bool
param hygieneBoot bool
param retentionDays object
param provenanceKeyId string
param provenanceVhdGB int
param osvUrl string
param isoHelperImage string
param maximumBuilds int
param maximumBuildsPerSubscription int
param webhookUrl string
@secure()
param webhookSecret string
@description('Id of a Key Vault secret to take the secret of the webhook from instead.')
param webhookSecretUri string
param maximumInstances int
@description('Which rights permissions.bicep gives, so that `kiln doctor` can tell of those that earlier deployments gave.')
param rights object
@description('Object id of the identity of the app.')
param principalId string

var login = environment().authentication.loginEndpoint
// By name, not by what the account says of itself, so that what-if shows the settings before there is an account.
var account = '${storageAccountName}.{0}.${environment().suffixes.storage}/'
var blobEndpoint = 'https://${format(account, 'blob')}'
var subnetType = 'Microsoft.Network/virtualNetworks/subnets'

// With an identity instead of a key: https://learn.microsoft.com/azure/azure-functions/functions-reference#connections
var hostSettings = {
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  AzureWebJobsStorage__blobServiceUri: blobEndpoint
  AzureWebJobsStorage__queueServiceUri: 'https://${format(account, 'queue')}'
  AzureWebJobsStorage__tableServiceUri: 'https://${format(account, 'table')}'
  ServiceBusConnection__credential: 'managedidentity'
  ServiceBusConnection__clientId: identityClientId
  ServiceBusConnection__fullyQualifiedNamespace: '${serviceBusName}.servicebus.windows.net'
  APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
  AZURE_CLIENT_ID: identityClientId
  // `/` would be a page of the host's that names its version, and not the app's own.
  AzureWebJobsDisableHomepage: 'true'
}

// Overrides of host.json: https://learn.microsoft.com/azure/azure-functions/functions-host-json#override-hostjson-values
var schedulerSettings = !hasScheduler
  ? {}
  : {
      AzureFunctionsJobHost__extensions__durableTask__storageProvider__type: 'azureManaged'
      AzureFunctionsJobHost__extensions__durableTask__storageProvider__connectionStringName: 'DURABLE_TASK_SCHEDULER_CONNECTION_STRING'
      DURABLE_TASK_SCHEDULER_CONNECTION_STRING: 'Endpoint=${schedulerEndpoint};TaskHub=kiln;Authentication=ManagedIdentity;ClientID=${identityClientId}'
    }

var kilnSettings = {
  KILN_APP_NAME: kilnName
  KILN_RIGHTS: string(rights)
  KILN_PRINCIPAL_ID: principalId
  KILN_ARM_ENDPOINT: environment().resourceManager
  KILN_STORAGE_ACCOUNT_URL: blobEndpoint
  KILN_STORAGE_CONTAINER: 'kiln'
  KILN_URL_ALLOW: join(allowedOrigins, ',')
  KILN_STRICT_CREATE: string(strictCreate)
  KILN_ENCRYPTION_AT_HOST: string(encryptionAtHost)
  KILN_HYGIENE_BOOT: string(hygieneBoot)
  KILN_PROVENANCE_KEY: provenanceKeyId
  KILN_PROVENANCE_VHD_GB: string(provenanceVhdGB)
  KILN_OSV_URL: osvUrl
  KILN_ISO_HELPER_IMAGE: isoHelperImage
  KILN_RETENTION: empty(retentionDays) ? '' : string(retentionDays)
  KILN_MAX_BUILDS: string(maximumBuilds)
  KILN_MAX_BUILDS_PER_SUBSCRIPTION: string(maximumBuildsPerSubscription)
}

// Without an app registration none of them is set, and the app refuses every request.
var authSettings = empty(apiClientId)
  ? {}
  : {
      KILN_AUTH_ISSUER: '${login}${tenantId}/v2.0'
      KILN_AUTH_AUDIENCE: 'api://${apiClientId},${apiClientId}'
      KILN_AUTH_JWKS_URL: '${login}${tenantId}/discovery/v2.0/keys'
      KILN_AUTH_TENANT: tenantId
      KILN_UI_CLIENT_ID: apiClientId
      KILN_AUTH_RESTRICT: string(callerRestrictions)
      KILN_SUBSCRIPTION_ID: restrictedSubscriptionId
      KILN_ACCESS_POLICY: empty(accessPolicy) ? '' : string(accessPolicy)
    }

var webhookSettings = empty(webhookUrl)
  ? {}
  : {
      KILN_WEBHOOK_URL: webhookUrl
      // https://learn.microsoft.com/azure/app-service/app-service-key-vault-references
      KILN_WEBHOOK_SECRET: empty(webhookSecretUri)
        ? webhookSecret
        : '@Microsoft.KeyVault(SecretUri=${webhookSecretUri})'
    }

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: appName
  location: location
  tags: union(tags, { 'azd-service-name': 'app' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identityId
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    virtualNetworkSubnetId: empty(networkName)
      ? null
      : resourceId(subnetType, networkName, '${abbreviations.subnet}app')
    siteConfig: {
      minTlsVersion: '1.2'
      ftpsState: 'Disabled'
      ipSecurityRestrictionsDefaultAction: empty(allowedAddresses) ? 'Allow' : 'Deny'
      ipSecurityRestrictions: [
        for (address, index) in allowedAddresses: {
          name: 'allowed-${index}'
          action: 'Allow'
          ipAddress: address
          priority: 100 + index
        }
      ]
    }
    functionAppConfig: {
      runtime: { name: 'node', version: '24' }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${blobEndpoint}app-package'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      scaleAndConcurrency: {
        instanceMemoryMB: 2048
        maximumInstanceCount: maximumInstances
      }
    }
  }
}

resource settings 'Microsoft.Web/sites/config@2024-04-01' = {
  parent: app
  name: 'appsettings'
  properties: union(hostSettings, schedulerSettings, kilnSettings, authSettings, webhookSettings)
}

// Publishing goes by tokens; the passwords that App Service makes for FTP and the deployment site stay off.
resource noFtpPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = {
  parent: app
  name: 'ftp'
  properties: { allow: false }
}

resource noDeploymentPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = {
  parent: app
  name: 'scm'
  properties: { allow: false }
}

module endpoint 'private-endpoint.bicep' = if (isPrivate) {
  name: 'app-endpoint'
  params: {
    location: location
    tags: tags
    name: '${abbreviations.privateEndpoint}${appName}'
    targetId: app.id
    service: 'sites'
    subnetId: resourceId(subnetType, networkName, '${abbreviations.subnet}endpoints')
    privateDnsZoneId: resourceId('Microsoft.Network/privateDnsZones', 'privatelink.azurewebsites.net')
  }
}

output name string = app.name
output url string = 'https://${app.properties.defaultHostName}'
