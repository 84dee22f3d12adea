// Names of the custom roles, known before the deployment.

@export()
@description('Name (a GUID) of a role of this deployment, by its key in role-definitions.bicep.')
func roleName(subscriptionId string, environmentName string, key string) string =>
  guid(subscriptionId, 'kiln', environmentName, key)
