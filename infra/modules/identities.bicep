// Two identities that exist before anything that needs a right: one for the app, one that templates may give to build machines.
param location string
param tags object
param appIdentityName string
param buildIdentityName string

resource app 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: appIdentityName
  location: location
  tags: tags
}

// It has no role of its own: what build machines may do is for the owner of the templates to say.
resource build 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: buildIdentityName
  location: location
  tags: tags
}

output appIdentityId string = app.id
output appPrincipalId string = app.properties.principalId
output appClientId string = app.properties.clientId
output buildIdentityId string = build.id
