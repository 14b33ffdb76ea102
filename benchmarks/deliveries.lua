-- wrk's part: posts the requests of a pool file, one after the other, and says what came of it.
--   wrk -s deliveries.lua URL -- POOL SIZE START

local data, size, count, index

function init(args)
   local file = assert(io.open(args[1], "rb"))
   data = file:read("*a")
   file:close()
   size = tonumber(args[2])
   index = tonumber(args[3])
   count = #data / size
end

function request()
   local start = (index % count) * size
   index = index + 1
   return data:sub(start + 1, start + size)
end

function done(summary, latency, requests)
   local errors = summary.errors
   io.write(string.format(
      '\n{"requests": %d, "seconds": %.6f, "p50": %.6f, "p99": %.6f, "refused": %d, "broken": %d}\n',
      summary.requests, summary.duration / 1e6,
      latency:percentile(50) / 1e6, latency:percentile(99) / 1e6, errors.status,
      errors.connect + errors.read + errors.write + errors.timeout))
end
