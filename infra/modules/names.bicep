// Names of what the deployment makes, each of them known before it.

@export()
@description('By kind. abbreviations: the beginnings of names; token: what makes names unique in Azure.')
func namesOf(environmentName string, token string, abbreviations object) object => {
  appIdentity: '${abbreviations.managedIdentity}kiln-${environmentName}'
  buildIdentity: '${abbreviations.managedIdentity}kiln-build-${environmentName}'
  group: '${abbreviations.resourceGroup}kiln-${environmentName}'
  network: '${abbreviations.virtualNetwork}kiln-${environmentName}'
  serviceBus: '${abbreviations.serviceBusNamespace}kiln-${token}'
  storageAccount: '${abbreviations.storageAccount}kiln${token}'
}
