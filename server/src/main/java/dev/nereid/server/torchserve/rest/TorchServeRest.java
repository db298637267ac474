package dev.nereid.server.torchserve.rest;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.extension.Extensions;
import dev.nereid.server.http.AllowedHosts;
import dev.nereid.server.http.Cors;
import dev.nereid.server.http.HttpConfig;
import dev.nereid.server.http.HttpFront;
import dev.nereid.server.http.RequestBodies;
import dev.nereid.server.http.connection.HttpLimits;
import dev.nereid.server.torchserve.ListenAddress;
import dev.nereid.server.torchserve.TorchServe;
import dev.nereid.server.torchserve.TorchServeConfig;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Fronts for TorchServe's REST APIs, one for each address that one or more of them have. */
public final class TorchServeRest {
    private TorchServeRest() {}

    /** The APIs. */
    public enum Api {
        INFERENCE,
        MANAGEMENT,
        METRICS
    }

    /**
     * Listens.
     *
     * @param apis what is served there, at least one
     * @throws IllegalStateException if the address cannot be bound
     * @throws IllegalArgumentException if the files for TLS do not hold what they should
     */
    public static HttpFront start(
            TorchServe server, ListenAddress address, Set<Api> apis, SlabPool memory, Extensions extensions) {
        TorchServeConfig config = server.config();
        HttpConfig http = HttpConfig.of(address.host(), address.port(), "torchserve")
                .withLimits(HttpLimits.DEFAULT.withMostInputBytes(Math.max(
                        HttpLimits.DEFAULT.mostInputBytes(), config.limits().request())))
                .withCors(new Cors(
                        config.cors().origin().isEmpty()
                                ? Set.of()
                                : Set.of(config.cors().origin())))
                .withHosts(AllowedHosts.of(address.host(), List.of()))
                .withTls(address.tls() ? config.httpTls() : Optional.empty());
        PathTable table = new PathTable();
        InferenceRoutes inference =
                new InferenceRoutes(server.models(), server.management(), config, memory, extensions.tracer());
        if (apis.contains(Api.INFERENCE)) {
            inference.addTo(table);
        }
        if (apis.contains(Api.MANAGEMENT)) {
            new ManagementRoutes(server.models(), server.management(), server.tokens()).addTo(table);
        }
        if (apis.contains(Api.METRICS)) {
            table.addOpen(
                    "GET",
                    "/metrics",
                    call -> call.respondMetrics(server.metrics().text(names(call))));
        }
        byte[] description =
                OpenApi.of(apis.contains(Api.INFERENCE), apis.contains(Api.MANAGEMENT), apis.contains(Api.METRICS));
        table.addOpen("OPTIONS", "/", call -> call.respond(200, description))
                .addOpen(PathTable.ANY, "/api-description", call -> call.respond(200, description));
        if (apis.contains(Api.INFERENCE)) {
            inference.addLegacyTo(table);
        }
        String title = apis.stream().map(Api::name).sorted().collect(Collectors.joining(", ", "TorchServe ", ""));
        RequestBodies bodies = new RequestBodies(
                http.limits().withMostInputBytes(config.limits().request()));
        return HttpFront.listen(
                http,
                new TorchServeRouter(title, table, server.tokens(), bodies, config.cors(), server.metrics()::count),
                extensions);
    }

    /** The series that {@code name[]} asks for; empty for all. */
    private static Set<String> names(RestCall call) {
        return Stream.of(call.exchange().query().split("&", -1))
                .map(field -> RequestParts.urlEncoded(field).get("name[]"))
                .filter(Objects::nonNull)
                .map(part -> new String(part.bytes(), StandardCharsets.UTF_8))
                .collect(Collectors.toSet());
    }
}
