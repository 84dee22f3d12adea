// Signing by the app with one key of a Key Vault: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/security#key-vault-crypto-user
param vaultName string
param keyName string
param principalId string
@description('Resource id of the identity: known before the deployment, so that what-if can name the assignment.')
param identityId string

var keyVaultCryptoUser = '12338af0-0e69-4776-bea7-57ae8d297424'

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: vaultName

  resource key 'keys' existing = {
    name: keyName
  }
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: vault::key
  name: guid(vault::key.id, identityId, keyVaultCryptoUser)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', keyVaultCryptoUser)
  }
}
