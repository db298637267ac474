package dev.nereid.server.http;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.json.JsonValue;
import dev.nereid.server.protocol.json.JsonWriter;
import dev.nereid.server.sharedmemory.RegionStatus;
import dev.nereid.server.sharedmemory.SharedMemory;
import java.util.Base64;
import java.util.List;

/** The extensions for shared memory of the system and of GPUs. */
final class SharedMemoryHandlers {
    private static final String SYSTEM = "/v2/systemsharedmemory";
    private static final String CUDA = "/v2/cudasharedmemory";

    private static final int HANDLE_BYTES = 64;
    private static final String NO_HANDLE = "'raw_handle' must be a valid base64 encoded cudaIpcMemHandle_t";

    private final SharedMemory memory;
    private final Documents documents;

    SharedMemoryHandlers(SharedMemory memory, Documents documents) {
        this.memory = memory;
        this.documents = documents;
    }

    Routes.Builder addTo(Routes.Builder routes) {
        add(routes, "GET", SYSTEM, "status", this::status);
        add(routes, "POST", SYSTEM, "register", this::register);
        add(routes, "POST", SYSTEM, "unregister", this::unregister);
        add(routes, "GET", CUDA, "status", this::cudaStatus);
        add(routes, "POST", CUDA, "register", this::registerCuda);
        return add(routes, "POST", CUDA, "unregister", this::unregisterCuda);
    }

    /** Adds a row for all regions, and one for a single one. */
    private static Routes.Builder add(
            Routes.Builder routes, String method, String base, String action, RouteHandler handler) {
        return routes.add(method, base + "/" + action, ContentType.JSON, handler)
                .add(method, base + "/region/{region}/" + action, ContentType.JSON, handler);
    }

    private void status(Exchange exchange) {
        List<RegionStatus.OfSystem> regions =
                exchange.hasVariable("region") ? List.of(memory.region(exchange.variable("region"))) : memory.regions();
        JsonWriter json = new JsonWriter().beginArray();
        for (RegionStatus.OfSystem region : regions) {
            json.beginObject();
            json.name("name").value(region.name());
            json.name("key").value(region.key());
            json.name("offset").unsignedValue(region.offset());
            json.name("byte_size").unsignedValue(region.byteSize());
            json.endObject();
        }
        exchange.respond(json.endArray());
    }

    private void register(Exchange exchange) {
        memory.checkAllowed();
        String name = region(exchange, "system");
        JsonValue body = documents.read(exchange);
        String key = body.find("key").orElseThrow(() -> missing("key")).asString();
        long offset = body.find("offset").map(JsonValue::asUnsigned).orElse(0L);
        long byteSize =
                body.find("byte_size").orElseThrow(() -> missing("byte_size")).asUnsigned();
        memory.register(name, key, offset, byteSize);
        exchange.respondEmpty(ContentType.JSON);
    }

    private static InferException missing(String field) {
        return InferException.invalid("Shared memory register request has no '" + field + "' field");
    }

    private static String region(Exchange exchange, String kind) {
        if (!exchange.hasVariable("region")) {
            throw InferException.invalid("'region name' is necessary to register " + kind + " shared memory region");
        }
        return exchange.variable("region");
    }

    private void unregister(Exchange exchange) {
        if (exchange.hasVariable("region")) {
            memory.unregister(exchange.variable("region"));
        } else {
            memory.unregisterAll();
        }
        exchange.respondEmpty(ContentType.JSON);
    }

    private void cudaStatus(Exchange exchange) {
        List<RegionStatus.OfGpu> regions = exchange.hasVariable("region")
                ? List.of(memory.gpuRegion(exchange.variable("region")))
                : memory.gpuRegions();
        JsonWriter json = new JsonWriter().beginArray();
        for (RegionStatus.OfGpu region : regions) {
            json.beginObject();
            json.name("name").value(region.name());
            json.name("device_id").unsignedValue(region.device());
            json.name("byte_size").unsignedValue(region.byteSize());
            json.endObject();
        }
        exchange.respond(json.endArray());
    }

    private void registerCuda(Exchange exchange) {
        memory.checkAllowed();
        String name = region(exchange, "cuda");
        memory.checkGpus(name);
        JsonValue body = documents.read(exchange);
        byte[] handle = handle(
                body.find("raw_handle").orElseThrow(() -> missing("raw_handle")).member("b64"));
        long byteSize =
                body.find("byte_size").orElseThrow(() -> missing("byte_size")).asUnsigned();
        long device =
                body.find("device_id").orElseThrow(() -> missing("device_id")).asUnsigned();
        memory.registerGpu(name, handle, device, byteSize);
        exchange.respondEmpty(ContentType.JSON);
    }

    private static byte[] handle(JsonValue base64) {
        String text = base64.asString();
        try {
            byte[] handle = Base64.getDecoder().decode(text);
            if (handle.length == HANDLE_BYTES) {
                return handle;
            }
        } catch (IllegalArgumentException e) {
            throw new InferException(InferException.Code.INVALID_ARG, NO_HANDLE, e);
        }
        throw InferException.invalid(NO_HANDLE);
    }

    private void unregisterCuda(Exchange exchange) {
        if (exchange.hasVariable("region")) {
            memory.unregisterGpu(exchange.variable("region"));
        } else {
            memory.unregisterAllGpus();
        }
        exchange.respondEmpty(ContentType.JSON);
    }
}
