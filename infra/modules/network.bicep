// The network of the deployment, for private access to storage and messaging. Build machines are not in it.
param location string
param tags object
param name string
param subnetPrefix string
@description('At least a /25: the first /26 is for the app, the second for private endpoints.')
param addressPrefix string

var zoneNames = {
  blob: 'privatelink.blob.${environment().suffixes.storage}'
  queue: 'privatelink.queue.${environment().suffixes.storage}'
  table: 'privatelink.table.${environment().suffixes.storage}'
  namespace: 'privatelink.servicebus.windows.net'
}

resource network 'Microsoft.Network/virtualNetworks@2024-01-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [addressPrefix] }
    subnets: [
      {
        name: '${subnetPrefix}app'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 26, 0)
          // What Flex Consumption asks for: https://learn.microsoft.com/azure/azure-functions/flex-consumption-how-to
          delegations: [
            {
              name: 'app'
              properties: { serviceName: 'Microsoft.App/environments' }
            }
          ]
        }
      }
      {
        name: '${subnetPrefix}endpoints'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 26, 1)
          privateEndpointNetworkPolicies: 'Disabled'
        }
      }
    ]
  }
}

resource zones 'Microsoft.Network/privateDnsZones@2020-06-01' = [
  for zone in items(zoneNames): {
    name: zone.value
    location: 'global'
    tags: tags
  }
]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2020-06-01' = [
  for (zone, index) in items(zoneNames): {
    parent: zones[index]
    name: name
    location: 'global'
    tags: tags
    properties: {
      registrationEnabled: false
      virtualNetwork: { id: network.id }
    }
  }
]

output appSubnetId string = '${network.id}/subnets/${subnetPrefix}app'
output endpointSubnetId string = '${network.id}/subnets/${subnetPrefix}endpoints'
output storageZoneIds object = {
  blob: resourceId('Microsoft.Network/privateDnsZones', zoneNames.blob)
  queue: resourceId('Microsoft.Network/privateDnsZones', zoneNames.queue)
  table: resourceId('Microsoft.Network/privateDnsZones', zoneNames.table)
}
output serviceBusZoneId string = resourceId('Microsoft.Network/privateDnsZones', zoneNames.namespace)
