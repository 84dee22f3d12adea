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
param blobEndpoint string
param queueEndpoint string
param tableEndpoint string
param stateContainer string
param packageContainer string
@description('Host name of the Service Bus namespace.')
param serviceBusHost string
@description('Endpoint of the Durable Task Scheduler; empty: Durable Functions uses the storage account.')
param schedulerEndpoint string
param taskHub string
param insightsConnectionString string
@description('Subnet that the app sends from; empty: none.')
param subnetId string
param apiClientId string
param tenantId string
param callerRestrictions object
param allowedOrigins array
param strictCreate bool
param isoHelperImage string
param maximumBuilds int
param maximumBuildsPerSubscription int
param webhookUrl string
@secure()
param webhookSecret string
param maximumInstances int

var login = environment().authentication.loginEndpoint

// With an identity instead of a key: https://learn.microsoft.com/azure/azure-functions/functions-reference#connections
var hostSettings = {
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  AzureWebJobsStorage__blobServiceUri: blobEndpoint
  AzureWebJobsStorage__queueServiceUri: queueEndpoint
  AzureWebJobsStorage__tableServiceUri: tableEndpoint
  ServiceBusConnection__credential: 'managedidentity'
  ServiceBusConnection__clientId: identityClientId
  ServiceBusConnection__fullyQualifiedNamespace: serviceBusHost
  APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
  AZURE_CLIENT_ID: identityClientId
}

// Overrides of host.json: https://learn.microsoft.com/azure/azure-functions/functions-host-json#override-hostjson-values
var schedulerSettings = empty(schedulerEndpoint)
  ? {}
  : {
      AzureFunctionsJobHost__extensions__durableTask__storageProvider__type: 'azureManaged'
      AzureFunctionsJobHost__extensions__durableTask__storageProvider__connectionStringName: 'DURABLE_TASK_SCHEDULER_CONNECTION_STRING'
      DURABLE_TASK_SCHEDULER_CONNECTION_STRING: 'Endpoint=${schedulerEndpoint};TaskHub=${taskHub};Authentication=ManagedIdentity;ClientID=${identityClientId}'
    }

var kilnSettings = {
  KILN_APP_NAME: kilnName
  KILN_ARM_ENDPOINT: environment().resourceManager
  KILN_STORAGE_ACCOUNT_URL: blobEndpoint
  KILN_STORAGE_CONTAINER: stateContainer
  KILN_URL_ALLOW: join(allowedOrigins, ',')
  KILN_STRICT_CREATE: string(strictCreate)
  KILN_ISO_HELPER_IMAGE: isoHelperImage
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
      KILN_AUTH_RESTRICT: string(callerRestrictions)
    }

var webhookSettings = empty(webhookUrl)
  ? {}
  : {
      KILN_WEBHOOK_URL: webhookUrl
      KILN_WEBHOOK_SECRET: webhookSecret
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
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    siteConfig: {
      minTlsVersion: '1.2'
      ftpsState: 'Disabled'
    }
    functionAppConfig: {
      runtime: { name: 'node', version: '24' }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${blobEndpoint}${packageContainer}'
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
resource noPasswords 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = [
  for name in ['ftp', 'scm']: {
    parent: app
    name: name
    properties: { allow: false }
  }
]

output url string = 'https://${app.properties.defaultHostName}'
