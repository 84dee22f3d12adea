// The network of the deployment, for private access to storage, messaging and the API. Build machines are not in it.
param location string
param tags object
param name string
param subnetPrefix string
param securityGroupPrefix string
param gatewayPrefix string
param publicAddressPrefix string
@description('At least a /25: the first /26 is for the app, the second for private endpoints.')
param addressPrefix string
@description('True: what the app sends leaves by one fixed address.')
param hasFixedAddress bool

var zoneNames = {
  blob: 'privatelink.blob.${environment().suffixes.storage}'
  queue: 'privatelink.queue.${environment().suffixes.storage}'
  table: 'privatelink.table.${environment().suffixes.storage}'
  namespace: 'privatelink.servicebus.windows.net'
  sites: 'privatelink.azurewebsites.net'
}

// Nothing outside of the network has a reason to open a connection into it.
resource closed 'Microsoft.Network/networkSecurityGroups@2024-01-01' = {
  name: '${securityGroupPrefix}${name}'
  location: location
  tags: tags
  properties: {
    securityRules: [
      {
        name: 'deny-inbound-from-outside'
        properties: {
          access: 'Deny'
          description: 'Only what is in the network, or peered with it, may open connections into it.'
          destinationAddressPrefix: '*'
          destinationPortRange: '*'
          direction: 'Inbound'
          priority: 4000
          protocol: '*'
          sourceAddressPrefix: 'Internet'
          sourcePortRange: '*'
        }
      }
    ]
  }
}

module outbound 'nat-gateway.bicep' = if (hasFixedAddress) {
  name: 'network-outbound'
  params: {
    location: location
    tags: tags
    name: '${gatewayPrefix}${name}'
    publicAddressName: '${publicAddressPrefix}${name}'
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
        name: '${subnetPrefix}app'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 26, 0)
          networkSecurityGroup: { id: closed.id }
          natGateway: hasFixedAddress
            ? { id: resourceId('Microsoft.Network/natGateways', '${gatewayPrefix}${name}') }
            : null
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
          networkSecurityGroup: { id: closed.id }
          // Without it a security group does not see what goes to a private endpoint:
          // https://learn.microsoft.com/azure/private-link/disable-private-endpoint-network-policy
          privateEndpointNetworkPolicies: 'NetworkSecurityGroupEnabled'
        }
      }
    ]
  }
  dependsOn: [outbound]
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
output zoneIds object = {
  blob: resourceId('Microsoft.Network/privateDnsZones', zoneNames.blob)
  queue: resourceId('Microsoft.Network/privateDnsZones', zoneNames.queue)
  table: resourceId('Microsoft.Network/privateDnsZones', zoneNames.table)
  namespace: resourceId('Microsoft.Network/privateDnsZones', zoneNames.namespace)
  sites: resourceId('Microsoft.Network/privateDnsZones', zoneNames.sites)
}
