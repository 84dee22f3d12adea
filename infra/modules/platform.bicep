// What the app stands on, in the group of the deployment: identities, network, logs, state, messages.
param location string
param tags object
param environmentName string
@description('Of namesOf.')
param names object
@description('What makes names unique in Azure.')
param token string
@description('The beginnings of names, by kind.')
param abbreviations object
@description('True: storage and messaging are reached through private endpoints only.')
param isPrivate bool
param networkAddressPrefix string
param fixedOutboundAddress bool
@description('True: Durable Functions keeps its state in a Durable Task Scheduler.')
param isScheduler bool
param schedulerAllowList array
param logRetentionDays int
param storageRedundancy string
param restoreDays int
param isLocked bool
param encryptionKeyUri string
param encryptionIdentityId string

var appIdentityId = resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', names.appIdentity)

module identities 'identities.bicep' = {
  name: 'identities'
  params: {
    location: location
    tags: tags
    appIdentityName: names.appIdentity
    buildIdentityName: names.buildIdentity
  }
}

module network 'network.bicep' = if (isPrivate) {
  name: 'network'
  params: {
    location: location
    tags: tags
    name: names.network
    subnetPrefix: abbreviations.subnet
    securityGroupPrefix: abbreviations.networkSecurityGroup
    gatewayPrefix: abbreviations.natGateway
    publicAddressPrefix: abbreviations.publicAddress
    addressPrefix: networkAddressPrefix
    hasFixedAddress: fixedOutboundAddress
  }
}

module monitoring 'monitoring.bicep' = {
  name: 'monitoring'
  params: {
    location: location
    tags: tags
    workspaceName: '${abbreviations.logAnalyticsWorkspace}kiln-${environmentName}'
    insightsName: '${abbreviations.applicationInsights}kiln-${environmentName}'
    retentionDays: logRetentionDays
    appPrincipalId: identities.outputs.appPrincipalId
    appIdentityId: appIdentityId
  }
}

module storage 'storage.bicep' = {
  name: 'storage'
  params: {
    location: location
    tags: tags
    name: names.storageAccount
    appPrincipalId: identities.outputs.appPrincipalId
    appIdentityId: appIdentityId
    redundancy: storageRedundancy
    restoreDays: restoreDays
    isLocked: isLocked
    keyUri: encryptionKeyUri
    keyIdentityId: encryptionIdentityId
    workspaceId: monitoring.outputs.workspaceId
    endpointPrefix: abbreviations.privateEndpoint
    isPrivate: isPrivate
    endpointSubnetId: isPrivate ? network!.outputs.endpointSubnetId : ''
    privateDnsZoneIds: isPrivate ? network!.outputs.zoneIds : {}
  }
}

module messaging 'messaging.bicep' = {
  name: 'messaging'
  params: {
    location: location
    tags: tags
    name: names.serviceBus
    appPrincipalId: identities.outputs.appPrincipalId
    appIdentityId: appIdentityId
    workspaceId: monitoring.outputs.workspaceId
    isLocked: isLocked
    endpointPrefix: abbreviations.privateEndpoint
    isPrivate: isPrivate
    endpointSubnetId: isPrivate ? network!.outputs.endpointSubnetId : ''
    privateDnsZoneId: isPrivate ? network!.outputs.zoneIds.namespace : ''
  }
}

module scheduler 'durable-task-scheduler.bicep' = if (isScheduler) {
  name: 'scheduler'
  params: {
    location: location
    tags: tags
    name: '${abbreviations.durableTaskScheduler}kiln-${token}'
    allowList: schedulerAllowList
    appPrincipalId: identities.outputs.appPrincipalId
    appIdentityId: appIdentityId
  }
}

output appClientId string = identities.outputs.appClientId
output insightsConnectionString string = monitoring.outputs.connectionString
@description('Empty: there is none.')
output schedulerEndpoint string = isScheduler ? scheduler!.outputs.endpoint : ''
output appPrincipalId string = identities.outputs.appPrincipalId
output buildIdentityId string = identities.outputs.buildIdentityId
output insightsId string = monitoring.outputs.insightsId
output serviceBusId string = messaging.outputs.id
