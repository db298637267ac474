package dev.nereid.server.http;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.extension.Extensions;
import dev.nereid.server.protocol.ApiGroup;
import dev.nereid.server.repository.ModelRepository;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Supplier;

/** The tables of what is served over HTTP. */
final class HttpApi {
    private HttpApi() {}

    /** KServe's calls and Triton's. */
    static Routes routes(HttpConfig config, ModelRepository repository, SlabPool memory, Extensions extensions) {
        RequestBodies bodies = new RequestBodies(config.limits());
        Documents documents = new Documents(bodies);
        Routes.Builder routes = shared(config, repository, memory, extensions, InferForm.HEADER);
        new GenerateHandler(repository, bodies, memory, config, extensions.tracer())
                .addTo(routes.of(ApiGroup.INFERENCE));
        new LogHandlers(extensions.log(), documents).addTo(routes.of(ApiGroup.LOGGING));
        new TraceHandlers(extensions.trace(), repository, documents).addTo(routes.of(ApiGroup.TRACE));
        return routes.build();
    }

    /** Those that requests through Vertex AI can be redirected to, among them the metrics. */
    static Routes vertexAiRoutes(
            HttpConfig config,
            ModelRepository repository,
            SlabPool memory,
            Extensions extensions,
            Optional<Supplier<String>> metrics) {
        Routes.Builder routes = shared(config, repository, memory, extensions, InferForm.VERTEX_AI);
        metrics.ifPresent(text -> routes.of(ApiGroup.STATISTICS)
                .add(
                        "GET",
                        "/metrics",
                        ContentType.PLAIN,
                        exchange -> exchange.respond(
                                200, ContentType.PLAIN, text.get().getBytes(StandardCharsets.UTF_8))));
        return routes.build();
    }

    /** Those that the two paths of a model of SageMaker's stand for. */
    static Routes sageMakerRoutes(
            HttpConfig config, ModelRepository repository, SlabPool memory, Extensions extensions) {
        RequestBodies bodies = new RequestBodies(config.limits());
        Routes.Builder routes = builder(repository);
        new HealthHandlers(repository).addTo(routes.of(ApiGroup.HEALTH));
        routes.of(ApiGroup.INFERENCE);
        sageMakerInference(config, repository, memory, extensions).addTo(routes);
        new GenerateHandler(repository, bodies, memory, config, extensions.tracer()).addTo(routes);
        return routes.build();
    }

    /** The calls with which SageMaker brings its models itself. */
    static Routes sageMakerModels(
            HttpConfig config, ModelRepository repository, SlabPool memory, Extensions extensions) {
        return new SageMakerHandlers(
                        new SageMakerModels(repository),
                        new Documents(new RequestBodies(config.limits())),
                        sageMakerInference(config, repository, memory, extensions))
                .routes();
    }

    private static Routes.Builder builder(ModelRepository repository) {
        return Routes.builder(repository::mayBeLabel);
    }

    private static InferHandler sageMakerInference(
            HttpConfig config, ModelRepository repository, SlabPool memory, Extensions extensions) {
        RequestBodies bodies = new RequestBodies(config.limits());
        return new InferHandler(repository, bodies, memory, config, extensions, InferForm.SAGEMAKER);
    }

    private static Routes.Builder shared(
            HttpConfig config, ModelRepository repository, SlabPool memory, Extensions extensions, InferForm form) {
        RequestBodies bodies = new RequestBodies(config.limits());
        Routes.Builder routes = builder(repository);
        new HealthHandlers(repository).addTo(routes.of(ApiGroup.HEALTH));
        new StatisticsHandler(repository).addTo(routes.of(ApiGroup.STATISTICS));
        new InferHandler(repository, bodies, memory, config, extensions, form).addTo(routes.of(ApiGroup.INFERENCE));
        new MetadataHandlers(config.serverName(), repository).addTo(routes);
        new RepositoryHandlers(repository, bodies).addTo(routes.of(ApiGroup.MODEL_REPOSITORY));
        new TrafficHandlers(repository, new Documents(bodies)).addTo(routes.of(ApiGroup.MODEL_REPOSITORY));
        new SharedMemoryHandlers(extensions.sharedMemory(), new Documents(bodies))
                .addTo(routes.of(ApiGroup.SHARED_MEMORY));
        return routes;
    }
}
