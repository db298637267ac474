package dev.nereid.server.tensorflow.rest;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.extension.Extensions;
import dev.nereid.server.http.AwaitedInference;
import dev.nereid.server.http.HttpFront;
import dev.nereid.server.http.RequestBodies;
import dev.nereid.server.tensorflow.Servables;
import dev.nereid.server.tensorflow.TensorflowConfig;
import java.util.Optional;
import java.util.function.Supplier;

/** The front for TensorFlow Serving's REST API. */
public final class TensorflowRest {
    private TensorflowRest() {}

    /**
     * Listens.
     *
     * @param memory where requests' tensors come from
     * @param metrics the text of the metrics, where there are any
     * @throws IllegalStateException if the address cannot be bound
     */
    public static HttpFront start(
            TensorflowConfig config,
            Servables servables,
            SlabPool memory,
            Extensions extensions,
            Optional<Supplier<String>> metrics) {
        RequestBodies bodies = new RequestBodies(config.rest().limits());
        AwaitedInference inference = new AwaitedInference(extensions.tracer(), config.restTimeout());
        RestRouter router = new RestRouter(
                servables,
                new PredictHandler(servables, bodies, memory, inference),
                new ExamplesHandler(servables, bodies, inference),
                new StatusHandler(servables),
                config.cors(),
                config.metricsPath()
                        .flatMap(path -> metrics.map(text -> new RestRouter.Metrics(
                                path,
                                () -> servables.metrics().text(servables.repository()::isVisible) + text.get()))));
        return HttpFront.listen(config.rest(), router, extensions);
    }
}
