// A role for the app at one virtual network.
param networkName string
param principalId string
param roleDefinitionId string

resource network 'Microsoft.Network/virtualNetworks@2024-01-01' existing = {
  name: networkName
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: network
  name: guid(network.id, principalId, roleDefinitionId)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roleDefinitionId
  }
}
