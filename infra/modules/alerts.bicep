// What a team wants to hear of: builds that failed, requests that nobody could carry out, leftovers that cannot be removed.
param location string
param tags object
param actionGroupName string
param rulePrefix string
param emails array
param insightsId string
param serviceBusId string

// The words are those of the app's log; a test holds the two together.
var queries = {
  'failed-builds': {
    title: 'A build failed'
    query: 'traces | where message startswith "run ended: Failed" or message startswith "run ended: PartiallySucceeded"'
    severity: 2
  }
  orphans: {
    title: 'The janitor cannot remove a leftover'
    query: 'traces | where message startswith "janitor: " and message has " failed: "'
    severity: 2
  }
}

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: actionGroupName
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'kiln'
    emailReceivers: [
      for (email, index) in emails: {
        name: 'mail-${index}'
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

resource logAlerts 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for rule in items(queries): {
    name: '${rulePrefix}-${rule.key}'
    location: location
    tags: tags
    properties: {
      displayName: rule.value.title
      severity: rule.value.severity
      enabled: true
      scopes: [insightsId]
      evaluationFrequency: 'PT15M'
      windowSize: 'PT15M'
      criteria: {
        allOf: [
          {
            query: rule.value.query
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: 0
          }
        ]
      }
      actions: { actionGroups: [people.id] }
    }
  }
]

resource deadLetters 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: '${rulePrefix}-dead-letters'
  location: 'global'
  tags: tags
  properties: {
    description: 'A build request or an event was dead-lettered.'
    severity: 2
    enabled: true
    scopes: [serviceBusId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT5M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'dead letters'
          metricNamespace: 'Microsoft.ServiceBus/namespaces'
          metricName: 'DeadletteredMessages'
          timeAggregation: 'Maximum'
          operator: 'GreaterThan'
          threshold: 0
          dimensions: [
            {
              name: 'EntityName'
              operator: 'Include'
              values: ['*']
            }
          ]
        }
      ]
    }
    actions: [{ actionGroupId: people.id }]
  }
}
