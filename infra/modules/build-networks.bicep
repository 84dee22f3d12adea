// Networks for build machines, one a region.
@description('Each { location, addressPrefix }.')
param buildNetworks array
param tags object
@description('Beginning of their names; the region is the end.')
param prefix string
@description('The beginnings of names, by kind.')
param abbreviations object
param principalId string
@description('Resource id of the identity: known before the deployment, so that what-if can name the assignment.')
param identityId string
param roleDefinitionId string

module networks 'build-network.bicep' = [
  for buildNetwork in buildNetworks: {
    name: 'builds-${buildNetwork.location}'
    params: {
      location: buildNetwork.location
      tags: tags
      name: '${prefix}-${buildNetwork.location}'
      abbreviations: abbreviations
      addressPrefix: buildNetwork.addressPrefix
      principalId: principalId
      identityId: identityId
      roleDefinitionId: roleDefinitionId
    }
  }
]

output made array = [
  for (buildNetwork, index) in buildNetworks: {
    location: buildNetwork.location
    subnetId: networks[index].outputs.subnetId
    outboundAddress: networks[index].outputs.address
  }
]
