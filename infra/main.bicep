// Kiln in one subscription: `azd up`, or `az deployment sub create --template-file infra/main.bicep`.
// Every parameter has a safe default but the two that name the deployment. docs/deploy.md goes through them.
targetScope = 'subscription'

@description('Short name of this deployment: part of every name, and the value of the tag kiln-app on everything that Kiln makes. Two deployments in one subscription need two names.')
@minLength(2)
@maxLength(16)
param environmentName string

@description('Region of the deployment itself. Images are built in the region that their template names.')
param location string

@description('Tags of every resource of the deployment, besides those that azd and Kiln need.')
param tags object = {}

@description('Application (client) id of the app registration whose tokens the API accepts. Empty: the API refuses every request until it is set.')
param apiClientId string = ''

@description('Tenant whose tokens the API accepts.')
param tenantId string = tenant().tenantId

@description('Callers that may use some resource groups only: object ids, each with a list of group names or ids. Callers that are not named may use all.')
param callerRestrictions object = {}

@description('Where Durable Functions keeps its state: in the storage account of the deployment (no further resource), or in a Durable Task Scheduler (a resource of its own, with a dashboard). There is no way to move builds from one to the other: change it when none runs.')
@allowed(['AzureStorage', 'DurableTaskScheduler'])
param durableBackend string = 'AzureStorage'

@description('Addresses that may reach the Durable Task Scheduler, in CIDR form; an empty list would refuse everybody. The default is any address: every call still needs a token of an identity with the data role.')
@minLength(1)
param durableTaskSchedulerAllowList array = ['0.0.0.0/0']

@description('Subscription in which Kiln makes a resource group for each build. A subscription for builds alone is best: the role may run commands on every machine in its scope.')
param buildSubscriptionId string = subscription().subscriptionId

@description('Ids of resource groups that templates name as stagingResourceGroup. With at least one, Kiln gets its build role in these groups alone and cannot make groups of its own.')
param stagingResourceGroupIds array = []

@description('Ids of the resource groups with the galleries and managed images that templates publish to.')
param imageResourceGroupIds array = []

@description('Ids of the virtual networks of yours that templates connect build machines to.')
param virtualNetworkIds array = []

@description('Ids of user-assigned identities that templates name, as their own or for build machines, besides the one that this deployment makes.')
param buildIdentityIds array = []

@description('Ids of Key Vaults of yours that templates take secrets from. They have to use Azure roles, not access policies.')
param keyVaultIds array = []

@description('True: storage and messaging are reached through private endpoints in a network of the deployment and refuse public traffic. Service Bus is Premium then, which costs some hundred dollars a month, and templates must name a subnet from which build machines reach the storage account.')
param privateNetwork bool = false

@description('Address space of that network; two /26 subnets are taken from it.')
param networkAddressPrefix string = '10.244.0.0/24'

@description('Origins from which scripts and files may come whatever they resolve to, for example https://artifacts.corp.example. Other addresses must be public.')
param allowedOrigins array = []

@description('True: PUT refuses a template that exists, as Azure VM Image Builder does.')
param strictCreate bool = false

@description('Marketplace image of the helper that installs ISO sources, as publisher:offer:sku:version. It needs dnf.')
param isoHelperImage string = 'almalinux:almalinux-x86_64:9-gen2:latest'

@description('Builds at work at a time; 0: no limit.')
@minValue(0)
param maximumBuilds int = 50

@description('Builds at work at a time in one subscription; 0: no limit.')
@minValue(0)
param maximumBuildsPerSubscription int = 20

@description('URL that receives every event as a signed webhook. Empty: events go to the Service Bus topic only.')
param webhookUrl string = ''

@description('Secret of the webhook: 24 or more random bytes in base64.')
@secure()
param webhookSecret string = ''

@description('Mail addresses that alerts and the budget go to. Empty: no alert rule and no budget is made.')
param alertEmails array = []

@description('Monthly budget in the currency of the subscription for everything that Kiln makes for builds; mails go out at 80 and 100 percent. 0: no budget.')
@minValue(0)
param monthlyBudget int = 100

@description('First day of the budget; set by the deployment.')
param budgetStart string = utcNow('yyyy-MM-01')

