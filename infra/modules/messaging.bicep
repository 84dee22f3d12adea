// Requests come in by a queue, events go out by a topic. Nobody has a key: senders and receivers show a token.
param location string
param tags object
param name string
@description('Principal id of the identity of the app.')
param appPrincipalId string
@description('Resource id of that identity: known before the deployment, so that what-if can name the assignments.')
param appIdentityId string
param workspaceId string
@description('True: the namespace cannot be deleted until somebody removes the lock.')
param isLocked bool
param endpointPrefix string
@description('True: the namespace is reached through a private endpoint only.')
param isPrivate bool
param endpointSubnetId string
param privateDnsZoneId string

// Private endpoints need Premium: https://learn.microsoft.com/azure/service-bus-messaging/private-link-service
var sku = isPrivate ? 'Premium' : 'Standard'
var roles = {
  receiver: '4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0'
  sender: '69a216fc-b8fb-44d8-bc22-1f3c2cd27a39'
}

resource namespace 'Microsoft.ServiceBus/namespaces@2024-01-01' = {
  name: name
  location: location
  tags: tags
  sku: isPrivate ? { name: sku, tier: sku, capacity: 1 } : { name: sku, tier: sku }
  properties: {
    disableLocalAuth: true
    minimumTlsVersion: '1.2'
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
  }
}

// local/service-bus/entities.ts has the same for one machine; a test compares the two.
resource requests 'Microsoft.ServiceBus/namespaces/queues@2024-01-01' = {
  parent: namespace
  name: 'build-requests'
  properties: {
    lockDuration: 'PT1M'
    maxDeliveryCount: 10
    requiresDuplicateDetection: true
    duplicateDetectionHistoryTimeWindow: 'PT1H'
    defaultMessageTimeToLive: 'P14D'
    deadLetteringOnMessageExpiration: true
  }
}

resource events 'Microsoft.ServiceBus/namespaces/topics@2024-01-01' = {
  parent: namespace
  name: 'build-events'
  properties: {
    defaultMessageTimeToLive: 'P14D'
  }
}

resource all 'Microsoft.ServiceBus/namespaces/topics/subscriptions@2024-01-01' = {
  parent: events
  name: 'all'
  properties: {
    lockDuration: 'PT1M'
    maxDeliveryCount: 10
    defaultMessageTimeToLive: 'P14D'
  }
}

resource assignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in items(roles): {
    scope: namespace
    name: guid(namespace.id, appIdentityId, role.value)
    properties: {
      principalId: appPrincipalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.value)
    }
  }
]

resource lock 'Microsoft.Authorization/locks@2020-05-01' = if (isLocked) {
  scope: namespace
  name: 'kiln-requests'
  properties: {
    level: 'CanNotDelete'
    notes: 'Build requests that Kiln has accepted.'
  }
}

// Who sends and receives is a log of Premium alone: https://learn.microsoft.com/azure/service-bus-messaging/monitor-service-bus-reference
resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: namespace
  name: 'audit'
  properties: {
    workspaceId: workspaceId
    logs: concat(
      [{ category: 'OperationalLogs', enabled: true }],
      isPrivate ? [{ category: 'RuntimeAuditLogs', enabled: true }] : []
    )
  }
}

module endpoint 'private-endpoint.bicep' = if (isPrivate) {
  name: 'messaging-endpoint'
  params: {
    location: location
    tags: tags
    name: '${endpointPrefix}${name}'
    targetId: namespace.id
    service: 'namespace'
    subnetId: endpointSubnetId
    privateDnsZoneId: privateDnsZoneId
  }
}

output id string = namespace.id
