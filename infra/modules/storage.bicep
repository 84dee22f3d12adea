// One account for Kiln's state, the package, and what the Functions host and Durable Functions keep. Nobody has a key to it.
param location string
param tags object
@description('3 to 24 lower-case letters and digits, unique in Azure.')
@maxLength(24)
param name string
@description('Principal id of the identity of the app.')
param appPrincipalId string
param endpointPrefix string
@description('Subnet for private endpoints; empty: the account is reached publicly, with tokens only.')
param endpointSubnetId string
@description('Ids of the private DNS zones for blob, queue and table.')
param privateDnsZoneIds object

var stateContainerName = 'kiln'
var packageContainerName = 'app-package'
var isPrivate = !empty(endpointSubnetId)
// https://learn.microsoft.com/azure/azure-functions/functions-reference#connecting-to-host-storage-with-an-identity
var roles = {
  blobDataOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  queueDataContributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  tableDataContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
}

resource account 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: 'Standard_ZRS' }
  properties: {
    allowSharedKeyAccess: false
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    networkAcls: {
      defaultAction: isPrivate ? 'Deny' : 'Allow'
      bypass: 'None'
    }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2023-05-01' = {
  parent: account
  name: 'default'
  properties: {
    deleteRetentionPolicy: { enabled: true, days: 7 }
    containerDeleteRetentionPolicy: { enabled: true, days: 7 }
  }
}

resource containers 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' = [
  for container in [stateContainerName, packageContainerName]: {
    parent: blobs
    name: container
    properties: { publicAccess: 'None' }
  }
]

resource assignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in items(roles): {
    scope: account
    name: guid(account.id, appPrincipalId, role.value)
    properties: {
      principalId: appPrincipalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.value)
    }
  }
]

module endpoints 'private-endpoint.bicep' = [
  for service in ['blob', 'queue', 'table']: if (isPrivate) {
    name: 'storage-${service}'
    params: {
      location: location
      tags: tags
      name: '${endpointPrefix}${name}-${service}'
      targetId: account.id
      service: service
      subnetId: endpointSubnetId
      privateDnsZoneId: privateDnsZoneIds[service]
    }
  }
]

output blobEndpoint string = account.properties.primaryEndpoints.blob
output queueEndpoint string = account.properties.primaryEndpoints.queue
output tableEndpoint string = account.properties.primaryEndpoints.table
output stateContainer string = stateContainerName
output packageContainer string = packageContainerName
