package dev.nereid.server.http;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.JsonValue;
import dev.nereid.server.protocol.JsonWriter;
import dev.nereid.server.sharedmemory.RegionStatus;
import dev.nereid.server.sharedmemory.SharedMemory;
import java.util.List;

/** The extensions for shared memory of the system and of GPUs. */
final class SharedMemoryHandlers {
    private static final String SYSTEM = "/v2/systemsharedmemory";
    private static final String CUDA = "/v2/cudasharedmemory";

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
        List<RegionStatus> regions =
                exchange.hasVariable("region") ? List.of(memory.region(exchange.variable("region"))) : memory.regions();
        JsonWriter json = new JsonWriter().beginArray();
        for (RegionStatus region : regions) {
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

    /** There are never any: what a server without GPU answers. */
    private void cudaStatus(Exchange exchange) {
        if (exchange.hasVariable("region")) {
            throw SharedMemory.unknownCuda(exchange.variable("region"));
        }
        exchange.respond(new JsonWriter().beginArray().endArray());
    }

    private void registerCuda(Exchange exchange) {
        memory.checkAllowed();
        throw SharedMemory.withoutGpu(region(exchange, "cuda"));
    }

    private void unregisterCuda(Exchange exchange) {
        memory.checkAllowed();
        exchange.respondEmpty(ContentType.JSON);
    }
}
