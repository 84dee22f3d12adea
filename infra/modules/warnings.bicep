// Who hears of failed builds, dead letters, leftovers and money: alerts in the group of the deployment, a budget where builds are.
targetScope = 'subscription'

param location string
param tags object
param groupName string
@description('The beginnings of names, by kind.')
param abbreviations object
param environmentName string
param token string
param emails array
param insightsId string
param serviceBusId string
@description('Subscription of the builds; empty: no budget.')
param budgetSubscriptionId string
param monthlyBudget int
param budgetStart string

module alerts 'alerts.bicep' = {
  scope: resourceGroup(groupName)
  name: 'alerts'
  params: {
    location: location
    tags: tags
    actionGroupName: '${abbreviations.actionGroup}kiln-${environmentName}'
    rulePrefix: '${abbreviations.alertRule}kiln-${environmentName}'
    emails: emails
    insightsId: insightsId
    serviceBusId: serviceBusId
  }
}

module budgets 'budget.bicep' = [
  for id in empty(budgetSubscriptionId) ? [] : [budgetSubscriptionId]: {
    scope: subscription(id)
    name: 'kiln-budget-${token}'
    params: {
      name: '${abbreviations.budget}kiln-${environmentName}-${token}'
      amount: monthlyBudget
      startDate: budgetStart
      kilnName: environmentName
      emails: emails
    }
  }
]