@description('Days that logs are kept.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

@description('Most instances of the function app at one time.')
@minValue(40)
@maxValue(1000)
param maximumInstances int = 40

var abbreviations = loadJsonContent('abbreviations.json')
var token = toLower(uniqueString(subscription().id, environmentName, location))
var allTags = union(tags, { 'azd-env-name': environmentName, 'kiln-deployment': environmentName })
var hasAlerts = !empty(alertEmails)

resource group 'Microsoft.Resources/resourceGroups@2024-07-01' = {
  name: '${abbreviations.resourceGroup}kiln-${environmentName}'
  location: location
  tags: allTags
}

module identities 'modules/identities.bicep' = {
  scope: group
  name: 'identities'
  params: {
    location: location
    tags: allTags
    appIdentityName: '${abbreviations.managedIdentity}kiln-${environmentName}'
    buildIdentityName: '${abbreviations.managedIdentity}kiln-build-${environmentName}'
  }
}

module network 'modules/network.bicep' = if (privateNetwork) {
  scope: group
  name: 'network'
  params: {
    location: location
    tags: allTags
    name: '${abbreviations.virtualNetwork}kiln-${environmentName}'
    subnetPrefix: abbreviations.subnet
    addressPrefix: networkAddressPrefix
  }
}

module monitoring 'modules/monitoring.bicep' = {
  scope: group
  name: 'monitoring'
  params: {
    location: location
    tags: allTags
    workspaceName: '${abbreviations.logAnalyticsWorkspace}kiln-${environmentName}'
    insightsName: '${abbreviations.applicationInsights}kiln-${environmentName}'
    retentionDays: logRetentionDays
    appPrincipalId: identities.outputs.appPrincipalId
  }
}

module storage 'modules/storage.bicep' = {
  scope: group
  name: 'storage'
  params: {
    location: location
    tags: allTags
    name: '${abbreviations.storageAccount}kiln${token}'
    appPrincipalId: identities.outputs.appPrincipalId
    endpointPrefix: abbreviations.privateEndpoint
    endpointSubnetId: privateNetwork ? network!.outputs.endpointSubnetId : ''
    privateDnsZoneIds: privateNetwork ? network!.outputs.storageZoneIds : {}
  }
}

module messaging 'modules/messaging.bicep' = {
  scope: group
  name: 'messaging'
  params: {
    location: location
    tags: allTags
    name: '${abbreviations.serviceBusNamespace}kiln-${token}'
    appPrincipalId: identities.outputs.appPrincipalId
    endpointPrefix: abbreviations.privateEndpoint
    endpointSubnetId: privateNetwork ? network!.outputs.endpointSubnetId : ''
    privateDnsZoneId: privateNetwork ? network!.outputs.serviceBusZoneId : ''
  }
}

module scheduler 'modules/durable-task-scheduler.bicep' = if (durableBackend == 'DurableTaskScheduler') {
  scope: group
  name: 'scheduler'
  params: {
    location: location
    tags: allTags
    name: '${abbreviations.durableTaskScheduler}kiln-${token}'
    allowList: durableTaskSchedulerAllowList
    appPrincipalId: identities.outputs.appPrincipalId
  }
}

module app 'modules/function-app.bicep' = {
  scope: group
  name: 'app'
  params: {
    location: location
    tags: allTags
    planName: '${abbreviations.appServicePlan}kiln-${environmentName}'
    appName: '${abbreviations.functionApp}kiln-${token}'
    kilnName: environmentName
    identityId: identities.outputs.appIdentityId
    identityClientId: identities.outputs.appClientId
    blobEndpoint: storage.outputs.blobEndpoint
    queueEndpoint: storage.outputs.queueEndpoint
    tableEndpoint: storage.outputs.tableEndpoint
    stateContainer: storage.outputs.stateContainer
    packageContainer: storage.outputs.packageContainer
    serviceBusHost: messaging.outputs.host
    schedulerEndpoint: durableBackend == 'DurableTaskScheduler' ? scheduler!.outputs.endpoint : ''
    taskHub: durableBackend == 'DurableTaskScheduler' ? scheduler!.outputs.taskHub : ''
    insightsConnectionString: monitoring.outputs.connectionString
    subnetId: privateNetwork ? network!.outputs.appSubnetId : ''
    apiClientId: apiClientId
    tenantId: tenantId
    callerRestrictions: callerRestrictions
    allowedOrigins: allowedOrigins
    strictCreate: strictCreate
    isoHelperImage: isoHelperImage
    maximumBuilds: maximumBuilds
    maximumBuildsPerSubscription: maximumBuildsPerSubscription
    webhookUrl: webhookUrl
    webhookSecret: webhookSecret
    maximumInstances: maximumInstances
  }
}

module permissions 'modules/permissions.bicep' = {
  name: 'kiln-permissions-${environmentName}'
  params: {
    environmentName: environmentName
    principalId: identities.outputs.appPrincipalId
    buildSubscriptionId: buildSubscriptionId
    stagingResourceGroupIds: stagingResourceGroupIds
    imageResourceGroupIds: imageResourceGroupIds
    virtualNetworkIds: virtualNetworkIds
    buildIdentityIds: buildIdentityIds
    keyVaultIds: keyVaultIds
    ownGroup: group.name
    ownBuildIdentity: identities.outputs.buildIdentityName
  }
}

module alerts 'modules/alerts.bicep' = if (hasAlerts) {
  scope: group
  name: 'alerts'
  params: {
    location: location
    tags: allTags
    actionGroupName: '${abbreviations.actionGroup}kiln-${environmentName}'
    rulePrefix: '${abbreviations.alertRule}kiln-${environmentName}'
    emails: alertEmails
    insightsId: monitoring.outputs.insightsId
    serviceBusId: messaging.outputs.id
  }
}

module budget 'modules/budget.bicep' = if (hasAlerts && monthlyBudget > 0) {
  scope: subscription(buildSubscriptionId)
  name: 'kiln-budget-${environmentName}'
  params: {
    name: '${abbreviations.budget}kiln-${environmentName}'
    amount: monthlyBudget
    startDate: budgetStart
    kilnName: environmentName
    emails: alertEmails
  }
}

output AZURE_RESOURCE_GROUP string = group.name
output KILN_API string = app.outputs.url
output KILN_API_AUDIENCE string = empty(apiClientId) ? '' : 'api://${apiClientId}'
output KILN_APP_IDENTITY string = identities.outputs.appPrincipalId
output KILN_BUILD_IDENTITY string = identities.outputs.buildIdentityId
