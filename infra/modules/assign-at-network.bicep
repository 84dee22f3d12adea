// A role for the app at one virtual network, or at one of its subnets.
param networkName string
@description('Empty: the whole network.')
param subnetName string = ''
param principalId string
@description('Resource id of the identity: known before the deployment, so that what-if can name the assignment.')
param identityId string
param roleDefinitionId string

resource network 'Microsoft.Network/virtualNetworks@2024-01-01' existing = {
  name: networkName
}

resource subnet 'Microsoft.Network/virtualNetworks/subnets@2024-01-01' existing = if (!empty(subnetName)) {
  parent: network
  name: empty(subnetName) ? 'none' : subnetName
}

resource atNetwork 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (empty(subnetName)) {
  scope: network
  name: guid(network.id, identityId, roleDefinitionId)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roleDefinitionId
  }
}

resource atSubnet 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(subnetName)) {
  scope: subnet
  name: guid(subnet.id, identityId, roleDefinitionId)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roleDefinitionId
  }
}
