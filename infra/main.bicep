// Kiln in one subscription: docs/deploy.md. Two parameters are needed, the others have a safe default; main.bicepparam asks azd.
targetScope = 'subscription'

import { inputProblems, refuse } from 'input-problems.bicep'
import { namesOf } from 'modules/names.bicep'
import { roleName } from 'modules/role-names.bicep'

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
@description('Who may do what where: the access policy of docs/access.md. Empty: app roles alone decide, and callerRestrictions.')
param accessPolicy object = {}

@description('Where Durable Functions keeps its state: in the storage account of the deployment (no further resource), or in a Durable Task Scheduler (a resource of its own, with a dashboard). There is no way to move builds from one to the other: change it when none runs.')
@allowed(['AzureStorage', 'DurableTaskScheduler'])
param durableBackend string = 'AzureStorage'
@description('Addresses that may reach the Durable Task Scheduler, in CIDR form; an empty list would refuse everybody. The default is any address: every call still needs a token of an identity with the data role.')
@minLength(1)
param durableTaskSchedulerAllowList array = ['0.0.0.0/0']

@description('Subscription in which Kiln makes a resource group for each build, as Azure VM Image Builder does. Give it one for builds alone: there the roles may delete every resource group and run commands on every machine. Empty: Kiln makes no groups, and templates name one of stagingResourceGroupIds.')
param buildSubscriptionId string = ''

@description('Ids of resource groups that templates may name as stagingResourceGroup: Kiln builds there.')
param stagingResourceGroupIds array = []

@description('Ids of the resource groups with the galleries and managed images that templates publish to.')
param imageResourceGroupIds array = []

@description('Ids of the virtual networks, or of single subnets, of yours that templates connect build machines to.')
param virtualNetworkIds array = []

@description('Ids of user-assigned identities that templates name, as their own or for build machines, besides the one that this deployment makes.')
param buildIdentityIds array = []

@description('Ids of Key Vaults of yours that templates take secrets from. They have to use Azure roles, not access policies.')
param keyVaultIds array = []

@description('Networks for build machines that the deployment makes, one a region, each { location, addressPrefix }: nothing comes in, and everything goes out by one fixed address. Templates name the subnet, an output, in vmProfile.vnetConfig.')
param buildNetworks array = []

@description('True: storage and messaging are reached through private endpoints in a network of the deployment and refuse public traffic. Service Bus is Premium then, which costs some hundred dollars a month, and templates must name a subnet from which build machines reach the storage account.')
param privateNetwork bool = false
@description('With privateNetwork: the API, too, is reached through a private endpoint only, and so is its deployment site.')
param privateApi bool = false
@description('With privateNetwork: what the app sends leaves by one fixed address.')
param fixedOutboundAddress bool = false
@description('Addresses that may reach the API, in CIDR form. None: every address, with a token.')
param apiAllowList array = []
@description('Address space of that network; two /26 subnets are taken from it.')
param networkAddressPrefix string = '10.244.0.0/24'

@description('Origins from which scripts and files may come whatever they resolve to, for example https://artifacts.corp.example. Other addresses must be public.')
param allowedOrigins array = []

@description('True: PUT refuses a template that exists, as Azure VM Image Builder does.')
param strictCreate bool = false
@description('True: build machines encrypt their temporary disk and caches too. The subscription of the builds needs the feature EncryptionAtHost of Microsoft.Compute.')
param encryptionAtHost bool = false
@description('False: no machine is booted for hygiene alone, unless a template asks for it.')
param hygieneBoot bool = true
@description('Days that what is over is kept, by kind: operations (7), requests (30), artifacts (30), logs and runs (0, for as long as their template).')
param retentionDays object = {}
@description('Id of a Key Vault key (EC, P-256) that provenance is signed with, https://<vault>/keys/<name>. Empty: statements are written and not signed.')
param provenanceKeyId string = ''
@description('Resource id of the Key Vault of that key: the identity of Kiln gets the role Key Vault Crypto User on the key alone. Empty: grant it yourself.')
param provenanceKeyVaultId string = ''
@description('VHDs with at most so many GB of data are read whole, so that provenance binds their bytes. 0: their ETag alone.')
@minValue(0)
param provenanceVhdGB int = 0
@description('Where advisories come from, as https URL of a mirror of OSV. Empty: OSV itself.')
param osvUrl string = ''

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
@description('Id of a Key Vault secret with it instead, https://<vault>/secrets/<name>; its vault is among keyVaultIds.')
param webhookSecretUri string = ''

