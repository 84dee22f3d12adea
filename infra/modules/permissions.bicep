// What the app may do outside of its own resource group: the custom roles, each at the smallest scope that the parameters allow.
// docs/permissions.md lists the actions and says why each is needed.
targetScope = 'subscription'

param environmentName string
param principalId string
param buildSubscriptionId string
@description('With at least one, the app may work in these groups alone and cannot make groups of its own.')
param stagingResourceGroupIds array
param imageResourceGroupIds array
param virtualNetworkIds array
param buildIdentityIds array
param keyVaultIds array
@description('Resource group of the deployment, in which its identity for build machines is.')
param ownGroup string
param ownBuildIdentity string

var buildSubscription = toLower(buildSubscriptionId)

module roles 'role-definitions.bicep' = {
  name: 'kiln-roles-${environmentName}'
  params: {
    environmentName: environmentName
    assignableSubscriptionIds: map(
      union(
        [buildSubscription],
        map(
          concat(stagingResourceGroupIds, imageResourceGroupIds, virtualNetworkIds, buildIdentityIds),
          id => toLower(split(id, '/')[2])
        )
      ),
      id => '/subscriptions/${id}'
    )
  }
}

module catalogue 'assign-in-subscription.bicep' = {
  scope: subscription(buildSubscriptionId)
  name: 'kiln-catalogue-${environmentName}'
  params: {
    principalId: principalId
    roleDefinitionIds: [roles.outputs.catalogueReaderId]
  }
}

module builds 'assign-in-subscription.bicep' = if (empty(stagingResourceGroupIds)) {
  scope: subscription(buildSubscriptionId)
  name: 'kiln-builds-${environmentName}'
  params: {
    principalId: principalId
    roleDefinitionIds: [roles.outputs.groupMakerId, roles.outputs.builderId]
  }
}

module staging 'assign-in-group.bicep' = [
  for (id, index) in stagingResourceGroupIds: {
    scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
    name: 'kiln-staging-${environmentName}-${index}'
    params: {
      principalId: principalId
      roleDefinitionId: roles.outputs.builderId
    }
  }
]

module publishing 'assign-in-group.bicep' = [
  for (id, index) in imageResourceGroupIds: {
    scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
    name: 'kiln-publishing-${environmentName}-${index}'
    params: {
      principalId: principalId
      roleDefinitionId: roles.outputs.publisherId
    }
  }
]

module networks 'assign-at-network.bicep' = [
  for (id, index) in virtualNetworkIds: {
    scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
    name: 'kiln-network-${environmentName}-${index}'
    params: {
      networkName: last(split(id, '/'))
      principalId: principalId
      roleDefinitionId: roles.outputs.networkUserId
    }
  }
]

module buildIdentity 'assign-at-identity.bicep' = {
  scope: resourceGroup(ownGroup)
  name: 'kiln-build-identity'
  params: {
    identityName: ownBuildIdentity
    principalId: principalId
    roleDefinitionId: roles.outputs.identityAssignerId
  }
}

module otherBuildIdentities 'assign-at-identity.bicep' = [
  for (id, index) in buildIdentityIds: {
    scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
    name: 'kiln-identity-${environmentName}-${index}'
    params: {
      identityName: last(split(id, '/'))
      principalId: principalId
      roleDefinitionId: roles.outputs.identityAssignerId
    }
  }
]

module vaults 'assign-at-vault.bicep' = [
  for (id, index) in keyVaultIds: {
    scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
    name: 'kiln-vault-${environmentName}-${index}'
    params: {
      vaultName: last(split(id, '/'))
      principalId: principalId
    }
  }
]
