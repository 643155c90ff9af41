-- wrk: the same push, signed once, under a delivery id of its own each time. Prints one line of JSON at the end.

local body
local headers = {}
local salt = os.getenv("SALT")
local count = 0

function init()
  local file = assert(io.open(os.getenv("PAYLOAD"), "rb"))
  body = file:read("*a")
  file:close()
  headers["Content-Type"] = "application/json"
  headers["User-Agent"] = "GitHub-Hookshot/bench"
  headers["X-GitHub-Event"] = "push"
  headers["X-GitHub-Hook-ID"] = "1"
  headers["X-Hub-Signature-256"] = os.getenv("SIGNATURE")
end

function request()
  count = count + 1
  headers["X-GitHub-Delivery"] = string.format("%s-0000-4000-8000-%012x", salt, count)
  return wrk.format("POST", "/webhooks/github", headers, body)
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests":%d,"microseconds":%d,"p50":%.3f,"p99":%.3f,"max":%.3f,"refused":%d,"broken":%d}\n',
    summary.requests, summary.duration, latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
