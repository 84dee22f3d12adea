// A private address for one service of a resource, and its name in private DNS.
param location string
param tags object
param name string
@description('Id of the resource that gets the address.')
param targetId string
@description('Which of its services: blob, queue, table, namespace.')
param service string
param subnetId string
param privateDnsZoneId string

resource endpoint 'Microsoft.Network/privateEndpoints@2024-01-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    subnet: { id: subnetId }
    customNetworkInterfaceName: '${name}-nic'
    privateLinkServiceConnections: [
      {
        name: service
        properties: {
          privateLinkServiceId: targetId
          groupIds: [service]
        }
      }
    ]
  }
}

resource dns 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-01-01' = {
  parent: endpoint
  name: 'default'
  properties: {
    privateDnsZoneConfigs: [
      {
        name: service
        properties: { privateDnsZoneId: privateDnsZoneId }
      }
    ]
  }
}
