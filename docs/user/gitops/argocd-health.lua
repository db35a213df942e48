-- Health of an ExternalService for Argo CD: resource.customizations of
-- external-endpoints.io/ExternalService. To wait until what the hosts deserve is
-- written, whether they are up or not, say "Programmed" here; see docs/user/gitops.md.
local wanted = "Ready"

local conditions = {}
if obj.status ~= nil and obj.status.conditions ~= nil then
  for _, condition in ipairs(obj.status.conditions) do
    conditions[condition.type] = condition
  end
end
local is = function(name, status, reason)
  local condition = conditions[name]
  return condition ~= nil and condition.status == status and (reason == nil or condition.reason == reason)
end
local message = function(name)
  return conditions[name] ~= nil and conditions[name].message or ""
end

if conditions[wanted] == nil or obj.status.observedGeneration ~= obj.metadata.generation then
  return {status = "Progressing", message = "The operator has not looked at it yet"}
end
if is("Stalled", "True") then
  return {status = "Degraded", message = message("Stalled")}
end
if is("Programmed", "False", "Observing") then
  return {status = "Suspended", message = message("Programmed")}
end
if is(wanted, "True") then
  return {status = "Healthy", message = is("Degraded", "True") and message("Degraded") or message(wanted)}
end
-- Waiting helps where a verdict or a Service is still to come, and not where hosts are down.
if is("Reconciling", "True") or is("Accepted", "False") or is(wanted, "False", "Pending") or is(wanted, "Unknown") then
  return {status = "Progressing", message = message(wanted)}
end
return {status = "Degraded", message = message(wanted)}
