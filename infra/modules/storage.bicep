// One account for Kiln's state, the package, and what the Functions host and Durable Functions keep. Nobody has a key to it.
param location string
param tags object
@description('3 to 24 lower-case letters and digits, unique in Azure.')
@maxLength(24)
param name string
@description('Principal id of the identity of the app.')
param appPrincipalId string
@description('Resource id of that identity: known before the deployment, so that what-if can name the assignments.')
param appIdentityId string
@description('Standard_LRS for regions without zones.')
param redundancy string
@description('Days to which documents can be put back; what is deleted or overwritten is kept one day longer.')
param restoreDays int
@description('True: the account cannot be deleted until somebody removes the lock.')
param isLocked bool
@description('Key Vault key that encrypts the account, https://<vault>/keys/<name>; empty: Microsoft keeps the key.')
param keyUri string
@description('User-assigned identity that may use that key.')
param keyIdentityId string
param workspaceId string
param endpointPrefix string
@description('True: the account is reached through private endpoints only.')
param isPrivate bool
param endpointSubnetId string
@description('Ids of the private DNS zones for blob, queue and table.')
param privateDnsZoneIds object

var stateContainerName = 'kiln'
var packageContainerName = 'app-package'
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
  sku: { name: redundancy }
  identity: empty(keyUri)
    ? null
    : {
        type: 'UserAssigned'
        userAssignedIdentities: { '${keyIdentityId}': {} }
      }
  properties: {
    allowSharedKeyAccess: false
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    // https://learn.microsoft.com/azure/storage/common/customer-managed-keys-configure-existing-account
    // Queues and tables take the key of the account only if that was said when the account was made.
    encryption: empty(keyUri)
      ? null
      : {
          keySource: 'Microsoft.Keyvault'
          identity: { userAssignedIdentity: keyIdentityId }
          keyvaultproperties: {
            keyvaulturi: '${split(keyUri, '/keys/')[0]}/'
            keyname: split(split(keyUri, '/keys/')[1], '/')[0]
          }
          services: {
            blob: { enabled: true, keyType: 'Account' }
            queue: { enabled: true, keyType: 'Account' }
            table: { enabled: true, keyType: 'Account' }
          }
        }
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
    // Point-in-time restore asks for the three others, and for a longer retention than its own:
    // https://learn.microsoft.com/azure/storage/blobs/point-in-time-restore-overview
    isVersioningEnabled: true
    changeFeed: { enabled: true, retentionInDays: restoreDays + 1 }
    deleteRetentionPolicy: { enabled: true, days: restoreDays + 1 }
    containerDeleteRetentionPolicy: { enabled: true, days: restoreDays + 1 }
    restorePolicy: { enabled: true, days: restoreDays }
  }
}

// Every write leaves a version behind: the lease blobs of the Functions host are written every few seconds.
resource lifecycle 'Microsoft.Storage/storageAccounts/managementPolicies@2023-05-01' = {
  parent: account
  name: 'default'
  properties: {
    policy: {
      rules: [
        {
          name: 'old-versions'
          enabled: true
          type: 'Lifecycle'
          definition: {
            filters: { blobTypes: ['blockBlob', 'appendBlob'] }
            actions: { version: { delete: { daysAfterCreationGreaterThan: restoreDays + 1 } } }
          }
        }
      ]
    }
  }
}

resource lock 'Microsoft.Authorization/locks@2020-05-01' = if (isLocked) {
  scope: account
  name: 'kiln-state'
  properties: {
    level: 'CanNotDelete'
    notes: 'Templates, runs and logs of Kiln.'
  }
}

// Who read, wrote and deleted what, beside the app's own audit.
resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: blobs
  name: 'audit'
  properties: {
    workspaceId: workspaceId
    logs: [
      { category: 'StorageWrite', enabled: true }
      { category: 'StorageDelete', enabled: true }
    ]
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
    name: guid(account.id, appIdentityId, role.value)
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
