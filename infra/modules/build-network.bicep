// A network in which build machines of one region may be: no connection comes in, everything goes out by one fixed address,
// which the team can put on its allow-lists. Templates name its subnet in vmProfile.vnetConfig.
param location string
param tags object
param name string
@description('The beginnings of names, by kind.')
param abbreviations object
@description('A /27 is enough for 27 build machines at a time.')
param addressPrefix string
param principalId string
@description('Resource id of the identity: known before the deployment, so that what-if can name the assignment.')
param identityId string
param roleDefinitionId string

var subnetName = '${abbreviations.subnet}builds'

resource closed 'Microsoft.Network/networkSecurityGroups@2024-01-01' = {
  name: '${abbreviations.networkSecurityGroup}${name}'
  location: location
  tags: tags
  properties: {
    securityRules: [
      {
        name: 'deny-all-inbound'
        properties: {
          access: 'Deny'
          description: 'A build machine is driven through its agent, which opens its connections itself.'
          destinationAddressPrefix: '*'
          destinationPortRange: '*'
          direction: 'Inbound'
          priority: 4000
          protocol: '*'
          sourceAddressPrefix: '*'
          sourcePortRange: '*'
        }
      }
    ]
  }
}

module outbound 'nat-gateway.bicep' = {
  name: '${name}-outbound'
  params: {
    location: location
    tags: tags
    name: '${abbreviations.natGateway}${name}'
    publicAddressName: '${abbreviations.publicAddress}${name}'
  }
}

resource network 'Microsoft.Network/virtualNetworks@2024-01-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [addressPrefix] }
    subnets: [
      {
        name: subnetName
        properties: {
          addressPrefix: addressPrefix
          defaultOutboundAccess: false
          networkSecurityGroup: { id: closed.id }
          natGateway: { id: resourceId('Microsoft.Network/natGateways', '${abbreviations.natGateway}${name}') }
        }
      }
    ]
  }
  dependsOn: [outbound]
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: network
  name: guid(network.id, identityId, roleDefinitionId)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roleDefinitionId
  }
}

output subnetId string = '${network.id}/subnets/${subnetName}'
output address string = outbound.outputs.address
