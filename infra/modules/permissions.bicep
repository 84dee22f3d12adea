// What the app may do outside of its own resource group: the custom roles, each at the smallest scope that the parameters allow.
// docs/permissions.md lists the actions and says why each is needed. Without a parameter that names a scope there is none.
targetScope = 'subscription'

import { roleName } from 'role-names.bicep'

param environmentName string
@description('Tells the deployments below this one from those of the same name in other regions and subscriptions.')
param token string
param principalId string
param identityId string
@description('Subscription in which the app makes groups of its own; empty: in none.')
param buildSubscriptionId string
param stagingResourceGroupIds array
param imageResourceGroupIds array
param virtualNetworkIds array
param buildIdentityIds array
param keyVaultIds array
@description('{ id, vaultId } of the key that signs provenance; an empty vaultId: somebody else gives the role.')
param provenanceKey object
@description('Resource group of the deployment, in which its identity for build machines is.')
param ownGroup string
param ownBuildIdentity string

// A condition does not keep a scope from being read: without a vault it is a place that is never looked at.
var provenanceKeyVaultId = empty(provenanceKey.vaultId)
  ? '/subscriptions/${subscription().subscriptionId}/resourceGroups/${ownGroup}/providers/Microsoft.KeyVault/vaults/none'
  : provenanceKey.vaultId
var buildSubscriptions = empty(buildSubscriptionId) ? [] : [toLower(buildSubscriptionId)]
var stagingSubscriptions = map(stagingResourceGroupIds, id => toLower(split(id, '/')[2]))
var roleNames = {
  builder: roleName(subscription().id, environmentName, 'builder')
  catalogueReader: roleName(subscription().id, environmentName, 'catalogueReader')
  groupMaker: roleName(subscription().id, environmentName, 'groupMaker')
  identityAssigner: roleName(subscription().id, environmentName, 'identityAssigner')
  networkUser: roleName(subscription().id, environmentName, 'networkUser')
  publisher: roleName(subscription().id, environmentName, 'publisher')
}
var roleIds = {
  builder: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleNames.builder)
  catalogueReader: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleNames.catalogueReader)
  groupMaker: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleNames.groupMaker)
  identityAssigner: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleNames.identityAssigner)
  networkUser: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleNames.networkUser)
  publisher: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleNames.publisher)
}

module roles 'role-definitions.bicep' = {
  name: 'kiln-roles-${token}'
  params: {
    suffix: '${environmentName} ${token}'
    names: roleNames
    // A role can be assigned in these subscriptions only; the deployment's own is among them, because the identity that it
    // makes for build machines is there. https://learn.microsoft.com/azure/role-based-access-control/custom-roles#assignablescopes
    assignableSubscriptionIds: map(
      union(
        [toLower(subscription().subscriptionId)],
        buildSubscriptions,
        stagingSubscriptions,
        map(concat(imageResourceGroupIds, virtualNetworkIds, buildIdentityIds), id => toLower(split(id, '/')[2]))
      ),
      id => '/subscriptions/${id}'
    )
  }
}

module catalogues 'assign-in-subscription.bicep' = [
  for id in union(buildSubscriptions, stagingSubscriptions): {
    scope: subscription(id)
    name: 'kiln-catalogue-${token}'
    params: {
      principalId: principalId
      identityId: identityId
      roleDefinitionId: roleIds.catalogueReader
    }
    dependsOn: [roles]
  }
]

module groupMakers 'assign-in-subscription.bicep' = [
  for id in buildSubscriptions: {
    scope: subscription(id)
    name: 'kiln-groups-${token}'
    params: {
      principalId: principalId
      identityId: identityId
      roleDefinitionId: roleIds.groupMaker
    }
    dependsOn: [roles]
  }
]

module builders 'assign-in-subscription.bicep' = [
  for id in buildSubscriptions: {
    scope: subscription(id)
    name: 'kiln-builds-${token}'
    params: {
      principalId: principalId
      identityId: identityId
      roleDefinitionId: roleIds.builder
    }
    dependsOn: [roles]
  }
]

module staging 'assign-in-group.bicep' = [
  for (id, index) in stagingResourceGroupIds: {
    scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
    name: 'kiln-staging-${token}-${index}'
    params: {
      principalId: principalId
      identityId: identityId
      roleDefinitionId: roleIds.builder
    }
    dependsOn: [roles]
  }
]

module publishing 'assign-in-group.bicep' = [
  for (id, index) in imageResourceGroupIds: {
    scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
    name: 'kiln-publishing-${token}-${index}'
    params: {
      principalId: principalId
      identityId: identityId
      roleDefinitionId: roleIds.publisher
    }
    dependsOn: [roles]
  }
]

module networks 'assign-at-network.bicep' = [
  for (id, index) in virtualNetworkIds: {
    scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
    name: 'kiln-network-${token}-${index}'
    params: {
      networkName: split(id, '/')[8]
      subnetName: length(split(id, '/')) > 10 ? split(id, '/')[10] : ''
      principalId: principalId
      identityId: identityId
      roleDefinitionId: roleIds.networkUser
    }
    dependsOn: [roles]
  }
]

module buildIdentity 'assign-at-identity.bicep' = {
  scope: resourceGroup(ownGroup)
  name: 'kiln-build-identity'
  params: {
    identityName: ownBuildIdentity
    principalId: principalId
    identityId: identityId
    roleDefinitionId: roleIds.identityAssigner
  }
  dependsOn: [roles]
}

module otherBuildIdentities 'assign-at-identity.bicep' = [
  for (id, index) in buildIdentityIds: {
    scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
    name: 'kiln-identity-${token}-${index}'
    params: {
      identityName: split(id, '/')[8]
      principalId: principalId
      identityId: identityId
      roleDefinitionId: roleIds.identityAssigner
    }
    dependsOn: [roles]
  }
]

module vaults 'assign-at-vault.bicep' = [
  for (id, index) in keyVaultIds: {
    scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
    name: 'kiln-vault-${token}-${index}'
    params: {
      vaultName: split(id, '/')[8]
      principalId: principalId
      identityId: identityId
    }
  }
]

module signing 'assign-at-key.bicep' = if (!empty(provenanceKey.vaultId)) {
  scope: resourceGroup(split(provenanceKeyVaultId, '/')[2], split(provenanceKeyVaultId, '/')[4])
  name: 'kiln-signing-${token}'
  params: {
    vaultName: split(provenanceKeyVaultId, '/')[8]
    keyName: empty(provenanceKey.id) ? 'none' : split(provenanceKey.id, '/')[4]
    principalId: principalId
    identityId: identityId
  }
}
