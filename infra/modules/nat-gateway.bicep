// One fixed address for everything that a subnet sends to the outside: https://learn.microsoft.com/azure/nat-gateway/nat-overview
param location string
param tags object
param name string
param publicAddressName string

resource address 'Microsoft.Network/publicIPAddresses@2024-01-01' = {
  name: publicAddressName
  location: location
  tags: tags
  sku: { name: 'Standard' }
  properties: {
    publicIPAllocationMethod: 'Static'
    publicIPAddressVersion: 'IPv4'
  }
}

resource gateway 'Microsoft.Network/natGateways@2024-01-01' = {
  name: name
  location: location
  tags: tags
  sku: { name: 'Standard' }
  properties: {
    idleTimeoutInMinutes: 10
    publicIpAddresses: [{ id: address.id }]
  }
}

output address string = address.properties.ipAddress