@description('Mail addresses that alerts and the budget go to. Empty: no alert rule and no budget is made.')
param alertEmails array = []

@description('Monthly budget in the currency of the subscription for everything that Kiln makes for builds; mails go out at 80 and 100 percent. 0: no budget.')
@minValue(0)
param monthlyBudget int = 100

@description('First day of the budget, the first of a month: YYYY-MM-01. It cannot be changed once the budget is there, so keep it; azd writes it into its environment once.')
param budgetStart string = ''

@description('Days that logs are kept.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

@description('Most instances of the function app at one time.')
@minValue(40)
@maxValue(1000)
param maximumInstances int = 40

@description('Standard_ZRS, or Standard_LRS in a region without zones. It cannot be changed by a deployment later.')
@allowed(['Standard_ZRS', 'Standard_LRS', 'Standard_GZRS'])
param storageRedundancy string = 'Standard_ZRS'

@description('Days to which templates, runs and logs can be put back after a mistake.')
@minValue(1)
@maxValue(90)
param restoreDays int = 7

@description('True: storage and messaging cannot be deleted until somebody removes the locks. It asks for the right to make locks: Owner, or User Access Administrator.')
param deleteLock bool = false

@description('Key of yours that encrypts the storage account, https://<vault>/keys/<name>. On a new deployment only.')
param encryptionKeyUri string = ''
@description('Id of a user-assigned identity that may use that key (Key Vault Crypto Service Encryption User).')
param encryptionIdentityId string = ''

var abbreviations = loadJsonContent('abbreviations.json')
var token = toLower(uniqueString(subscription().id, environmentName, location))
var allTags = union(tags, { 'azd-env-name': environmentName, 'kiln-deployment': environmentName })
var hasBudget = !empty(alertEmails) && monthlyBudget > 0 && !empty(buildSubscriptionId)
var isScheduler = durableBackend == 'DurableTaskScheduler'
var names = namesOf(environmentName, token, abbreviations)
// Names that are known before the deployment let `az deployment sub what-if` show the role assignments too.
var networkUserRole = roleName(subscription().id, environmentName, 'networkUser')
var appIdentityId = '${subscription().id}/resourceGroups/${names.group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${names.appIdentity}'

var checked = refuse(inputProblems({
  environmentName: environmentName
  groupIds: concat(stagingResourceGroupIds, imageResourceGroupIds)
  virtualNetworkIds: virtualNetworkIds
  buildIdentityIds: buildIdentityIds
  keyVaultIds: union(keyVaultIds, empty(provenanceKeyVaultId) ? [] : [provenanceKeyVaultId])
  hasKeyVaultOnly: !empty(provenanceKeyVaultId) && empty(provenanceKeyId)
  budgetStart: hasBudget ? budgetStart : null
  isPrivate: privateNetwork
  needsPrivate: privateApi || fixedOutboundAddress
  networkAddressPrefix: networkAddressPrefix
  hasKey: !empty(encryptionKeyUri)
  hasKeyIdentity: !empty(encryptionIdentityId)
}))

resource group 'Microsoft.Resources/resourceGroups@2024-07-01' = {
  name: '${names.group}${checked}'
  location: location
  tags: allTags
}

module platform 'modules/platform.bicep' = {
  scope: group
  name: 'platform'
  params: {
    location: location
    tags: allTags
    environmentName: environmentName
    token: token
    abbreviations: abbreviations
    names: names
    isPrivate: privateNetwork
    networkAddressPrefix: networkAddressPrefix
    fixedOutboundAddress: fixedOutboundAddress
    isScheduler: isScheduler
    schedulerAllowList: durableTaskSchedulerAllowList
    logRetentionDays: logRetentionDays
    storageRedundancy: storageRedundancy
    restoreDays: restoreDays
    isLocked: deleteLock
    encryptionKeyUri: encryptionKeyUri
    encryptionIdentityId: encryptionIdentityId
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
    identityId: appIdentityId
    identityClientId: platform.outputs.appClientId
    storageAccountName: names.storageAccount
    serviceBusName: names.serviceBus
    hasScheduler: isScheduler
    schedulerEndpoint: platform.outputs.schedulerEndpoint
    insightsConnectionString: platform.outputs.insightsConnectionString
    networkName: privateNetwork ? names.network : ''
    abbreviations: abbreviations
    isPrivate: privateApi
    allowedAddresses: apiAllowList
    apiClientId: apiClientId
    tenantId: tenantId
    callerRestrictions: callerRestrictions
    accessPolicy: accessPolicy
    restrictedSubscriptionId: empty(buildSubscriptionId) ? subscription().subscriptionId : buildSubscriptionId
    allowedOrigins: allowedOrigins
    strictCreate: strictCreate
    encryptionAtHost: encryptionAtHost
    hygieneBoot: hygieneBoot
    retentionDays: retentionDays
    provenanceKeyId: provenanceKeyId
    provenanceVhdGB: provenanceVhdGB
    osvUrl: osvUrl
    isoHelperImage: isoHelperImage
    maximumBuilds: maximumBuilds
    maximumBuildsPerSubscription: maximumBuildsPerSubscription
    webhookUrl: webhookUrl
    webhookSecret: webhookSecret
    webhookSecretUri: webhookSecretUri
    maximumInstances: maximumInstances
    principalId: platform.outputs.appPrincipalId
    rights: {
      roleSuffix: '${environmentName} ${take(token, 6)}'
      subscriptionId: subscription().subscriptionId
      buildSubscriptionId: buildSubscriptionId
      stagingGroupIds: stagingResourceGroupIds
      imageGroupIds: imageResourceGroupIds
    }
  }
}

module permissions 'modules/permissions.bicep' = {
  name: 'kiln-permissions-${token}'
  params: {
    environmentName: environmentName
    token: take(token, 6)
    identityId: appIdentityId
    principalId: platform.outputs.appPrincipalId
    buildSubscriptionId: buildSubscriptionId
    stagingResourceGroupIds: stagingResourceGroupIds
    imageResourceGroupIds: imageResourceGroupIds
    virtualNetworkIds: virtualNetworkIds
    buildIdentityIds: buildIdentityIds
    keyVaultIds: keyVaultIds
    provenanceKey: { id: provenanceKeyId, vaultId: provenanceKeyVaultId }
    ownGroup: names.group
    ownBuildIdentity: names.buildIdentity
  }
}

module networks 'modules/build-networks.bicep' = {
  scope: group
  name: 'build-networks'
  params: {
    buildNetworks: buildNetworks
    tags: allTags
    prefix: names.network
    abbreviations: abbreviations
    principalId: platform.outputs.appPrincipalId
    identityId: appIdentityId
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', networkUserRole)
  }
  dependsOn: [permissions]
}

module warnings 'modules/warnings.bicep' = if (!empty(alertEmails)) {
  name: 'kiln-warnings-${token}'
  params: {
    location: location
    tags: allTags
    groupName: names.group
    abbreviations: abbreviations
    environmentName: environmentName
    token: take(token, 6)
    emails: alertEmails
    insightsId: platform.outputs.insightsId
    serviceBusId: platform.outputs.serviceBusId
    budgetSubscriptionId: hasBudget ? buildSubscriptionId : ''
    monthlyBudget: monthlyBudget
    budgetStart: budgetStart
  }
}

output AZURE_RESOURCE_GROUP string = names.group
output KILN_APP_NAME string = app.outputs.name
output KILN_API string = app.outputs.url
output KILN_API_AUDIENCE string = empty(apiClientId) ? '' : 'api://${apiClientId}'
output KILN_APP_IDENTITY string = platform.outputs.appPrincipalId
output KILN_BUILD_IDENTITY string = platform.outputs.buildIdentityId
output KILN_BUILD_NETWORKS array = networks.outputs.made
